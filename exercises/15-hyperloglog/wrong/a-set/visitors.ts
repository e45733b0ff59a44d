import type { RedisClientType } from "redis";

const keyOf = (period: string) => `visitors:${period}`;

export async function addVisits(client: RedisClientType, day: string, visitors: string[]): Promise<void> {
  await client.sAdd(keyOf(day), visitors);
}

export async function countDay(client: RedisClientType, day: string): Promise<number> {
  return client.sCard(keyOf(day));
}

export async function countDays(client: RedisClientType, days: string[]): Promise<number> {
  return (await client.sUnion(days.map(keyOf))).length;
}

export async function mergeMonth(client: RedisClientType, month: string, days: string[]): Promise<number> {
  return client.sUnionStore(keyOf(month), [keyOf(month), ...days.map(keyOf)]);
}
