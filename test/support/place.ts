/** A place to grade in, for tests: a local Redis and the process sandbox. */
import type { GradingPlace } from "../../src/grading/place.ts";
import { warmPool } from "../../src/redis/pool.ts";
import { processSandbox } from "../../src/sandbox/process.ts";
import { machineSource } from "./redis.ts";

export function localPlace(): GradingPlace {
  return { pool: warmPool(machineSource()), sandbox: processSandbox };
}
