import type { RedisClientType } from "redis";

type Entry = { player: string; score: number };
type RankedEntry = { rank: number; player: string; score: number };

const keyOf = (game: string) => `scores:${game}`;
const entryOf = ({ value, score }: { value: string; score: number }): Entry => ({ player: value, score });

export async function addPoints(
  client: RedisClientType,
  game: string,
  player: string,
  points: number,
): Promise<number> {
  return client.zIncrBy(keyOf(game), points, player);
}

export async function top(client: RedisClientType, game: string, count: number): Promise<Entry[]> {
  const found = await client.zRangeWithScores(keyOf(game), 0, -1);
  return found
    .map(entryOf)
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}

export async function rankOf(client: RedisClientType, game: string, player: string): Promise<number | null> {
  const position = await client.zRevRank(keyOf(game), player);
  return position === null ? null : position + 1;
}

export async function page(
  client: RedisClientType,
  game: string,
  number: number,
  size: number,
): Promise<Entry[]> {
  const start = (number - 1) * size;
  const found = await client.zRangeWithScores(keyOf(game), start, start + size - 1, { REV: true });
  return found.map(entryOf);
}

export async function around(
  client: RedisClientType,
  game: string,
  player: string,
  reach: number,
): Promise<RankedEntry[]> {
  const position = await client.zRevRank(keyOf(game), player);
  if (position === null) return [];
  const start = Math.max(0, position - reach);
  const found = await client.zRangeWithScores(keyOf(game), start, position + reach, { REV: true });
  return found.map((one, i) => ({ rank: start + i + 1, ...entryOf(one) }));
}

export async function between(
  client: RedisClientType,
  game: string,
  min: number,
  max: number,
): Promise<Entry[]> {
  const found = await client.zRangeWithScores(keyOf(game), max, min, { BY: "SCORE", REV: true });
  return found.map(entryOf);
}
