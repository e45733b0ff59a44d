import type { RedisClientType } from "redis";

const keyOf = (day: string) => `active:${day}`;

export async function markActive(client: RedisClientType, day: string, user: number): Promise<boolean> {
  return (await client.setBit(keyOf(day), user, 1)) === 0;
}

export async function isActive(client: RedisClientType, day: string, user: number): Promise<boolean> {
  return (await client.getBit(keyOf(day), user)) === 1;
}

export async function countActive(client: RedisClientType, day: string): Promise<number> {
  return client.bitCount(keyOf(day));
}

export async function countBetween(
  client: RedisClientType,
  day: string,
  first: number,
  last: number,
): Promise<number> {
  return client.bitCount(keyOf(day), { start: first, end: last, mode: "BIT" });
}

export async function activeOnAll(client: RedisClientType, days: string[]): Promise<number> {
  return countCombined(client, "AND", days);
}

export async function activeOnAny(client: RedisClientType, days: string[]): Promise<number> {
  return countCombined(client, "OR", days);
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

async function countCombined(
  client: RedisClientType,
  operation: "AND" | "OR",
  days: string[],
): Promise<number> {
  const result = `combined:${operation}:${days.join(",")}`;
  if ((await client.exists(result)) === 0) {
    await client.multi().bitOp(operation, result, days.map(keyOf)).expire(result, 60).exec();
  }
  return client.bitCount(result);
}
