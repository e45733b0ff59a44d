import type { RedisClientType } from "redis";

type Point = { longitude: number; latitude: number };
type Value = string | number | boolean | Date | string[] | Point;

/** The values of an entity's fields by name, with its id where it has one. */
type Data = { id?: string; [field: string]: Value | undefined };

type FieldType = "string" | "number" | "boolean" | "date" | "string[]" | "point";
type Definition = { name: string; fields: Record<string, FieldType> };

/** One thing that you work with. */
export class Entity {
  // TODO: hold the id and the values of the fields
}

/** What the fields are, and which text stands for their values in a hash. */
export class Schema {
  constructor(readonly definition: Definition) {}

  // TODO: make the hash of an entity, with a text for each value
  // TODO: make an entity of a hash
}

/** Where the entities of one schema are kept. */
export class Repository {
  constructor(
    readonly client: RedisClientType,
    readonly schema: Schema,
  ) {}

  // TODO: save, find and remove entities
}

// The lab calls these three, each with a connected client.

export async function save(client: RedisClientType, definition: Definition, data: Data): Promise<string> {
  // TODO: save the data as an entity and give its id
  return "";
}

export async function find(client: RedisClientType, definition: Definition, id: string): Promise<Data | null> {
  // TODO: give the entity as a plain object, { id, …its fields }, or null when there is none
  return null;
}

export async function remove(client: RedisClientType, definition: Definition, id: string): Promise<boolean> {
  // TODO: remove the entity and say whether there was one
  return false;
}
