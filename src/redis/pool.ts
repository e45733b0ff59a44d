/** Servers started ahead, so that a grading need not wait for one. No server is ever given out twice. */
import type { RedisSource, Shape, Topology } from "./server.ts";
import { singleServer } from "./server.ts";

export interface WarmPool {
  readonly source: RedisSource;
  /** Says how many single servers will be taken; from then on up to `ahead` of them are started before they are. */
  expect(takes: number, ahead: number): void;
  /** A fresh topology; one that was started ahead, if there is one of this shape. */
  take(shape: Shape): Promise<Topology>;
  /** Redis' version, such as "8.0.2"; starts a server where none has been started yet. */
  version(): Promise<string>;
  /** Stops what was started ahead and not taken. */
  drain(): Promise<void>;
}

export function warmPool(source: RedisSource): WarmPool {
  const ready: Promise<Topology>[] = [];
  let expected = 0;
  let ahead = 0;
  let version: string | undefined;

  const start = async (shape: Shape): Promise<Topology> => {
    const topology = await source.start(shape);
    version ??= topology.primary.version;
    return topology;
  };
  const fill = () => {
    while (ready.length < Math.min(ahead, expected)) {
      const starting = start(singleServer);
      // Its failure is reported to whoever takes it.
      starting.catch(() => {});
      ready.push(starting);
    }
  };
  const take = async (shape: Shape): Promise<Topology> => {
    if (shape.kind !== "single") return start(shape);
    const taken = ready.shift() ?? start(shape);
    expected--;
    // The next one starts while this one is in use.
    void taken.then(fill, fill);
    return taken;
  };
  return {
    source,
    take,
    expect(takes, upTo) {
      expected = takes;
      ahead = upTo;
      fill();
    },
    async version() {
      if (version === undefined) await (await start(singleServer)).stop();
      return version ?? "unknown";
    },
    async drain() {
      expected = 0;
      await Promise.allSettled(ready.splice(0).map(async (starting) => (await starting).stop()));
    },
  };
}
