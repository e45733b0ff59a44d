/** A place to grade in, for tests: a local Redis and the process sandbox. */
import type { GradingPlace } from "../../src/grading/place.ts";
import { binariesOnPath, localSource } from "../../src/redis/local.ts";
import { warmPool } from "../../src/redis/pool.ts";
import { processSandbox } from "../../src/sandbox/process.ts";

export function localPlace(): GradingPlace {
  const binaries = binariesOnPath();
  if (!binaries) throw new Error("these tests need redis-server and redis-cli on the PATH");
  return { pool: warmPool(localSource(binaries)), sandbox: processSandbox };
}
