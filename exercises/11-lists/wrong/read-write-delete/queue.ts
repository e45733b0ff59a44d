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
  return (await client.lRem(workingKey(queue, worker), 1, item)) === 1;
}

export async function recover(client: RedisClientType, queue: string, worker: string): Promise<number> {
  const held = await client.lRange(workingKey(queue, worker), 0, -1);
  if (held.length === 0) return 0;
  await client.lPush(waitingKey(queue), held.reverse());
  await client.del(workingKey(queue, worker));
  return held.length;
}
