/** Where gradings happen: the Redis source with its warm servers, and the sandbox. Opened once for a command. */
import type { WarmPool } from "../redis/pool.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

export interface GradingPlace {
  readonly pool: WarmPool;
  readonly sandbox: Sandbox;
}
