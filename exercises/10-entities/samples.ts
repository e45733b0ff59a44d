/** Random kinds of entities, what is to be stored for them, and why something else is. */
import type { Random } from "redis-learning-lab";

export type FieldType = "string" | "number" | "boolean" | "date" | "string[]" | "point";
type Values = Readonly<Record<string, unknown>>;

export interface Definition {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldType>>;
}
/** An entity as the program sees it and as it is in Redis. */
export interface Sample {
  readonly definition: Definition;
  readonly values: Values;
  readonly hash: Readonly<Record<string, string>>;
}
interface Point {
  readonly longitude: number;
  readonly latitude: number;
}

/** The text of each type, as the lesson says. */
const STORED: Record<FieldType, (value: unknown) => string> = {
  string: String,
  number: String,
  boolean: (value) => (value ? "1" : "0"),
  date: (value) => String((value as Date).getTime()),
  "string[]": (value) => JSON.stringify(value),
  point: (value) => `${(value as Point).longitude},${(value as Point).latitude}`,
};

/** A value of each type; `nth` counts the fields of that type in one entity. */
const DRAWN: Record<FieldType, (random: Random, nth: number) => unknown> = {
  // Digits alone are a text too, where the schema says so.
  string: (random, nth) => (nth % 2 ? `0${random.integer(100, 999)}` : random.text()),
  number: (random) => random.integer(-9_000, 9_000) + random.pick([0.25, 0.5, 0.75]),
  boolean: (_, nth) => nth % 2 === 0,
  date: (random) => new Date(random.integer(-600_000_000, 2_000_000_000) * 1_000 + random.integer(1, 999)),
  // What separates the items in a careless join is in the items.
  "string[]": (random) => random.shuffle([random.words(2).join(","), random.words(2).join("|"), ""]),
  point: (random) => ({
    longitude: random.integer(-179_999, 179_999) / 1_000,
    latitude: random.integer(-89_999, 89_999) / 1_000,
  }),
};

/** What a program takes for nothing when it asks `if (value)`. */
const EMPTY: Record<Exclude<FieldType, "point">, unknown> = {
  string: "",
  number: 0,
  boolean: false,
  date: new Date(0),
  "string[]": [],
};

/** Two words: no name of a kind comes twice, nor is it one of a field. */
export const newName = (random: Random) => random.words(2).join("");
export const keyOf = ({ definition }: Sample, id: string) => `${definition.name}:${id}`;

/** A kind with two texts, two booleans and one field of each other type, in random order. */
export function randomDefinition(random: Random): Definition {
  const types = Object.keys(STORED) as FieldType[];
  const all = random.shuffle<FieldType>([...types, "string", "boolean"]);
  const fields = random.words(all.length).map((field, i) => [field, all[i] ?? "string"] as const);
  return { name: newName(random), fields: Object.fromEntries(fields) };
}

export function sampleOf(definition: Definition, values: Values): Sample {
  const hash = Object.entries(definition.fields).flatMap(([field, type]) =>
    values[field] === undefined ? [] : [[field, STORED[type](values[field])] as const],
  );
  return { definition, values, hash: Object.fromEntries(hash) };
}

export function randomSample(random: Random, definition = randomDefinition(random)): Sample {
  const counted = new Map<FieldType, number>();
  const values = Object.entries(definition.fields).map(([field, type]) => {
    const nth = counted.get(type) ?? 0;
    counted.set(type, nth + 1);
    return [field, DRAWN[type](random, nth)] as const;
  });
  return sampleOf(definition, Object.fromEntries(values));
}

/** All that looks like nothing but is a value, and as many fields that are left out. */
export function emptySample(random: Random): { sample: Sample; leftOut: string[] } {
  const types = Object.keys(EMPTY) as (keyof typeof EMPTY)[];
  const names = random.words(2 * types.length);
  const leftOut = names.slice(types.length);
  const fields = random.shuffle(
    names.map((field, i) => [field, types[i % types.length] ?? "string"] as const),
  );
  const values = types.map((type, i) => [names[i], EMPTY[type]]);
  const definition = { name: newName(random), fields: Object.fromEntries(fields) };
  return { sample: sampleOf(definition, Object.fromEntries(values)), leftOut };
}

