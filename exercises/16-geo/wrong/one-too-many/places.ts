import type { RedisClientType } from "redis";

type Position = { latitude: number; longitude: number };
type Near = { name: string; distance: number };

const keyOf = (kind: string) => `places:${kind}`;

export async function addPlace(
  client: RedisClientType,
  kind: string,
  name: string,
  latitude: number,
  longitude: number,
): Promise<void> {
  await client.geoAdd(keyOf(kind), { longitude, latitude, member: name });
}

export async function positionOf(
  client: RedisClientType,
  kind: string,
  name: string,
): Promise<Position | null> {
  const [found] = await client.geoPos(keyOf(kind), name);
  if (!found) return null;
  return { latitude: Number(found.latitude), longitude: Number(found.longitude) };
}

export async function distance(
  client: RedisClientType,
  kind: string,
  from: string,
  to: string,
): Promise<number | null> {
  return client.geoDist(keyOf(kind), from, to);
}

export async function nearest(
  client: RedisClientType,
  kind: string,
  latitude: number,
  longitude: number,
  radius: number,
  count: number,
): Promise<Near[]> {
  const found = await client.geoSearchWith(
    keyOf(kind),
    { longitude, latitude },
    { radius, unit: "m" },
    ["WITHDIST"],
    { SORT: "ASC", COUNT: count },
  );
  return found.map(({ member, distance }) => ({ name: member, distance: Number(distance) }));
}

export async function neighbours(
  client: RedisClientType,
  kind: string,
  name: string,
  radius: number,
  count: number,
): Promise<Near[]> {
  const position = await positionOf(client, kind, name);
  if (!position) return [];
  // The place itself is found too.
  const found = await nearest(client, kind, position.latitude, position.longitude, radius, count + 1);
  return found.filter((one) => one.name !== name);
}

export async function removePlace(client: RedisClientType, kind: string, name: string): Promise<boolean> {
  const removed = await client.zRem(keyOf(kind), name);
  return removed === 1;
}
