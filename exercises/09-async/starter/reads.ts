import type { RedisClientType } from "redis";

type Result = { value: string | null } | { error: string };

// Each function gets a connected client. A read through it is a promise: client.get("greeting").

export async function readMany(client: RedisClientType, keys: string[]): Promise<(string | null)[]> {
  // TODO: give the values of all keys, in the order of the keys, null where there is none
  return [];
}

export async function readLinked(client: RedisClientType, keys: string[]): Promise<(string | null)[]> {
  // TODO: each key holds the name of another key; give the values of those other keys
  return [];
}

export async function readEach(client: RedisClientType, keys: string[]): Promise<Result[]> {
  // TODO: give { value } for each read that worked and { error } for each that failed
  return [];
}

export async function readWithin(client: RedisClientType, key: string, ms: number): Promise<string | null> {
  // TODO: give the value of the key, but wait at most ms milliseconds for it
  return null;
}
