import { type RedisClientType, RESP_TYPES } from "redis";

const keyOf = (day: string) => `active:${day}`;

export async function markActive(client: RedisClientType, day: string, user: number): Promise<boolean> {
  const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const at = Math.floor(user / 8);
  const byte = (await buffers.getRange(keyOf(day), at, at))[0] ?? 0;
  const bit = 0x80 >> (user % 8);
  await client.setRange(keyOf(day), at, Buffer.from([byte | bit]));
  return (byte & bit) === 0;
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
  return countCombined(client, "OR", days);
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
