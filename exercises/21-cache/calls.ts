/** How the answer is called, with which times, and the keys that it uses. */
import type { ModuleAnswer, ModuleContext, Outcome, Random, TracedCommand } from "redis-learning-lab";
import type { Origin } from "./origin.ts";

/** Where nothing fails: nobody gives up, however busy the machine is, and no lock ends by itself. */
export const AMPLE = { seconds: 3_600, lockMs: 60_000, redisMs: 5_000 };
/** Milliseconds to wait for Redis where it never answers. */
export const SHORT = { ...AMPLE, redisMs: 50 };
/** The same where it must have answered before: far more than it needs. */
export const MIDDLE = { ...AMPLE, redisMs: 250 };
/** Milliseconds in which a call must end that nothing holds up. */
export const SOON_MS = 2_000;
/** Milliseconds after which a call is given up: later than it gives up Redis, where Redis is away. */
export const limitOf = (times: typeof AMPLE) => Math.min(times.redisMs, 1_000) + SOON_MS;

export const cacheKey = (name: string) => `cache:${name}`;
export const lockKey = (name: string) => `lock:${name}`;

export function read(
  by: ModuleAnswer,
  name: string,
  { load }: Origin,
  times: typeof AMPLE = AMPLE,
  limitMs = limitOf(times),
): Promise<Outcome> {
  const calling = by.outcome("cached", [name, load, times], limitMs);
  // A check that fails meanwhile awaits it no more.
  calling.catch(() => {});
  return calling;
}

/** Values of all kinds, also those that JavaScript takes for nothing. */
export function randomValues(random: Random): unknown[] {
  const record = { name: random.text(), price: random.integer(100, 999), tags: random.words(2) };
  return [record, random.text(), random.integer(10, 99), 0, "", false, [], null];
}

export const newValue = (random: Random) => ({ id: random.id(), text: random.text() });

/** What was sent about a name by itself: not by a script, and not between MULTI and EXEC. */
export function sentAlone(commands: readonly TracedCommand[], name: string): TracedCommand[] {
  return commands.filter(
    ({ args, byScript, inTransaction }) =>
      !byScript && !inTransaction && (args.includes(cacheKey(name)) || args.includes(lockKey(name))),
  );
}

export function about(commands: readonly TracedCommand[], key: string): TracedCommand[] {
  return commands.filter(({ args }) => args.includes(key));
}

export async function untilFree({ redis, expect }: ModuleContext, name: string, why: string, cause: string) {
  await expect.eventually(
    () => redis.get(lockKey(name)),
    (token) => token === null,
    `lock:${name} should be gone, because ${why}`,
    { expected: null, cause },
  );
}
