/** Acting as another process, between two commands of the answer. */
import type { Expect, FaultProxyControl, ModuleAnswer, ModuleContext } from "redis-learning-lab";
import { shown } from "./origin.ts";

/** For what a right answer does at once: far more than a busy machine needs. */
const SOON_MS = 3_000;

/** Call before the answer is called: what it sends is held back from now on. */
export function holdBack(proxy: FaultProxyControl): void {
  proxy.resetRoundTrips();
  proxy.hang();
}

/**
 * Lets through what the answer sends, one command (or what it sends together) at a time, `count` in all; then
 * acts, before the answer hears the last reply. Ends sooner where the answer sends no more. From then on nothing is
 * held back.
 */
export async function actAfter(
  { proxy, trace, expect }: ModuleContext,
  count: number,
  isOver: () => boolean,
  act: () => Promise<void>,
): Promise<void> {
  const until = (read: () => Promise<boolean> | boolean) =>
    expect
      .eventually(read, (holds) => holds, "a command should arrive", { withinMs: SOON_MS })
      .catch(() => {});
  for (let sent = 1; sent <= count && !isOver(); sent++) {
    await until(() => {
      if (proxy.roundTrips() >= sent || isOver()) return true;
      // The reply to the one before goes back; what the answer sends then is held again.
      passOn(proxy);
      return false;
    });
    if (proxy.roundTrips() < sent) break;
    const before = (await trace.commands()).length;
    passOn(proxy);
    // Longer than Redis needs, on a busy machine too; what a new connection begins with is not in the trace.
    const arrived = async () => (await trace.commands()).length > before;
    await expect.eventually(arrived, (holds) => holds, "", { withinMs: 1_000 }).catch(() => {});
  }
  await act();
  await proxy.heal();
}

/** What is held at this moment goes on its way, in both directions; what comes next is held again. */
function passOn(proxy: FaultProxyControl): void {
  proxy.heal();
  proxy.hang();
}

/** Waits until the answer has sent so many more commands, or `isOver`; no longer than `limitMs`, without a failure. */
export async function untilSent(
  { trace, expect }: ModuleContext,
  count: number,
  isOver: () => boolean,
  limitMs = 1_200,
): Promise<void> {
  const before = (await trace.commands()).length;
  const read = async () => isOver() || (await trace.commands()).length >= before + count;
  await expect.eventually(read, (holds) => holds, "", { withinMs: limitMs }).catch(() => {});
}

/** Settles when all is done that this process has sent, and what follows from it. */
export async function untilQuiet(expect: Expect, answer: ModuleAnswer, unused: string, times: object) {
  for (let round = 0; round < 3; round++) {
    const ended = await answer.outcome("forget", [unused, times], SOON_MS);
    expect.that(ended.kind === "returned", "forget should come back when Redis answers", {
      actual: shown(ended),
      cause:
        ended.kind === "threw" && /closed/i.test(ended.error.message + ended.error.name)
          ? "The client is not yours to close: it connects again by itself."
          : "It must work for a name that is not in the cache, too.",
    });
  }
}

/** All of them to their ends, at once; fails as the first of them that fails. */
export async function allOf(...parts: readonly Promise<void>[]): Promise<void> {
  for (const ended of await Promise.allSettled(parts)) if (ended.status === "rejected") throw ended.reason;
}
