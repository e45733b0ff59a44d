import type { RedisClientType } from "redis";

const keyOf = (day: string) => `active:${day}`;

export async function markActive(client: RedisClientType, day: string, user: number): Promise<boolean> {
  return (await client.sAdd(keyOf(day), String(user))) === 1;
}

export async function isActive(client: RedisClientType, day: string, user: number): Promise<boolean> {
  return (await client.sIsMember(keyOf(day), String(user))) === 1;
}

export async function countActive(client: RedisClientType, day: string): Promise<number> {
  return client.sCard(keyOf(day));
}

export async function countBetween(
  client: RedisClientType,
  day: string,
  first: number,
  last: number,
): Promise<number> {
  const users = (await client.sMembers(keyOf(day))).map(Number);
  return users.filter((user) => user >= first && user <= last).length;
}

export async function activeOnAll(client: RedisClientType, days: string[]): Promise<number> {
  return client.sInterCard(days.map(keyOf));
}

export async function activeOnAny(client: RedisClientType, days: string[]): Promise<number> {
  return (await client.sUnion(days.map(keyOf))).length;
}

export async function addLoyalty(
  client: RedisClientType,
  year: string,
  user: number,
  points: number,
): Promise<number> {
  const [loyalty] = await client.bitField(`loyalty:${year}`, [
    { operation: "OVERFLOW", behavior: "SAT" },
    { operation: "INCRBY", encoding: "u8", offset: `#${user}`, increment: points },
  ]);
  return Number(loyalty);
}
