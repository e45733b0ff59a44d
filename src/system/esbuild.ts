import { createRequire } from "node:module";

/**
 * esbuild, by `require`: 9 ms, where `import` takes 40, because Node's ES module loader first reads the whole
 * file to find the names that a CommonJS package exports (measured with Node 20.20).
 */
export function loadEsbuild(): typeof import("esbuild") {
  return createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
}
