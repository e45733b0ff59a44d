/** Many callers at once, and what one call costs. */
import type { Expect, ModuleAnswer, ModuleContext } from "redis-learning-lab";

/** Milliseconds by which the proxy holds up each command, so that callers come between each other's commands. */
export const STEP_MS = 15;
/** Callers who ask for the same days, one shortly after the other, at the most. */
const MOST_CALLERS = 100;

/** Calls again and again, by turns in two processes, until the first caller has its answer. */
export async function callUntilAnswered(
  { redis, proxy }: ModuleContext,
  processes: readonly ModuleAnswer[],
  name: string,
  ...args: unknown[]
): Promise<unknown[]> {
  let isAnswered = false;
  const calling: (Promise<unknown> | undefined)[] = [];
  proxy.delay(STEP_MS);
  while (!isAnswered && calling.length < MOST_CALLERS) {
    const call = processes[calling.length % 2]?.call(name, ...args);
    const ended = () => {
      isAnswered = true;
    };
    call?.then(ended, ended);
    calling.push(call);
    await redis.ping();
  }
  const results = await Promise.all(calling);
  proxy.delay(0);
  return results;
}

/**
 * Two processes ask the same, the second one command later than the first: so what the first does at its end comes
 * before the second has what it needs. Gives both answers.
 */
export async function callInStep(
  { proxy, expect }: ModuleContext,
  [first, second]: readonly [ModuleAnswer, ModuleAnswer],
  name: string,
  ...args: unknown[]
): Promise<unknown[]> {
  let running = 0;
  let sent = 0;
  const begin = (by: ModuleAnswer) => {
    running++;
    const ended = () => {
      running--;
    };
    const calling = by.call(name, ...args);
    calling.then(ended, ended);
    return calling;
  };
  const allSent = () =>
    expect.eventually(
      () => proxy.roundTrips() - sent,
      (trips) => trips >= running,
      `each call of ${name} should send a command or come back`,
    );
  proxy.resetRoundTrips();
  proxy.hold();
  try {
    const calls = [begin(first)];
    await allSent();
    sent = proxy.roundTrips();
    proxy.release();
    calls.push(begin(second));
    while (running > 0) {
      await allSent();
      sent = proxy.roundTrips();
      proxy.release();
    }
    return await Promise.all(calls);
  } finally {
    await proxy.heal();
  }
}

/** How many commands the answer sent for one call, and how many bytes Redis sent meanwhile, to it above all. */
export async function traffic(
  { answer, redis, trace }: ModuleContext,
  name: string,
  args: readonly unknown[],
) {
  const sentBytes = async () =>
    Number(/total_net_output_bytes:(\d+)/.exec(await redis.info("stats"))?.[1] ?? Number.NaN);
  await trace.clear();
  const before = await sentBytes();
  await answer.call(name, ...args);
  const bytes = (await sentBytes()) - before;
  return { bytes, commands: (await trace.commands()).filter(({ byScript }) => !byScript).length };
}

export function expectAll(
  expect: Expect,
  found: readonly unknown[],
  expectedOf: (index: number) => unknown,
  who: string,
  cause: string,
) {
  const wrong = found.findIndex((one, i) => one !== expectedOf(i));
  const count = found.filter((one, i) => one !== expectedOf(i)).length;
  expect.that(wrong < 0, `${count} of ${found.length} ${who} got a wrong number`, {
    expected: expectedOf(wrong),
    actual: found[wrong],
    cause,
  });
}
