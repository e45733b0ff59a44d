import type { RedisClientType } from "redis";

// Each function gets a connected client, which all calls share. How many pieces of an item are left is in the string
// stock:<item>, as in stock:lamp; who bought one is in the list buyers:<item>.

export async function deliver(
  client: RedisClientType,
  delivery: { item: string; count: number }[],
): Promise<(number | null)[]> {
  // TODO: add all counts in one step and give the new stocks, in order; null where Redis could not add
  return [];
}

export async function buy(client: RedisClientType, item: string, buyer: string): Promise<number | null> {
  // TODO: take a piece and note the buyer, in one step, and give how many are left; null where there is none
  return null;
}
