/** What another process does between two commands of a call, or for longer than the call would like. */
import type { ModuleAnswer, ModuleContext } from "redis-learning-lab";
import { actAfter, holdBack, untilSent } from "./between.ts";
import { AMPLE, about, cacheKey, limitOf, lockKey, newValue, read, sentAlone, untilFree } from "./calls.ts";
import { GAVE_UP, SECOND_LOOK, TOKEN_ALONE, WAITS } from "./causes.ts";
import { expectGiven, expectLoads, newOrigin, type Origin } from "./origin.ts";

/** Milliseconds for which another one keeps its lock, unless the answer has sent enough before. */
const HELD_MS = 3_000;

/** Another one takes the lock after so many commands. Nothing is asked where the call itself got the lock before. */
export async function lockTakenAfter(context: ModuleContext, commands: number): Promise<void> {
  const { answer, redis, random, proxy, expect } = context;
  const [name, value, origin] = [random.id(), newValue(random), newOrigin("this was loaded")];
  const lock = { condition: "NX", expiration: { type: "PX", value: AMPLE.lockMs } } as const;
  let isTaken = false;
  holdBack(proxy);
  origin.hold();
  const calling = read(answer, name, origin, AMPLE, limitOf(AMPLE) + HELD_MS);
  const isOver = endOf(calling, origin);
  await actAfter(context, commands, isOver, async () => {
    isTaken = (await redis.set(lockKey(name), random.id(), lock)) !== null;
  });
  const when = "while another process held the lock";
  const cause =
    "Another process took the lock between two of your commands: looking and taking must be one command, SET with NX.";
  if (isTaken) {
    // Long enough for who waits once, and looks and tries again, before it loads.
    await untilSent(context, 4, isOver, HELD_MS);
    expectLoads(expect, origin, 0, when, cause);
    await redis.multi().set(cacheKey(name), JSON.stringify(value)).del(lockKey(name)).exec();
  }
  origin.letGo();
  const ended = await calling;
  if (!isTaken) return;
  expectLoads(expect, origin, 0, when, cause);
  expectGiven(expect, ended, value, "after another process had stored the value", GAVE_UP);
}

/** Another one stores the value and is done, after the first command. Nothing is asked where that got the lock. */
export async function storedAfterLook(context: ModuleContext): Promise<void> {
  const { answer, redis, random, proxy, trace, expect } = context;
  const [name, value, origin] = [random.id(), newValue(random), newOrigin("this was loaded")];
  let isStored = false;
  holdBack(proxy);
  origin.hold();
  const calling = read(answer, name, origin);
  await actAfter(context, 1, endOf(calling, origin), async () => {
    isStored = (await redis.exists(lockKey(name))) === 0;
    if (isStored) await redis.set(cacheKey(name), JSON.stringify(value));
  });
  origin.letGo();
  const ended = await calling;
  if (!isStored) return;
  const when = "although another process had stored the value before this one got the lock";
  expectLoads(expect, origin, 0, when, SECOND_LOOK);
  expectGiven(expect, ended, value, when, { returned: "Give what is in the cache." });
  await untilFree(
    context,
    name,
    "nothing had to be loaded",
    "Free the lock also where the second look finds the value.",
  );
  expect.commands(sentAlone(await trace.commands(), name)).exclude(["DEL", "UNLINK"], { cause: TOKEN_ALONE });
}

/** Another one holds the lock for longer than `lockMs` and `redisMs` of the call, which waits all the same. */
export async function waitsLong(context: ModuleContext, by: ModuleAnswer): Promise<void> {
  const hold = (ms: number) => lockHeld(context, by, { ...AMPLE, lockMs: ms, redisMs: ms });
  // A busy machine may take longer than that for a reply: only who fails with more time, too, is wrong.
  await hold(300).catch(() => hold(2_000));
}

