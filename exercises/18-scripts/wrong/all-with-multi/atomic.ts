import { type RedisClientType, WatchError } from "redis";

/** Looks with `look`, which gives what to do then, on a connection of its own; again where another was quicker. */
async function watching(
  client: RedisClientType,
  keys: string[],
  look: (own: RedisClientType) => Promise<ReturnType<RedisClientType["multi"]> | undefined>,
): Promise<boolean> {
  const own = client.duplicate();
  own.on("error", () => {});
  await own.connect();
  try {
    for (;;) {
      await own.watch(keys);
      const step = await look(own);
      if (!step) return false;
      try {
        await step.exec();
        return true;
      } catch (error) {
        if (!(error instanceof WatchError)) throw error;
      }
    }
  } finally {
    await own.close();
  }
}

export async function transfer(
  client: RedisClientType,
  from: string,
  to: string,
  amount: number,
): Promise<boolean> {
  if (!Number.isInteger(amount) || amount <= 0) return false;
  const [giver, taker] = [`account:${from}`, `account:${to}`];
  return watching(client, [giver, taker], async (own) => {
    if (Number(await own.get(giver)) < amount) return undefined;
    return own.multi().incrBy(taker, amount).decrBy(giver, amount);
  });
}

export async function allow(
  client: RedisClientType,
  user: string,
  limit: number,
  seconds: number,
): Promise<boolean> {
  const key = `calls:${user}`;
  return watching(client, [key], async (own) => {
    const count = Number(await own.get(key));
    if (count >= limit) return undefined;
    const step = own.multi().incr(key);
    return count === 0 ? step.expire(key, seconds) : step;
  });
}

export async function unlock(client: RedisClientType, name: string, token: string): Promise<boolean> {
  const key = `lock:${name}`;
  return watching(client, [key], async (own) => {
    if ((await own.get(key)) !== token) return undefined;
    return own.multi().del(key);
  });
}
