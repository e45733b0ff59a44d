import type { RedisClientType } from "redis";

const keyOf = (day: string) => `active:${day}`;

const numbers = new Map<string, number>();

export async function markActive(client: RedisClientType, day: string, user: number): Promise<boolean> {
  return (await client.setBit(keyOf(day), user, 1)) === 0;
}

export async function isActive(client: RedisClientType, day: string, user: number): Promise<boolean> {
  return (await client.getBit(keyOf(day), user)) === 1;
}

export async function countActive(client: RedisClientType, day: string): Promise<number> {
  return client.bitCount(keyOf(day));
}

export async function countBetween(
  client: RedisClientType,
  day: string,
  first: number,
  last: number,
): Promise<number> {
  return client.bitCount(keyOf(day), { start: first, end: last, mode: "BIT" });
}

export async function activeOnAll(client: RedisClientType, days: string[]): Promise<number> {
  return countCombined(client, "AND", days);
}

export async function activeOnAny(client: RedisClientType, days: string[]): Promise<number> {
  const known = numbers.get(days.join());
  if (known !== undefined) return known;
  const number = await countCombined(client, "OR", days);
  numbers.set(days.join(), number);
  return number;
}

export async function addLoyalty(
  client: RedisClientType,
  year: string,
  user: number,
  points: number,
): Promise<number> {
  const [loyalty] = await client.bitField(`loyalty:${year}`, [
    { operation: "OVERFLOW", behavior: "SAT" },
    { operation: "INCRBY", encoding: "u8", offset: `#${user}`, increment: points },
  ]);
  return Number(loyalty);
}

/** In one transaction, so that nobody else sees or changes the key of the result. */
async function countCombined(
  client: RedisClientType,
  operation: "AND" | "OR",
  days: string[],
): Promise<number> {
  const result = "combined:active";
  const [, count] = await client
    .multi()
    .bitOp(operation, result, days.map(keyOf))
    .bitCount(result)
    .del(result)
    .exec();
  return Number(count);
}
