import type { RedisClientType } from "redis";

type Times = { seconds: number; lockMs: number; redisMs: number };

const randomSeconds = (seconds: number) => Math.round(seconds * (0.8 + 0.2 * Math.random()));

export async function cached(
  client: RedisClientType,
  name: string,
  load: () => Promise<unknown>,
  { seconds }: Times,
): Promise<unknown> {
  const value = await load();
  await client.set(`cache:${name}`, JSON.stringify(value), {
    expiration: { type: "EX", value: randomSeconds(seconds) },
  });
  return value;
}

export async function forget(client: RedisClientType, name: string, { redisMs }: Times): Promise<void> {
  await client.del([`cache:${name}`, `lock:${name}`]);
}
