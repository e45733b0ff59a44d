/** Opening the place where a command's gradings happen. */
import type { Form } from "../course/exercise.ts";
import type { GradingPlace } from "../grading/place.ts";
import { warmPool } from "../redis/pool.ts";
import { chooseSource, parseSourceChoice } from "../redis/sources.ts";
import { chooseSandbox, parseSandboxChoice, type SandboxChoice } from "../sandbox/sandboxes.ts";
import { sweepAbandoned } from "../system/scratch.ts";

export interface PlaceOptions {
  readonly redis?: string | undefined;
  readonly sandbox?: string | undefined;
  /** The sandbox where none was asked for. */
  readonly usualSandbox: SandboxChoice;
  /** The forms of the exercises that will be graded, one for each grading: those that need a Redis get it sooner. */
  readonly forms: readonly Form[];
  /** Gradings at once. */
  readonly jobs: number;
}

/** Forms that are graded without a Redis of the judge's, and without running anything of the answer's own. */
const WITHOUT_REDIS: readonly Form[] = ["config"];
const WITHOUT_CELL: readonly Form[] = ["config", "redis-cli"];

/** Runs `work` in a place that is closed afterwards, whatever happened. */
export async function inGradingPlace<T>(
  options: PlaceOptions,
  say: (line: string) => void,
  work: (place: GradingPlace) => Promise<T>,
): Promise<T> {
  // What a lab that was killed left behind goes first, while this one looks for its Redis.
  const swept = sweepAbandoned().catch(() => {
    // What cannot be removed now will be met again.
  });
  const redis = parseSourceChoice(options.redis);
  const choice = parseSandboxChoice(options.sandbox, options.usualSandbox);
  const sandbox = await chooseSandbox({ choice, localRedis: redis === "local", say });
  const count = (without: readonly Form[]) => options.forms.filter((form) => !without.includes(form)).length;
  sandbox.expect(count(WITHOUT_CELL), options.jobs);
  try {
    const source = await chooseSource(redis, { say, confined: sandbox.name !== "process" });
    const pool = warmPool(source);
    pool.expect(count(WITHOUT_REDIS), options.jobs);
    try {
      return await work({ pool, sandbox });
    } finally {
      await pool.drain();
    }
  } finally {
    await Promise.all([sandbox.drain(), swept]);
  }
}
