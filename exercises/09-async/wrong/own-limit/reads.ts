import type { RedisClientType } from "redis";

type Result = { value: string | null } | { error: string };

export async function readMany(client: RedisClientType, keys: string[]): Promise<(string | null)[]> {
  return Promise.all(keys.map((key) => client.get(key)));
}

export async function readLinked(client: RedisClientType, keys: string[]): Promise<(string | null)[]> {
  return Promise.all(
    keys.map(async (key) => {
      const target = await client.get(key);
      return target === null ? null : client.get(target);
    }),
  );
}

export async function readEach(client: RedisClientType, keys: string[]): Promise<Result[]> {
  const settled = await Promise.allSettled(keys.map((key) => client.get(key)));
  return settled.map((one) =>
    one.status === "fulfilled" ? { value: one.value } : { error: one.reason.message },
  );
}

export async function readWithin(client: RedisClientType, key: string, ms: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer after ${ms} ms`)), Math.min(ms, 250));
  });
  try {
    return await Promise.race([client.get(key), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
