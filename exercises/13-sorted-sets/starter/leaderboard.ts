import type { RedisClientType } from "redis";

type Entry = { player: string; score: number };
type RankedEntry = { rank: number; player: string; score: number };

// Each function gets a connected client. The board of the game "chess" is at the key "scores:chess".

export async function addPoints(
  client: RedisClientType,
  game: string,
  player: string,
  points: number,
): Promise<number> {
  // TODO: add the points to the player's score and give the new score
  return 0;
}

export async function top(client: RedisClientType, game: string, count: number): Promise<Entry[]> {
  // TODO: give the best players, best first
  return [];
}

export async function rankOf(client: RedisClientType, game: string, player: string): Promise<number | null> {
  // TODO: give the player's place, 1 for the best, or null for a player who is not on the board
  return null;
}

export async function page(
  client: RedisClientType,
  game: string,
  number: number,
  size: number,
): Promise<Entry[]> {
  // TODO: give the players of one page; page 1 has the best
  return [];
}

export async function around(
  client: RedisClientType,
  game: string,
  player: string,
  reach: number,
): Promise<RankedEntry[]> {
  // TODO: give the player, and up to reach players on each side, with their ranks
  return [];
}

export async function between(
  client: RedisClientType,
  game: string,
  min: number,
  max: number,
): Promise<Entry[]> {
  // TODO: give the players with a score from min to max, best first
  return [];
}
