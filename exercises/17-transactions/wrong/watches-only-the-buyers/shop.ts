import { MultiErrorReply, type RedisClientType, WatchError } from "redis";

const stockKey = (item: string) => `stock:${item}`;
const buyersKey = (item: string) => `buyers:${item}`;

export async function deliver(client: RedisClientType, delivery: { item: string; count: number }[]) {
  const step = client.multi();
  for (const { item, count } of delivery) step.incrBy(stockKey(item), count);
  try {
    return await step.exec();
  } catch (error) {
    if (!(error instanceof MultiErrorReply)) throw error;
    return error.replies.map((reply) => (reply instanceof Error ? null : reply));
  }
}

export async function buy(client: RedisClientType, item: string, buyer: string) {
  const own = client.duplicate();
  own.on("error", console.error);
  await own.connect();
  try {
    while (true) {
      await own.watch(buyersKey(item));
      const stock = Number(await own.get(stockKey(item)));
      if (stock <= 0) return null;
      try {
        const [left] = await own.multi().decr(stockKey(item)).rPush(buyersKey(item), buyer).exec();
        return left;
      } catch (error) {
        if (!(error instanceof WatchError)) throw error;
      }
    }
  } finally {
    await own.close();
  }
}
