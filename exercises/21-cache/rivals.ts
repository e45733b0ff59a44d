/** What another process does between two commands of a call. */
import type { ModuleContext } from "redis-learning-lab";
import { actAfter, holdBack, untilSent } from "./between.ts";
import { AMPLE, cacheKey, lockKey, newValue, read } from "./calls.ts";
import { SECOND_LOOK, waitsCause } from "./causes.ts";
import { expectGiven, expectLoads, newOrigin, type Origin } from "./origin.ts";

/**
 * Another process takes the lock after so many commands of a call. The call must wait while it is held, and give the
 * value that is stored then. Nothing is asked where the call itself got the lock before.
 */
export async function lockTakenAfter(context: ModuleContext, commands: number): Promise<void> {
  const { answer, redis, random, proxy, expect } = context;
  const [name, value, origin] = [random.id(), newValue(random), newOrigin("this was loaded")];
  const lock = { condition: "NX", expiration: { type: "PX", value: AMPLE.lockMs } } as const;
  let isTaken = false;
  const takeLock = async () => {
    isTaken = (await redis.set(lockKey(name), random.id(), lock)) !== null;
  };
  if (commands === 0) await takeLock();
  else holdBack(proxy);
  origin.hold();
  const calling = read(answer, name, origin);
  const isOver = endOf(calling, origin);
  if (commands > 0) await actAfter(context, commands, isOver, takeLock);
  if (isTaken) {
    await untilSent(context, commands === 0 ? 12 : 2, isOver);
    expectLoads(expect, origin, 0, "while another process held the lock", waitsCause(commands));
    await redis.multi().set(cacheKey(name), JSON.stringify(value)).del(lockKey(name)).exec();
  }
  origin.letGo();
  const ended = await calling;
  if (!isTaken) return;
  expectLoads(expect, origin, 0, "while another process held the lock", waitsCause(commands));
  const when = "after another process had stored the value";
  expectGiven(expect, ended, value, when, {
    unanswered: "Who waits looks at the cache again and again.",
    returned: "Who waits gives what is in the cache in the end, and nothing before it is there.",
  });
}

/**
 * Another process had the lock, stores the value and is done, after the first command of a call. Nothing is asked
 * where the call itself got the lock by that.
 */
export async function storedAfterLook(context: ModuleContext): Promise<void> {
  const { answer, redis, random, proxy, expect } = context;
  const [name, value, origin] = [random.id(), newValue(random), newOrigin("this was loaded")];
  let isStored = false;
  const store = async () => {
    isStored = (await redis.exists(lockKey(name))) === 0;
    if (isStored) await redis.set(cacheKey(name), JSON.stringify(value));
  };
  holdBack(proxy);
  origin.hold();
  const calling = read(answer, name, origin);
  await actAfter(context, 1, endOf(calling, origin), store);
  origin.letGo();
  const ended = await calling;
  if (!isStored) return;
  const when = "although another process had stored the value before this one got the lock";
  expectLoads(expect, origin, 0, when, SECOND_LOOK);
  expectGiven(expect, ended, value, when, { returned: "Give what is in the cache." });
  await expect.eventually(
    () => redis.exists(lockKey(name)),
    (found) => found === 0,
    `lock:${name} should be gone, because nothing had to be loaded`,
    { cause: "Whoever finds the value at the second look frees the lock, too." },
  );
}

/** Tells whether the call has ended or loads. */
function endOf(calling: Promise<unknown>, origin: Origin): () => boolean {
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
  };
  calling.then(end, end);
  return () => hasEnded || origin.loads > 0;
}
