import type { RedisClientType } from "redis";

type Position = { latitude: number; longitude: number };
type Near = { name: string; distance: number };

// Each function gets a connected client. The geo index of the kind "cafes" is at the key "places:cafes".

export async function addPlace(
  client: RedisClientType,
  kind: string,
  name: string,
  latitude: number,
  longitude: number,
): Promise<void> {
  // TODO: store the place in the geo index; a place that is there already moves
}

export async function positionOf(
  client: RedisClientType,
  kind: string,
  name: string,
): Promise<Position | null> {
  // TODO: give the position of the place, or null when there is none
  return null;
}

export async function distance(
  client: RedisClientType,
  kind: string,
  from: string,
  to: string,
): Promise<number | null> {
  // TODO: give the metres between two places, or null when one of them is not there
  return null;
}

export async function nearest(
  client: RedisClientType,
  kind: string,
  latitude: number,
  longitude: number,
  radius: number,
  count: number,
): Promise<Near[]> {
  // TODO: give the nearest places within radius metres, nearest first, at most count
  return [];
}

export async function neighbours(
  client: RedisClientType,
  kind: string,
  name: string,
  radius: number,
  count: number,
): Promise<Near[]> {
  // TODO: give the nearest places round a place, without the place itself
  return [];
}

export async function removePlace(client: RedisClientType, kind: string, name: string): Promise<boolean> {
  // TODO: remove the place, and tell whether it was there
  return false;
}
