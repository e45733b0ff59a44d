import { MultiErrorReply, type RedisClientType } from "redis";

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
  const left = await client.decr(stockKey(item));
  if (left < 0) {
    await client.incr(stockKey(item));
    return null;
  }
  await client.rPush(buyersKey(item), buyer);
  return left;
}
