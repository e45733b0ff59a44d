/** Opening the place where a command's gradings happen. */
import type { GradingPlace } from "../grading/place.ts";
import { warmPool } from "../redis/pool.ts";
import { chooseSource, parseSourceChoice } from "../redis/sources.ts";
import { processSandbox } from "../sandbox/process.ts";

export interface PlaceOptions {
  readonly redis?: string;
  /** Servers to start ahead. */
  readonly warm: number;
}

/** Runs `work` in a place that is closed afterwards, whatever happened. */
export async function inGradingPlace<T>(
  options: PlaceOptions,
  say: (line: string) => void,
  work: (place: GradingPlace) => Promise<T>,
): Promise<T> {
  const source = await chooseSource(parseSourceChoice(options.redis), say);
  const pool = warmPool(source);
  pool.warm(options.warm);
  try {
    return await work({ pool, sandbox: processSandbox });
  } finally {
    await pool.drain();
  }
}
