import type { RedisClientType } from "redis";

const waitingKey = (queue: string) => `queue:${queue}`;
const workingKey = (queue: string, worker: string) => `working:${queue}:${worker}`;

export async function push(client: RedisClientType, queue: string, item: string): Promise<void> {
  await client.rPush(waitingKey(queue), item);
}

export async function take(
  client: RedisClientType,
  queue: string,
  worker: string,
  seconds: number,
): Promise<string | null> {
  return client.blMove(waitingKey(queue), workingKey(queue, worker), "LEFT", "RIGHT", seconds);
}

export async function acknowledge(
  client: RedisClientType,
  queue: string,
  worker: string,
  item: string,
): Promise<boolean> {
  const items = await client.lRange(workingKey(queue, worker), 0, -1);
  if (!items.includes(item)) return false;
  await client.lRem(workingKey(queue, worker), 1, item);
  return true;
}

export async function recover(client: RedisClientType, queue: string, worker: string): Promise<number> {
  let recovered = 0;
  while ((await client.lMove(workingKey(queue, worker), waitingKey(queue), "RIGHT", "LEFT")) !== null) {
    recovered++;
  }
  return recovered;
}