async function lockHeld(context: ModuleContext, by: ModuleAnswer, times: typeof AMPLE): Promise<void> {
  const { redis, random, trace, expect } = context;
  const [name, value, origin] = [random.id(), newValue(random), newOrigin("this was loaded")];
  await redis.set(lockKey(name), random.id(), { PX: AMPLE.lockMs });
  const begun = performance.now();
  const calling = read(by, name, origin, times, times.redisMs + 6_000);
  const isOver = endOf(calling, origin);
  const tries = async () => about(sentAlone(await trace.commands(), name), lockKey(name)).length;
  await expect.eventually(
    async () => (isOver() ? 6 : tries()),
    (count) => count >= 6,
    "who waits should look whether the lock is free at least twice a second",
    { withinMs: 3_500, expected: "6 commands about the lock", cause: WAITS },
  );
  // Counted in its tries, too: a busy machine may let it begin late.
  const lastsMs = times.redisMs + 300;
  const isPast = async () =>
    isOver() ||
    (performance.now() - begun > lastsMs && ((await tries()) >= 24 || performance.now() - begun > 2_500));
  await expect.eventually(isPast, (holds) => holds, "", { withinMs: 4_000 });
  const when = `while another process held the lock longer than lockMs and redisMs (${times.redisMs})`;
  expectLoads(expect, origin, 0, when, WAITS);
  await redis.multi().set(cacheKey(name), JSON.stringify(value)).del(lockKey(name)).exec();
  expectGiven(expect, await calling, value, when, GAVE_UP);
}

/** A load that takes most of the time of its lock: the lock goes on to its end. */
export async function lockNotRenewed({ answer, redis, random, expect }: ModuleContext): Promise<void> {
  const [name, value, lockMs] = [random.id(), newValue(random), 900];
  const origin = newOrigin(value);
  origin.hold();
  const calling = read(answer, name, origin, { ...AMPLE, lockMs });
  await expect.eventually(
    () => origin.loads,
    (loads) => loads > 0,
    "cached should call load",
  );
  await expect.stays(600, () => {});
  const left = await redis.pTTL(lockKey(name));
  expect.value(left, `the milliseconds that lock:${name} lives, 600 ms after load was called`).atMost(400, {
    cause: `It had ${lockMs} ms: do not renew the lock, or one that hangs in load would keep it for ever.`,
  });
  origin.letGo();
  expectGiven(expect, await calling, value, "after a load that took 600 ms", {});
}

/** A process died with the lock, which ends by itself. */
export async function lockOfTheDead({ answer, redis, random, expect }: ModuleContext): Promise<void> {
  const [dead, value, token, lockMs] = [random.id(), newValue(random), random.id(), 100];
  let lockAtLoad: string | null = null;
  const next = newOrigin(value, async () => {
    lockAtLoad = await redis.get(lockKey(dead));
  });
  await redis.set(lockKey(dead), token, { PX: lockMs });
  const when = "after the lock of a process that died had ended";
  expectGiven(expect, await read(answer, dead, next, { ...AMPLE, lockMs }, limitOf(AMPLE)), value, when, {
    unanswered: "Who waits also tries to get the lock, again and again: no value may ever come.",
    threw: GAVE_UP.threw,
    returned: "When neither value nor lock is there, the next one gets the lock and loads.",
  });
  expectLoads(expect, next, 1, when, "The one who gets the lock loads.");
  expect.that(lockAtLoad !== token, "load was called while another process still held the lock", {
    expected: "no lock, or one of its own",
    actual: "the lock of the process that died",
    cause: "Who does not get the lock waits, and tries again.",
  });
}

/** After so many commands of forget, an older load in another process stores its value, if it still has its lock. */
export async function storedDuringForget(context: ModuleContext, commands: number): Promise<void> {
  const { answer, redis, random, proxy, expect } = context;
  const [name, old, token] = [random.id(), JSON.stringify(newValue(random)), random.id()];
  await redis.mSet([cacheKey(name), old, lockKey(name), token]);
  holdBack(proxy);
  const forgetting = answer.outcome("forget", [name, AMPLE], limitOf(AMPLE));
  forgetting.catch(() => {});
  await actAfter(context, commands, endOf(forgetting), async () => {
    if ((await redis.get(lockKey(name))) !== token) return;
    await redis.multi().set(cacheKey(name), old).del(lockKey(name)).exec();
  });
  await forgetting;
  await expect.key(cacheKey(name)).isMissing({
    cause:
      "Between your commands, an older load still had its lock, and stored the old value: forget deletes both keys in one command, or the lock first.",
  });
}

/** Tells whether the call has ended or loads. */
function endOf(calling: Promise<unknown>, origin?: Origin): () => boolean {
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
  };
  calling.then(end, end);
  return () => hasEnded || (origin?.loads ?? 0) > 0;
}
