import { createRequire } from "node:module";
import type { BuildOptions, BuildResult } from "esbuild";
import { DeadlineExceeded, withDeadline } from "./waiting.ts";

type InMemory = BuildOptions & { write: false };

/**
 * esbuild, by `require`: 9 ms, where `import` takes 40, because Node's ES module loader first reads the whole
 * file to find the names that a CommonJS package exports (measured with Node 20.20).
 */
export function loadEsbuild(): typeof import("esbuild") {
  return createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
}

/** Of the builds under way: how each learns that the service, which all share, was ended. */
const underWay = new Set<() => void>();

/**
 * Builds what may be made to take for ever: 64 KiB of `a<a<a<…` keep esbuild busy for minutes (0.28). Only ending
 * its service stops that; the other builds of that service begin again in the next one.
 * @throws DeadlineExceeded after `limitMs`; else as esbuild's `build`.
 */
export async function buildWithin(limitMs: number, options: InMemory): Promise<BuildResult<InMemory>> {
  for (;;) {
    let begin = () => {};
    const again = new Promise<"again">((resolve) => {
      begin = () => resolve("again");
    });
    underWay.add(begin);
    try {
      const ended = await withDeadline(
        limitMs,
        Promise.race([loadEsbuild().build(options), again]),
        "esbuild",
      );
      if (ended !== "again") return ended;
    } catch (error) {
      if (error instanceof DeadlineExceeded) endService();
      throw error;
    } finally {
      underWay.delete(begin);
    }
  }
}

function endService(): void {
  for (const begin of underWay) begin();
  void loadEsbuild().stop();
}
