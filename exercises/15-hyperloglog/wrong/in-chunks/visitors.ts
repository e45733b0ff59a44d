import type { RedisClientType } from "redis";

const keyOf = (period: string) => `visitors:${period}`;

export async function addVisits(client: RedisClientType, day: string, visitors: string[]): Promise<void> {
  for (let at = 0; at < visitors.length; at += 100) {
    await client.pfAdd(keyOf(day), visitors.slice(at, at + 100));
  }
}

export async function countDay(client: RedisClientType, day: string): Promise<number> {
  return client.pfCount(keyOf(day));
}

export async function countDays(client: RedisClientType, days: string[]): Promise<number> {
  return client.pfCount(days.map(keyOf));
}

export async function mergeMonth(client: RedisClientType, month: string, days: string[]): Promise<number> {
  await client.pfMerge(keyOf(month), days.map(keyOf));
  return client.pfCount(keyOf(month));
}
