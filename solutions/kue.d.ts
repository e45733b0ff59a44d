/** The part of Kue that the course uses; the package has no types of its own. Times in milliseconds. */
declare module "kue" {
  import type { EventEmitter } from "node:events";

  type Callback = (error?: Error | null) => void;
  type Done = (error?: Error | string | null, result?: unknown) => void;

  export interface Job extends EventEmitter {
    readonly id: number;
    readonly type: string;
    readonly data: unknown;
    priority(level: "low" | "normal" | "medium" | "high" | "critical" | number): this;
    attempts(count: number): this;
    backoff(how: boolean | { type: "fixed" | "exponential"; delay?: number }): this;
    ttl(ms: number): this;
    progress(done: number, total: number): this;
    save(callback?: Callback): this;
  }

  export interface Queue extends EventEmitter {
    create(type: string, data: unknown): Job;
    process(type: string, processor: (job: Job, done: Done) => void): void;
    process(type: string, atOnce: number, processor: (job: Job, done: Done) => void): void;
    /** With `enter`, save puts jobs into the list instead of Redis, in the whole process, until `exit`. */
    readonly testMode: { enter(): void; exit(): void; clear(): void; readonly jobs: readonly Job[] };
    shutdown(timeout: number, callback: Callback): this;
  }

  const kue: {
    createQueue(options?: { redis?: string | undefined }): Queue;
  };
  export default kue;
}
