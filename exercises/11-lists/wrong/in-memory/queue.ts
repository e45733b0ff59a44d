import type { RedisClientType } from "redis";

const waiting = new Map<string, string[]>();
const working = new Map<string, string[]>();

function listAt(lists: Map<string, string[]>, key: string): string[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

export async function push(client: RedisClientType, queue: string, item: string): Promise<void> {
  listAt(waiting, queue).push(item);
}

export async function take(
  client: RedisClientType,
  queue: string,
  worker: string,
  seconds: number,
): Promise<string | null> {
  const end = Date.now() + seconds * 1000;
  while (listAt(waiting, queue).length === 0) {
    if (Date.now() > end) return null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const item = listAt(waiting, queue).shift() as string;
  listAt(working, `${queue}:${worker}`).push(item);
  return item;
}

export async function acknowledge(
  client: RedisClientType,
  queue: string,
  worker: string,
  item: string,
): Promise<boolean> {
  const held = listAt(working, `${queue}:${worker}`);
  const at = held.indexOf(item);
  if (at >= 0) held.splice(at, 1);
  return at >= 0;
}

export async function recover(client: RedisClientType, queue: string, worker: string): Promise<number> {
  const held = listAt(working, `${queue}:${worker}`).splice(0);
  listAt(waiting, queue).unshift(...held);
  return held.length;
}
