import { type RedisClientType, WatchError } from "redis";

const stockKey = (item: string) => `stock:${item}`;
const buyersKey = (item: string) => `buyers:${item}`;
const stocks = new Map<string, number>();

export async function deliver(client: RedisClientType, delivery: { item: string; count: number }[]) {
  return delivery.map(({ item, count }) => {
    stocks.set(item, (stocks.get(item) ?? 0) + count);
    return stocks.get(item);
  });
}

export async function buy(client: RedisClientType, item: string, buyer: string) {
  const own = client.duplicate();
  own.on("error", console.error);
  await own.connect();
  try {
    while (true) {
      await own.watch(stockKey(item));
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
