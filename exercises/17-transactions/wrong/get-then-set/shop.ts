import { type RedisClientType, WatchError } from "redis";

const stockKey = (item: string) => `stock:${item}`;
const buyersKey = (item: string) => `buyers:${item}`;

export async function deliver(client: RedisClientType, delivery: { item: string; count: number }[]) {
  const stocks = new Map<string, number>();
  for (const { item } of delivery) stocks.set(item, Number(await client.get(stockKey(item))));
  const step = client.multi();
  const result = delivery.map(({ item, count }) => {
    const stock = (stocks.get(item) ?? 0) + count;
    stocks.set(item, stock);
    step.set(stockKey(item), String(stock));
    return stock;
  });
  await step.exec();
  return result;
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
