import type { RedisClientType } from "redis";

type School = Record<string, string>;

const known = new Map<string, School>();
const keyOf = (id: string) => `school:${id}`;

export async function saveSchool(client: RedisClientType, id: string, school: School): Promise<void> {
  await client.hSet(keyOf(id), school);
}

export async function getSchool(client: RedisClientType, id: string): Promise<School | null> {
  const remembered = known.get(id);
  if (remembered) return remembered;
  const school = await client.hGetAll(keyOf(id));
  known.set(id, school);
  return Object.keys(school).length > 0 ? school : null;
}

export async function updateSchool(
  client: RedisClientType,
  id: string,
  field: string,
  value: string,
): Promise<void> {
  await client.hSet(keyOf(id), field, value);
}

export async function addStudents(client: RedisClientType, id: string, count: number): Promise<number> {
  return client.hIncrBy(keyOf(id), "students", count);
}

export async function listFields(client: RedisClientType, id: string): Promise<string[]> {
  return client.hKeys(keyOf(id));
}
