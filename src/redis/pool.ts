/** Servers started ahead, so that a grading need not wait for one. No server is ever given out twice. */
import type { RedisSource, Shape, Topology } from "./server.ts";

export interface WarmPool {
  readonly source: RedisSource;
  /** Begins starting `count` more single servers, for the `take`s that will come. */
  warm(count: number): void;
  /** A fresh topology; the one that was warmed, if there is one of this shape. */
  take(shape: Shape): Promise<Topology>;
  /** Stops what was warmed and not taken. */
  drain(): Promise<void>;
}

export function warmPool(source: RedisSource): WarmPool {
  const ready: Promise<Topology>[] = [];
  return {
    source,
    warm(count) {
      for (let i = 0; i < count; i++) {
        const starting = source.start({ kind: "single" });
        // Its failure is reported to whoever takes it.
        starting.catch(() => {});
        ready.push(starting);
      }
    },
    async take(shape) {
      const warmed = shape.kind === "single" ? ready.shift() : undefined;
      return warmed ?? source.start(shape);
    },
    async drain() {
      await Promise.allSettled(ready.splice(0).map(async (starting) => (await starting).stop()));
    },
  };
}
