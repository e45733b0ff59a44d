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

const SELL = `
  redis.call("RPUSH", KEYS[2], ARGV[1])
  return redis.call("DECR", KEYS[1])
`;

export async function buy(client: RedisClientType, item: string, buyer: string) {
  if (Number(await client.get(stockKey(item))) <= 0) return null;
  const left = await client.eval(SELL, {
    keys: [stockKey(item), buyersKey(item)],
    arguments: [buyer],
  });
  return Number(left);
}
