/** What the answer changed in Redis in how many steps, and a way to come between two of them. */
import type { JudgeRedis, ModuleContext, Outcome, TracedCommand } from "redis-learning-lab";

const RUNS_A_SCRIPT = /^(EVAL|EVALSHA|FCALL)(_RO)?$/;
/** About keys, but neither reading nor writing what they hold. */
const WATCHES = /^(WATCH|UNWATCH)$/;

/** The names of all commands that may change something, as Redis itself counts them. */
export async function writingCommands(redis: JudgeRedis): Promise<ReadonlySet<string>> {
  return new Set((await redis.aclCat("write")).map((name) => name.toUpperCase()));
}

/** Each step in which something was changed: a command alone, a transaction or a script, with what changed in it. */
export function changingSteps(
  commands: readonly TracedCommand[],
  writes: ReadonlySet<string>,
): TracedCommand[][] {
  const steps: TracedCommand[][] = [];
  const transactions = new Map<string, TracedCommand[]>();
  let script: TracedCommand[] = [];
  for (const command of commands) {
    const { name, connection, byScript, inTransaction } = command;
    if (name === "MULTI") transactions.set(connection, []);
    else if (!byScript && RUNS_A_SCRIPT.test(name)) script = inTransaction ? stepOf(command) : [];
    else if (writes.has(name)) {
      const step = byScript ? script : inTransaction ? stepOf(command) : [];
      if (!steps.includes(step)) steps.push(step);
      step.push(command);
    }
  }
  return steps;

  function stepOf({ connection }: TracedCommand): TracedCommand[] {
    return transactions.get(connection) ?? [];
  }
}

/** The steps as one would say them: "DECR + RPUSH, SET". */
export function describeSteps(steps: readonly TracedCommand[][]): string {
  return steps.map((step) => step.map(({ name }) => name).join(" + ")).join(", then ") || "nothing";
}

/** Whether somebody looked at the key in a step of its own, and has changed nothing yet. */
export function hasOnlyLooked(key: string, writes: ReadonlySet<string>) {
  return (commands: readonly TracedCommand[]): boolean =>
    changingSteps(commands, writes).length === 0 &&
    commands.some(
      ({ name, args, byScript }) =>
        !byScript && args.includes(key) && !WATCHES.test(name) && !RUNS_A_SCRIPT.test(name),
    );
}

/** How a call ended that others came between, and what the answer sent meanwhile. */
export interface Overtaken {
  readonly ended: Outcome;
  readonly sent: readonly TracedCommand[];
}

/**
 * Calls a function whose commands go to Redis one after the other, as if over a slow line. As soon as Redis has
 * received what `isTime` waits for, and before the function can learn of it, `meanwhile` comes between; so `times`
 * times, and each time only what was sent since the last one counts.
 */
export async function callOvertaken(
  { answer, proxy, trace }: ModuleContext,
  [name, ...args]: readonly [name: string, ...args: unknown[]],
  isTime: (commands: readonly TracedCommand[]) => boolean,
  meanwhile: () => Promise<unknown>,
  times = 1,
): Promise<Overtaken> {
  let isOver = false;
  await trace.clear();
  proxy.hang();
  const calling = answer.outcome(name, args).finally(() => {
    isOver = true;
  });
  calling.catch(() => {});
  let before = 0;
  for (let left = times; left > 0 && !isOver; ) {
    const sent = await trace.commands();
    if (isTime(sent.slice(before))) {
      await meanwhile();
      before = sent.length;
      left--;
    }
    // What was held goes on its way; the reply to it, and what follows, is held again.
    void proxy.heal();
    proxy.hang();
  }
  await proxy.heal();
  return { ended: await calling, sent: await trace.commands() };
}
