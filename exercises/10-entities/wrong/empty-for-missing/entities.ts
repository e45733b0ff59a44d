import { randomUUID } from "node:crypto";
import type { RedisClientType } from "redis";

type Point = { longitude: number; latitude: number };
type Value = string | number | boolean | Date | string[] | Point;

/** The values of an entity's fields by name, with its id where it has one. */
type Data = { id?: string; [field: string]: Value | undefined };

type FieldType = "string" | "number" | "boolean" | "date" | "string[]" | "point";
type Definition = { name: string; fields: Record<string, FieldType> };

/** One thing that you work with. */
export class Entity {
  readonly id: string;
  readonly values: Data;

  constructor({ id, ...values }: Data) {
    this.id = id ?? randomUUID();
    this.values = values;
  }

  toPlain(): Data {
    return { ...this.values, id: this.id };
  }
}

/** What the fields are, and which text stands for their values in a hash. */
export class Schema {
  constructor(readonly definition: Definition) {}

  keyOf(id: string): string {
    return `${this.definition.name}:${id}`;
  }

  toHash(entity: Entity): Record<string, string> {
    const hash: Record<string, string> = {};
    for (const [field, type] of Object.entries(this.definition.fields)) {
      const value = entity.values[field];
      if (value !== undefined) hash[field] = toText(type, value);
    }
    return hash;
  }

  toEntity(id: string, hash: Record<string, string>): Entity {
    const data: Data = { id };
    for (const [field, type] of Object.entries(this.definition.fields)) {
      const text = hash[field];
      if (text !== undefined) data[field] = toValue(type, text);
    }
    return new Entity(data);
  }
}

/** Where the entities of one schema are kept. */
export class Repository {
  constructor(
    readonly client: RedisClientType,
    readonly schema: Schema,
  ) {}

  async save(entity: Entity): Promise<void> {
    const key = this.schema.keyOf(entity.id);
    await this.client.multi().del(key).hSet(key, this.schema.toHash(entity)).exec();
  }

  async find(id: string): Promise<Entity | null> {
    const hash = await this.client.hGetAll(this.schema.keyOf(id));
    return this.schema.toEntity(id, hash);
  }

  async remove(id: string): Promise<boolean> {
    return (await this.client.del(this.schema.keyOf(id))) === 1;
  }
}

function toText(type: FieldType, value: Value): string {
  switch (type) {
    case "boolean":
      return value ? "1" : "0";
    case "date":
      return String((value as Date).getTime());
    case "string[]":
      return JSON.stringify(value);
    case "point": {
      const { longitude, latitude } = value as Point;
      return `${longitude},${latitude}`;
    }
    default:
      return String(value);
  }
}

function toValue(type: FieldType, text: string): Value {
  switch (type) {
    case "number":
      return Number(text);
    case "boolean":
      return text === "1";
    case "date":
      return new Date(Number(text));
    case "string[]":
      return JSON.parse(text);
    case "point": {
      const [longitude = Number.NaN, latitude = Number.NaN] = text.split(",").map(Number);
      return { longitude, latitude };
    }
    default:
      return text;
  }
}

export async function save(client: RedisClientType, definition: Definition, data: Data): Promise<string> {
  const entity = new Entity(data);
  await new Repository(client, new Schema(definition)).save(entity);
  return entity.id;
}

export async function find(
  client: RedisClientType,
  definition: Definition,
  id: string,
): Promise<Data | null> {
  const entity = await new Repository(client, new Schema(definition)).find(id);
  return entity ? entity.toPlain() : null;
}

export async function remove(client: RedisClientType, definition: Definition, id: string): Promise<boolean> {
  return new Repository(client, new Schema(definition)).remove(id);
}
