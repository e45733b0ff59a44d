import type { RedisClientType } from "redis";

// Each function gets a connected client. What waits in the queue "mail" is in the list "queue:mail", the next one
// on the left; what the worker "mia" holds of it is in the list "working:mail:mia", the oldest on the left.

export async function push(client: RedisClientType, queue: string, item: string): Promise<void> {
  // TODO: put the item at the end of the queue
}

export async function take(
  client: RedisClientType,
  queue: string,
  worker: string,
  seconds: number,
): Promise<string | null> {
  // TODO: move the first item to the worker's list and give it; where there is none, wait up to so many seconds
  return null;
}

export async function acknowledge(
  client: RedisClientType,
  queue: string,
  worker: string,
  item: string,
): Promise<boolean> {
  // TODO: remove one such item from the worker's list and say whether there was one
  return false;
}

export async function recover(client: RedisClientType, queue: string, worker: string): Promise<number> {
  // TODO: put all items of the worker back to the front of the queue, in their order, and give their number
  return 0;
}
