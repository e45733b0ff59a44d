/** Comparing values as data, and saying where they first differ. */
import { inspect } from "node:util";

export interface Difference {
  /** Where: "the value itself", ".name", "[3].tags". */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/**
 * The first difference, or undefined where both are equal as data: prototypes do not count (node-redis gives
 * hashes without one), `-0` is `0`, `NaN` is `NaN`, a missing property is not the same as `undefined` in it.
 */
export function firstDifference(expected: unknown, actual: unknown): Difference | undefined {
  return differ(expected, actual, "", new Map());
}

function differ(
  expected: unknown,
  actual: unknown,
  path: string,
  seen: Map<unknown, unknown>,
): Difference | undefined {
  const here = { path, expected, actual };
  if (expected === actual || Object.is(expected, actual)) return undefined;
  if (typeof expected !== "object" || typeof actual !== "object" || expected === null || actual === null)
    return here;
  if (seen.get(expected) === actual) return undefined;
  seen.set(expected, actual);
  if (kindOf(expected) !== kindOf(actual)) return here;
  if (expected instanceof Error) {
    const other = actual as Error;
    return expected.name === other.name && expected.message === other.message ? undefined : here;
  }
  if (expected instanceof Date) return expected.getTime() === (actual as Date).getTime() ? undefined : here;
  if (expected instanceof Uint8Array) {
    return Buffer.compare(expected, actual as Uint8Array) === 0 ? undefined : here;
  }
  if (expected instanceof Set) {
    const size = (actual as Set<unknown>).size;
    // Sorting a million members to find one difference would hold up the judge.
    if (size !== expected.size) return { path: `${path}.size`, expected: expected.size, actual: size };
    return differ([...expected].sort(byText), [...(actual as Set<unknown>)].sort(byText), path, seen);
  }
  if (expected instanceof Map) {
    return differ(
      Object.fromEntries(expected),
      Object.fromEntries(actual as Map<string, unknown>),
      path,
      seen,
    );
  }
  if (Array.isArray(expected)) {
    const other = actual as unknown[];
    for (let i = 0; i < Math.min(expected.length, other.length); i++) {
      const found = differ(expected[i], other[i], `${path}[${i}]`, seen);
      if (found) return found;
    }
    return expected.length === other.length
      ? undefined
      : { path: `${path}.length`, expected: expected.length, actual: other.length };
  }
  return differInProperties(expected, actual, path, seen);
}

function differInProperties(
  expected: object,
  actual: object,
  path: string,
  seen: Map<unknown, unknown>,
): Difference | undefined {
  const left = expected as Record<string, unknown>;
  const right = actual as Record<string, unknown>;
  for (const key of Object.keys(left)) {
    const at = `${path}${/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`}`;
    if (!Object.hasOwn(right, key)) return { path: at, expected: left[key], actual: MISSING };
    const found = differ(left[key], right[key], at, seen);
    if (found) return found;
  }
  const extra = Object.keys(right).find((key) => !Object.hasOwn(left, key));
  return extra === undefined
    ? undefined
    : { path: `${path}.${extra}`, expected: MISSING, actual: right[extra] };
}

/** Stands for a property that is not there. */
export const MISSING = Symbol("nothing");

function kindOf(value: object): string {
  if (Array.isArray(value)) return "array";
  if (value instanceof Error) return "error";
  if (value instanceof Uint8Array) return "bytes";
  return Object.prototype.toString.call(value);
}

/** Orders values by what one reads of them. */
export function byText(a: unknown, b: unknown): number {
  return describeValue(a) < describeValue(b) ? -1 : 1;
}

/** A value as a person would write it in JavaScript, cut where it is long. */
export function describeValue(value: unknown): string {
  if (value === MISSING) return "nothing";
  return inspect(outline(value, 0, { left: SHOWN_VALUES }), {
    depth: SHOWN_DEPTH,
    breakLength: 76,
    maxStringLength: 300,
    maxArrayLength: SHOWN_ITEMS,
    compact: 3,
  });
}

const SHOWN_DEPTH = 6;
const SHOWN_ITEMS = 40;
/** In all: six objects, each of which holds the next one 30 times, are a line to send and 10⁸ values in print. */
const SHOWN_VALUES = 2_000;
const CUT = { [inspect.custom]: () => "…" };

/** A copy to print: node-redis' hashes have no prototype, which `inspect` would say; `budget` bounds its size. */
function outline(value: unknown, depth: number, budget: { left: number }): unknown {
  if (depth > SHOWN_DEPTH || typeof value !== "object" || value === null) return value;
  const copied = (one: unknown) => outline(one, depth + 1, budget);
  const taken = <T>(all: Iterable<T>): T[] => {
    const some: T[] = [];
    for (const one of all) {
      if (budget.left-- <= 0) break;
      some.push(one);
    }
    return some;
  };
  if (Array.isArray(value)) {
    const shown = taken(value.slice(0, SHOWN_ITEMS)).map(copied);
    // As long as it is: `inspect` counts what it leaves out.
    shown.length = value.length;
    return shown;
  }
  if (value instanceof Set) return new Set(cutEnd(taken(value).map(copied), value.size, CUT));
  if (value instanceof Map) {
    const entries = taken(value).map(([key, one]) => [copied(key), copied(one)] as const);
    return new Map(cutEnd(entries, value.size, [CUT, CUT]));
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  const keys = Object.keys(value);
  const entries = taken(keys).map((key) => [key, copied((value as Record<string, unknown>)[key])] as const);
  return Object.fromEntries(cutEnd(entries, keys.length, ["…", CUT]));
}

function cutEnd<T>(some: readonly T[], of: number, mark: T): T[] {
  return some.length < of ? [...some, mark] : [...some];
}

/** "a hash" → readable difference sentence: " — first difference at .name: expected 'x', got 'y'". */
export function describeDifference(difference: Difference): string {
  if (difference.path === "") return "";
  return `first difference at ${difference.path.replace(/^\./, "")}: expected ${describeValue(difference.expected)}, got ${describeValue(difference.actual)}`;
}

/** Characters of a list that one can still compare by eye. */
const LONG_LIST = 500;

/** A value as a person would write it; of a long list only the items beside the first difference. */
export function describeNear(value: unknown, difference: Difference): string {
  const whole = describeValue(value);
  const index = differingItem(difference);
  if (!Array.isArray(value) || index === undefined || whole.length <= LONG_LIST) return whole;
  const from = Math.max(0, Math.min(index, value.length) - 1);
  const near = value.slice(from, from + 3);
  return `${describeValue(near)} (items ${from} to ${from + near.length - 1} of ${value.length})`;
}

/** The index of the first item in which two lists differ. */
function differingItem({ path, expected, actual }: Difference): number | undefined {
  if (path === ".length") return Math.min(Number(expected), Number(actual));
  const index = /^\[(\d+)\]/.exec(path)?.[1];
  return index === undefined ? undefined : Number(index);
}
