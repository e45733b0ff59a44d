import type { RedisClientType } from "redis";

// Each function gets a connected client. The visitors of 22 November 2026 are counted in the HyperLogLog at the key
// "visitors:2026-11-22", those of the whole month in "visitors:2026-11".

export async function addVisits(client: RedisClientType, day: string, visitors: string[]): Promise<void> {
  // TODO: count these visitors on that day, with one command
}

export async function countDay(client: RedisClientType, day: string): Promise<number> {
  // TODO: give the number of different visitors of the day
  return 0;
}

export async function countDays(client: RedisClientType, days: string[]): Promise<number> {
  // TODO: give the number of different visitors of all these days together
  return 0;
}

export async function mergeMonth(client: RedisClientType, month: string, days: string[]): Promise<number> {
  // TODO: add the days to the month's own key, and give the number of different visitors of the month
  return 0;
}
