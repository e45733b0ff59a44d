import { MultiErrorReply, type RedisClientType } from "redis";

const stockKey = (item: string) => `stock:${item}`;
const buyersKey = (item: string) => `buyers:${item}`;
const stocks = new Map<string, number>();

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
  const stock = stocks.get(item) ?? Number(await client.get(stockKey(item)));
  if (stock <= 0) return null;
  stocks.set(item, stock - 1);
  await client.multi().set(stockKey(item), String(stock - 1)).rPush(buyersKey(item), buyer).exec();
  return stock - 1;
}
