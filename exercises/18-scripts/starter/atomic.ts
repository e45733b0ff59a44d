import type { RedisClientType } from "redis";

// TODO: the three scripts, each a text in Lua, and a function that runs one: it sends the script's name, and its text
// only where Redis does not know it.

/** Moves `amount` from one account to another. */
export async function transfer(
  client: RedisClientType,
  from: string,
  to: string,
  amount: number,
): Promise<boolean> {
  // TODO: account:<from> and account:<to>
  throw new Error("not written yet");
}

/** Counts a call of the user, at most `limit` in `seconds` seconds. */
export async function allow(
  client: RedisClientType,
  user: string,
  limit: number,
  seconds: number,
): Promise<boolean> {
  // TODO: calls:<user>
  throw new Error("not written yet");
}

/** Frees the lock if it is held with this token. */
export async function unlock(client: RedisClientType, name: string, token: string): Promise<boolean> {
  // TODO: lock:<name>
  throw new Error("not written yet");
}
