/** Servers started ahead, so that a grading need not wait for one. No server is ever given out twice. */
import { startAhead } from "../system/ahead.ts";
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
  let version: string | undefined;

  const start = async (shape: Shape): Promise<Topology> => {
    const topology = await source.start(shape);
    version ??= topology.primary.version;
    return topology;
  };
  const { expect, take, drain } = startAhead(
    () => start(singleServer),
    (topology) => topology.stop(),
  );
  return {
    source,
    take: (shape) => (shape.kind === "single" ? take() : start(shape)),
    expect,
    async version() {
      if (version === undefined) await (await start(singleServer)).stop();
      return version ?? "unknown";
    },
    drain,
  };
}
