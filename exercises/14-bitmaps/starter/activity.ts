import type { RedisClientType } from "redis";

// Each function gets a connected client. The users who were active on 22 November 2026 are in the bitmap at the key
// "active:2026-11-22". A user is a whole number from 0 to 999,999, a day is a text.

export async function markActive(client: RedisClientType, day: string, user: number): Promise<boolean> {
  // TODO: note that the user was active on that day; give true the first time on that day, else false
  return false;
}

export async function isActive(client: RedisClientType, day: string, user: number): Promise<boolean> {
  // TODO: say whether the user was active on that day
  return false;
}

export async function countActive(client: RedisClientType, day: string): Promise<number> {
  // TODO: give the number of users who were active on that day
  return 0;
}

export async function countBetween(
  client: RedisClientType,
  day: string,
  first: number,
  last: number,
): Promise<number> {
  // TODO: the same, but only for the users from first to last, both included
  return 0;
}

export async function activeOnAll(client: RedisClientType, days: string[]): Promise<number> {
  // TODO: give the number of users who were active on every one of the days
  return 0;
}

export async function activeOnAny(client: RedisClientType, days: string[]): Promise<number> {
  // TODO: give the number of users who were active on at least one of the days
  return 0;
}

export async function addLoyalty(
  client: RedisClientType,
  year: string,
  user: number,
  points: number,
): Promise<number> {
  // TODO: add the points to the user's counter at "loyalty:<year>"; it stays from 0 to 255; give the new value
  return 0;
}
