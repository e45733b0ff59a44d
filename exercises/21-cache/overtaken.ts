/** A load that forget has overtaken. */
import type { ModuleAnswer, ModuleContext } from "redis-learning-lab";
import { untilQuiet } from "./between.ts";
import { AMPLE, cacheKey, lockKey, newValue, read } from "./calls.ts";
import { expectGiven, expectPassedOn, newOrigin, untilAsked } from "./origin.ts";

/** `other` forgets. `next` calls then, and loads meanwhile. `old` is what the older load brings: a value or an error. */
export async function overtakenBy(
  { answer, redis, random, expect }: ModuleContext,
  other: ModuleAnswer,
  next: ModuleAnswer,
  old: unknown,
): Promise<void> {
  const [name, value] = [random.id(), newValue(random)];
  const [before, after] = [newOrigin(old), newOrigin(value)];
  for (const origin of [before, after]) origin.hold();
  const first = read(answer, name, before);
  await untilAsked(expect, before, first);
  await other.call("forget", name, AMPLE);
  const lockLeft = await redis.exists(lockKey(name));
  const second = read(next, name, after);
  await expect.eventually(
    () => after.loads,
    (loads) => loads > 0,
    "a call after forget should load, although an older load still goes on",
    {
      expected: "load is called once",
      cause:
        lockLeft === 1
          ? "What is loading now may be old: forget deletes lock:<name> as well, so that the next one loads."
          : "The lock is free. Does this call wait for an older one of its process, in a Map of running loads? What that brings may be old: each call asks Redis.",
    },
  );
  const lock = await redis.get(lockKey(name));
  before.letGo();
  const begunBefore = "for the one who began before forget";
  const cause = "It gives what it loaded, also where it has lost its lock.";
  if (old instanceof Error) expectPassedOn(expect, await first, old, begunBefore);
  else expectGiven(expect, await first, old, begunBefore, { unanswered: cause, returned: cause });
  await untilQuiet(expect, answer, random.id(), AMPLE);
  await expect.key(cacheKey(name)).isMissing({
    cause:
      "An old value came into the cache after forget: store it only while lock:<name> holds your token, one that no other call has.",
  });
  expect.value(await redis.get(lockKey(name)), `the token at lock:${name}`).equals(lock, {
    cause: `This was the lock of the next one, which still loads. Free a lock only while it holds your token, one that no other call has${old instanceof Error ? ", also where load failed" : ""}.`,
  });
  after.letGo();
  expectGiven(expect, await second, value, "for the one who began after forget", {});
  await untilQuiet(expect, next, random.id(), AMPLE);
  await expect.key(cacheKey(name)).isString(JSON.stringify(value));
}
