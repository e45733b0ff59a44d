import type { RedisClientType } from "redis";

type School = Record<string, string>;

// Each function gets a connected client. The hash of the school with the id "7" is at the key "school:7".

export async function saveSchool(client: RedisClientType, id: string, school: School): Promise<void> {
  // TODO: store all fields of the school in one hash, with one command
}

export async function getSchool(client: RedisClientType, id: string): Promise<School | null> {
  // TODO: give the school as an object, or null when there is none
  return null;
}

export async function updateSchool(
  client: RedisClientType,
  id: string,
  field: string,
  value: string,
): Promise<void> {
  // TODO: set one field and leave the others alone
}

export async function addStudents(client: RedisClientType, id: string, count: number): Promise<number> {
  // TODO: add count to the field "students" and give the new number
  return 0;
}

export async function listFields(client: RedisClientType, id: string): Promise<string[]> {
  // TODO: give the names of the fields
  return [];
}
