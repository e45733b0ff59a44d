/** Opening the place where a command's gradings happen. */
import type { Form } from "../course/exercise.ts";
import type { GradingPlace } from "../grading/place.ts";
import { warmPool } from "../redis/pool.ts";
import { chooseSource, parseSourceChoice } from "../redis/sources.ts";
import { processSandbox } from "../sandbox/process.ts";
import { sweepAbandoned } from "../system/scratch.ts";

export interface PlaceOptions {
  readonly redis?: string | undefined;
  /** The forms of the exercises that will be graded, one for each grading: those that need a Redis get it sooner. */
  readonly forms: readonly Form[];
  /** Gradings at once. */
  readonly jobs: number;
}

/** Runs `work` in a place that is closed afterwards, whatever happened. */
export async function inGradingPlace<T>(
  options: PlaceOptions,
  say: (line: string) => void,
  work: (place: GradingPlace) => Promise<T>,
): Promise<T> {
  // What a lab that was killed left behind goes first, while this one looks for its Redis.
  const swept = sweepAbandoned();
  const source = await chooseSource(parseSourceChoice(options.redis), say);
  const pool = warmPool(source);
  pool.expect(options.forms.filter((form) => form !== "config").length, options.jobs);
  try {
    return await work({ pool, sandbox: processSandbox });
  } finally {
    await Promise.all([pool.drain(), swept]);
  }
}
