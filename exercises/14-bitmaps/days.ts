/** Days of activity, made and looked at by the judge. */
import type { Expect, JudgeRedis, ModuleContext, Random } from "redis-learning-lab";

/** Ids begin at 0 and end here. */
export const LAST_USER = 999_999;

export function someUsers(random: Random, count: number, last = LAST_USER): number[] {
  return [...new Set(random.list(count, () => random.integer(0, last)))];
}

/** Different days of one month. */
export function someDays(random: Random, count: number): string[] {
  const month = `${random.integer(2031, 2039)}-0${random.integer(1, 9)}`;
  const days = random.list(28, (i) => `${month}-${String(i + 1).padStart(2, "0")}`);
  return random.sample(days, count);
}

/** Stored as SETBIT would: the first user is the highest bit of the first byte. */
export async function storeDay(redis: JudgeRedis, day: string, users: readonly number[]): Promise<void> {
  const bytes = Buffer.alloc(Math.floor(Math.max(...users) / 8) + 1);
  for (const user of users) bytes[user >> 3] = (bytes[user >> 3] ?? 0) | (0x80 >> (user & 7));
  await redis.set(`active:${day}`, bytes);
}

/** Four days with many users in common, whose bitmaps differ in length, and one that has no key. */
export async function storeDays(redis: JudgeRedis, random: Random) {
  const users = someUsers(random, 3_000);
  const [missing = "", ...days] = someDays(random, 5);
  const active = new Map(
    days.map((day, i) => {
      const last = i === 0 ? LAST_USER / 2 : LAST_USER;
      return [day, new Set(users.filter((user) => user <= last && random.integer(1, 10) > 3))];
    }),
  );
  for (const [day, on] of active) await storeDay(redis, day, [...on]);
  const isOn = (user: number) => (day: string) => active.get(day)?.has(user) === true;
  return {
    days: random.shuffle(days),
    missing,
    users,
    isOnAll: (asked: readonly string[]) => (user: number) => asked.every(isOn(user)),
    onAll: (asked: readonly string[]) => users.filter((user) => asked.every(isOn(user))).length,
    onAny: (asked: readonly string[]) => users.filter((user) => asked.some(isOn(user))).length,
    sum: (asked: readonly string[]) => asked.reduce((sum, day) => sum + (active.get(day)?.size ?? 0), 0),
  };
}

/** Calls, and looks whether the days' own keys are as they were. */
export async function readingOnly<T>(
  { redis, expect }: ModuleContext,
  name: string,
  days: readonly string[],
  call: () => Promise<T>,
): Promise<T> {
  const keys = days.map((day) => `active:${day}`);
  const copies = keys.map((key) => `copy of ${key}`);
  for (const [i, key] of keys.entries()) await redis.copy(key, copies[i] ?? "");
  const result = await call();
  for (const [i, key] of keys.entries()) {
    await redis.bitOp("XOR", "difference", [key, copies[i] ?? ""]);
    const changed = await redis.bitCount("difference");
    expect.that(changed === 0, `${name} changed the key ${key}`, {
      expected: "the days stay as they are",
      actual: `${changed} of its bits are different now`,
      cause:
        "BITOP writes its result into the first key that it gets, over what is there: take a key that is none of the days.",
    });
  }
  await redis.del([...copies, "difference"]);
  return result;
}

export async function expectMarked(expect: Expect, redis: JudgeRedis, key: string, users: readonly number[]) {
  await expect.key(key).hasType("string", { cause: otherTypeCause });
  const bytes = await redis.strLen(key);
  const needed = Math.floor(Math.max(...users) / 8) + 1;
  const bits = await Promise.all(users.map((user) => redis.getBit(key, user)));
  const unmarked = users.filter((_, i) => bits[i] === 0);
  expect.that(unmarked.length === 0, `in ${key}, the bit of user ${unmarked[0]} is not 1`, {
    expected: `GETBIT gives 1 for ${users.join(", ")}; the key has ${needed} bytes`,
    actual: `it gives 0 for ${unmarked.join(", ")}; the key has ${bytes} bytes`,
    cause:
      bytes > needed
        ? "There is a whole byte for each user: setBit(key, user, 1) takes one bit, and eight users share a byte."
        : "setBit(key, user, 1) sets the bit whose number is the user's id, and keeps the others.",
  });
  expect
    .value(await redis.bitCount(key), `the number of bits in ${key} that are 1`)
    .equals(users.length, { cause: "Only the bits of the users who were active may be 1." });
}

export function otherTypeCause(found: unknown): string | undefined {
  if (found === undefined) return "There is no such key: is setBit called with active:<day>?";
  return "A set keeps every id as a whole: setBit makes a bitmap, which has one bit for each user.";
}
