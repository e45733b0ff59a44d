/** The npm packages that an answer may import, and where each one lies for the sandbox to offer it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { packageRoot } from "../system/package-root.ts";

export interface OfferedPackage {
  readonly name: string;
  readonly folder: string;
}

/**
 * `redis` is a build of node-redis in one file, which halves its start (0.18 s instead of 0.25 s with Node 20)
 * and is shared by the runner and the answer, so that `instanceof` holds for its error classes.
 */
export const offeredPackages: readonly OfferedPackage[] = [
  { name: "redis", folder: join(packageRoot, "dist", "packages", "redis") },
  { name: "express", folder: installed("express") },
  { name: "kue", folder: installed("kue") },
];

function installed(name: string): string {
  // Looked up as Node would from our own package: npm may have put it beside us or further up.
  const paths = createRequire(join(packageRoot, "package.json")).resolve.paths(name) ?? [];
  for (const path of paths) if (existsSync(join(path, name, "package.json"))) return join(path, name);
  return join(dirname(packageRoot), name);
}
