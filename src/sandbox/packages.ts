/** What an answer finds beside itself, in every sandbox: made by scripts/build.mjs. */
import { join } from "node:path";
import { packageRoot } from "../system/package-root.ts";

/**
 * The npm packages that an answer may import, with what they need themselves and nothing else. `redis` and `express` are
 * builds in one file, which start sooner (node-redis in 0.18 s instead of 0.25 s with Node 20). The runner and the answer
 * share that of `redis`, so that `instanceof` holds for its error classes.
 */
export const packagesFolder = join(packageRoot, "dist", "packages", "node_modules");
export const runnerFile = join(packageRoot, "dist", "runner.cjs");
export const supervisorFile = join(packageRoot, "dist", "supervisor.cjs");
/** What an answer may import; what else lies there is theirs. */
export const offeredPackages = ["redis", "express", "kue", "mocha", "chai"] as const;
