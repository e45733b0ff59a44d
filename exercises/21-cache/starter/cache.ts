import type { RedisClientType } from "redis";

type Times = { seconds: number; lockMs: number; redisMs: number };

// Each function gets a connected client. The value named "menu" is in the string "cache:menu", as JSON; who loads it
// holds the lock "lock:menu" meanwhile.

export async function cached(
  client: RedisClientType,
  name: string,
  load: () => Promise<unknown>,
  times: Times,
): Promise<unknown> {
  // TODO: give the value from the cache; where it is not there, one caller loads and stores it, the others wait
  return undefined;
}

export async function forget(client: RedisClientType, name: string, times: Times): Promise<void> {
  // TODO: see that the next call of cached loads the value anew
}
