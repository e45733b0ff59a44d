import { MultiErrorReply, type RedisClientType, WatchError } from "redis";

interface Delivered {
  readonly item: string;
  readonly count: number;
}

const stockKey = (item: string) => `stock:${item}`;
const buyersKey = (item: string) => `buyers:${item}`;

export async function deliver(
  client: RedisClientType,
  delivery: readonly Delivered[],
): Promise<(number | null)[]> {
  const step = client.multi();
  for (const { item, count } of delivery) step.incrBy(stockKey(item), count);
  try {
    const stocks: unknown[] = await step.exec();
    return stocks.map(Number);
  } catch (error) {
    if (!(error instanceof MultiErrorReply)) throw error;
    return error.replies.map((reply) => (reply instanceof Error ? null : Number(reply)));
  }
}

export async function buy(client: RedisClientType, item: string, buyer: string): Promise<number | null> {
  const own = client.duplicate();
  own.on("error", (error) => console.error(error.message));
  await own.connect();
  try {
    while (true) {
      await own.watch(stockKey(item));
      const stock = Number(await own.get(stockKey(item)));
      if (stock <= 0) return null;
      try {
        await own.multi().decr(stockKey(item)).rPush(buyersKey(item), buyer).exec();
        return stock - 1;
      } catch (error) {
        if (!(error instanceof WatchError)) throw error;
      }
    }
  } finally {
    await own.close();
  }
}