export function without(values: Values, dropped: string): Values {
  return Object.fromEntries(Object.entries(values).filter(([field]) => field !== dropped));
}

const STORE_CAUSE: Record<FieldType, string> = {
  string: "A string is stored as it is.",
  number: "String(-12.5) makes the text of a number.",
  boolean: "true is stored as 1 and false as 0.",
  date: "date.getTime() gives the milliseconds since 1970; String(date) loses some, and depends on the place.",
  "string[]": "An item may hold a comma or whatever you join with: JSON.stringify keeps the items apart.",
  point: "First the longitude, then a comma, then the latitude, without spaces.",
};

const READ_CAUSE: Record<FieldType, string> = {
  string: "A string comes back as it is stored, also when it looks like a number: the schema knows the type.",
  number: "Number(text) makes a number of it, with its fraction.",
  boolean: 'Every text but "" is true in JavaScript, also "0": compare it with "1".',
  date: "new Date(Number(text)): a Date is made from the number of milliseconds, not from its digits as a text.",
  "string[]": "JSON.parse(text) gives the list back.",
  point: "Split the text at the comma: the first number is the longitude, the second the latitude.",
};

/** The likely cause where what is in Redis is not what should be. */
export function causeOfStored({ definition, hash }: Sample) {
  return (found: unknown): string | undefined => {
    if (typeof found === "string")
      return "JSON text in a string is not a hash: store a hash with one text for each field.";
    if (found === undefined)
      return "The function ended before anything was stored: is there an await before the command, and is the key <name>:<id>?";
    const stored = found as Readonly<Record<string, string>>;
    const wrong = Object.keys(hash).find((field) => stored[field] !== hash[field]);
    const type = wrong === undefined ? undefined : definition.fields[wrong];
    if (type !== undefined && wrong !== undefined)
      return stored[wrong] === undefined
        ? 'Only what is missing or undefined is left out: compare with undefined (if (value) is false for "", 0 and false too).'
        : `${wrong} is of the type ${type}. ${STORE_CAUSE[type]}`;
    const extra = Object.keys(stored).find((field) => !Object.hasOwn(hash, field));
    if (extra === undefined) return undefined;
    if (extra === "id") return "The id is part of the key, and no field of the hash.";
    return Object.hasOwn(definition.fields, extra)
      ? "This field was left out: it has no place in the hash."
      : "The schema does not name this field: go through the fields of the schema, not through those of the data.";
  };
}

/** The likely cause where `find` gives something else than was stored. */
export function causeOfFound({ definition, values }: Sample) {
  return (found: unknown): string | undefined => {
    if (found === null)
      return "It is there: is hGetAll called with the key <name>:<id>, with the name of this definition, and with await before it?";
    if (typeof found !== "object") return undefined;
    const got = found as Values;
    if (got.id === undefined) return "The id belongs to what find gives, beside the fields: { id, … }.";
    const extra = Object.keys(got).find((field) => field !== "id" && !Object.hasOwn(values, field));
    if (extra !== undefined)
      return Object.hasOwn(definition.fields, extra)
        ? "This field is not in the hash: do not make a property for it, not even undefined."
        : "The schema does not name this: give a plain object with the id and the fields of the schema.";
    const wrong = Object.keys(values).find((field) => shapeOf(got[field]) !== shapeOf(values[field]));
    const type = wrong === undefined ? undefined : definition.fields[wrong];
    if (wrong === undefined || type === undefined) return undefined;
    return Object.hasOwn(got, wrong)
      ? `${wrong} is of the type ${type}. ${READ_CAUSE[type]}`
      : 'It is in the hash, and an empty text is a text: compare with undefined (if (text) is false for "").';
  };
}

/** Tells values of different types apart that look the same as JSON. */
function shapeOf(value: unknown): string {
  const isPoint = typeof value === "object" && value !== null && "longitude" in value;
  return `${typeof value} ${JSON.stringify(isPoint ? STORED.point(value) : value)}`;
}
