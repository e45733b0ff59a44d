import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { RedisClientType } from "redis";

/** Seconds that a value may live; milliseconds that a lock lives, and that one waits for a reply. */
type Times = { seconds: number; lockMs: number; redisMs: number };

class WaitedTooLong extends Error {}

const LOOK_AGAIN_MS = 25;

/** With a third argument, stores it; frees the lock in any case; but only who still has the lock. */
const FINISH = `
  if redis.call("GET", KEYS[2]) ~= ARGV[1] then return 0 end
  if ARGV[3] then redis.call("SET", KEYS[1], ARGV[3], "EX", ARGV[2]) end
  return redis.call("DEL", KEYS[2])
`;

export async function cached(
  client: RedisClientType,
  name: string,
  load: () => Promise<unknown>,
  times: Times,
): Promise<unknown> {
  const token = randomUUID();
  let text: string | null;
  try {
    text = await readOrLock(client, name, token, times);
  } catch (error) {
    if (error instanceof WaitedTooLong) throw error;
    return load();
  }
  if (text !== null) return JSON.parse(text);

  // The lock is ours, and so is the work.
  const finish = [token, String(randomSeconds(times.seconds))];
  try {
    const value = await load();
    finish.push(JSON.stringify(value));
    return value;
  } finally {
    const keys = [`cache:${name}`, `lock:${name}`];
    // Who has a value needs no Redis any more.
    await within(times.redisMs, client.eval(FINISH, { keys, arguments: finish })).catch(() => {});
  }
}

export async function forget(client: RedisClientType, name: string, { redisMs }: Times): Promise<void> {
  await within(redisMs, client.del([`cache:${name}`, `lock:${name}`]));
}

/** The text in the cache, as soon as there is one; null when it is for us to load it. Rejects without Redis. */
async function readOrLock(
  client: RedisClientType,
  name: string,
  token: string,
  { lockMs, redisMs }: Times,
): Promise<string | null> {
  const read = () => within(redisMs, client.get(`cache:${name}`));
  const lock = { condition: "NX", expiration: { type: "PX", value: lockMs } } as const;
  const until = Date.now() + 500;
  for (;;) {
    if (Date.now() > until) throw new WaitedTooLong(`nobody stored ${name}`);
    const text = await read();
    if (text !== null) return text;
    if ((await within(redisMs, client.set(`lock:${name}`, token, lock))) !== null) break;
    await pause(LOOK_AGAIN_MS);
  }
  // Between our look and our lock, another one may have stored it.
  const text = await read();
  if (text !== null) {
    const keys = [`cache:${name}`, `lock:${name}`];
    await within(redisMs, client.eval(FINISH, { keys, arguments: [token, "0"] })).catch(() => {});
  }
  return text;
}

/** 80 to 100 %, so that what was stored together does not end together. */
function randomSeconds(seconds: number): number {
  return Math.round(seconds * (0.8 + 0.2 * Math.random()));
}

/** What the command gives, or a rejection after so many milliseconds. */
async function within<T>(ms: number, command: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([command, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
