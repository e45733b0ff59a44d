/** What the visitors of a day are, and how their counts are judged. */
import type { Expect, JudgeRedis, Random } from "redis-learning-lab";

/** How far a count may be from the true number; Redis promises a standard error of 0.81 %. */
const TOLERANCE = 0.03;
/** Visitors are drawn anew where Redis itself is further off than this: one in seventy times. */
const OWN_ERROR = 0.02;
/** Visitors in one PFADD of the judge's. */
const CHUNK = 10_000;

/** Different days of one month. */
export function someDays(random: Random, count: number): { month: string; days: string[] } {
  const month = `${random.integer(2031, 2039)}-0${random.integer(1, 9)}`;
  const days = random.list(28, (i) => `${month}-${String(i + 1).padStart(2, "0")}`);
  return { month, days: random.sample(days, count) };
}

export async function addTo(redis: JudgeRedis, key: string, visitors: readonly string[]): Promise<void> {
  for (let at = 0; at < visitors.length; at += CHUNK) {
    await redis.pfAdd(key, visitors.slice(at, at + CHUNK));
  }
}

/**
 * New visitors whom Redis counts well enough: each group by itself, and all of them together. What is wrong then
 * is the answer's doing.
 */
export async function newVisitors(
  redis: JudgeRedis,
  random: Random,
  ...sizes: number[]
): Promise<string[][]> {
  const keys = sizes.map((_, i) => `group ${i}`);
  const isGood = (count: number, size: number) => Math.abs(count - size) <= OWN_ERROR * size;
  for (;;) {
    const groups = sizes.map((size) => {
      const prefix = random.pick(["Mc", "O'", "Ø"]) + random.word() + random.integer(10, 99);
      return random.list(size, (i) => `${prefix}-${i}`);
    });
    for (const [i, group] of groups.entries()) await addTo(redis, keys[i] ?? "", group);
    const counts = await Promise.all(keys.map((key) => redis.pfCount(key)));
    const all = await redis.pfCount(keys);
    await redis.del(keys);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (sizes.every((size, i) => isGood(counts[i] ?? 0, size)) && isGood(all, total)) return groups;
  }
}

/** Whether it is this number, as far as a HyperLogLog knows. */
export function isNear(found: unknown, count: number): boolean {
  return typeof found === "number" && Math.abs(found - count) <= TOLERANCE * count;
}

export function expectNear(
  expect: Expect,
  found: unknown,
  what: string,
  count: number,
  cause: (found: unknown) => string | undefined,
) {
  expect.that(isNear(found, count), `${what} is not right`, {
    expected: count * TOLERANCE < 1 ? count : `${count}, give or take ${100 * TOLERANCE} %`,
    actual: found,
    cause:
      found === undefined ? "The function gave back nothing: is a return or an await missing?" : cause(found),
  });
}

export async function expectHyperLogLog(expect: Expect, redis: JudgeRedis, key: string, missing: string) {
  expect.that((await redis.exists(key)) === 1, `there is no key ${key}`, {
    expected: `a HyperLogLog at ${key}`,
    actual: (await redis.keys("*")).slice(0, 5).join(", ") || "Redis is empty",
    cause: missing,
  });
  await expect.key(key).hasType("string", {
    cause:
      "This keeps every visitor. A HyperLogLog only counts them, and stays small: its commands begin with PF.",
  });
  const head = await redis.getRange(key, 0, 3);
  expect.that(head === "HYLL", `the string at ${key} is no HyperLogLog`, {
    expected: 'it begins with "HYLL", as all that PFADD makes',
    actual: `it begins with ${JSON.stringify(head)}`,
    cause:
      "The number alone cannot know who was counted already: PFADD and PFMERGE make what PFCOUNT counts.",
  });
}

/** Remembers what the days' keys count, to see later whether they still do. */
export async function guardDays(expect: Expect, redis: JudgeRedis, days: readonly string[]) {
  const keys = days.map((day) => `visitors:${day}`);
  const counts = () => Promise.all(keys.map((key) => redis.pfCount(key).catch(() => "no")));
  const before = await counts();
  return async (name: string) => {
    const after = await counts();
    const changed = keys.findIndex((_, i) => before[i] !== after[i]);
    expect.that(changed < 0, `${name} changed the key ${keys[changed]}`, {
      expected: `the days stay as they are: ${before[changed]} visitors`,
      actual: `${after[changed]} visitors`,
      cause:
        after[changed] === 0
          ? "The days are asked for later, too: their keys stay."
          : "PFMERGE writes its result into the first key that it gets: that must not be one of the days.",
    });
  };
}

/** Why there is another number than `count`, for these days; the numbers of typical mistakes are `of`. */
export function daysCause(count: number, of: { sum: number; largest: number }) {
  return (found: unknown): string | undefined => {
    if (Array.isArray(found)) return "One number for all days together: pfCount takes a list of keys.";
    if (of.sum !== count && isNear(found, of.sum))
      return "This is the sum of the days: who came on two days counts twice. PFCOUNT with all keys counts each visitor once.";
    if (found === 0)
      return "Nobody was counted: the key of a day is visitors:<day>, and pfCount takes a list of such keys.";
    if (isNear(found, of.largest))
      return "This is the largest day alone: the other days had visitors of their own.";
    return "client.pfCount takes a list of keys, one for each day; a missing key adds nobody.";
  };
}

/** Why the month's key counts something else. */
export function storedCause(count: number, of: { sum: number; only: number }) {
  return (found: unknown): string | undefined => {
    if (found === 0) return "Nobody was added to the month: the key of a day is visitors:<day>.";
    if (of.only !== count && isNear(found, of.only))
      return "What was merged before stays: PFMERGE adds to the month's key, if nobody deletes it first.";
    if (isNear(found, of.sum)) return "This is the sum: who came on two days counts twice.";
    if (Number(found) > count) return "More days were merged than those that were asked for.";
    return "PFMERGE takes the keys of all these days, visitors:<day>, after that of the month.";
  };
}

/** Why mergeMonth gave another number than its month's key counts. */
export function givenCause(found: unknown): string {
  if (found === "OK") return "PFMERGE answers OK: PFCOUNT of the month's key gives the number.";
  return "The month is stored as it should be. Its number is what PFCOUNT of visitors:<month> gives, not that of the days.";
}
