import type { RedisClientType } from "redis";

const keyOf = (period: string) => `visitors:${period}`;

export async function addVisits(client: RedisClientType, day: string, visitors: string[]): Promise<void> {
  await client.pfAdd(keyOf(day), visitors);
}

export async function countDay(client: RedisClientType, day: string): Promise<number> {
  return client.pfCount(keyOf(day));
}

export async function countDays(client: RedisClientType, days: string[]): Promise<number> {
  return client.pfCount(days.map(keyOf));
}

export async function mergeMonth(client: RedisClientType, month: string): Promise<number> {
  const keys = await client.keys(keyOf(`${month}-*`));
  await client.pfMerge(keyOf(month), keys);
  return client.pfCount(keyOf(month));
}
