// @ts-check
/** The tools that the lab is compared with. They are no dependencies of ours: the bench fetches them when it runs. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { finish, RunFailure } from "./measure.mjs";

/** @typedef {import("./measure.mjs").Run} Run */
/** @typedef {{ missing: string } | { run: Run, versions: Readonly<Record<string, string>> }} Peer */

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "redis-learning-lab-bench");
const ownFiles = fileURLToPath(new URL("./peers/", import.meta.url));

/**
 * Vitest with Testcontainers on the same answer as the lab: the usual way to test code against a real Redis.
 * @param {string} answer The reference solution's file.
 * @param {import("./containers.mjs").Containers} containers
 * @param {AbortSignal} signal
 * @param {(line: string) => void} say
 * @returns {Promise<Peer>}
 */
export async function vitestPeer(answer, containers, signal, say) {
  if ("missing" in containers) return containers;
  if (!existsSync(answer)) return { missing: "not there yet: the solution that it tests" };
  const packages = { vitest: "4", "@testcontainers/redis": "11", redis: "6" };
  const fetched = await fetchPackages("vitest", packages, signal, say);
  if ("missing" in fetched) return fetched;
  const { folder, versions } = fetched;
  copyFileSync(answer, join(folder, "schools.ts"));
  copyFileSync(join(ownFiles, "schools.vitest.mjs"), join(folder, "schools.test.mjs"));
  return {
    versions,
    run: {
      command: process.execPath,
      args: [join(folder, "node_modules", "vitest", "vitest.mjs"), "run"],
      cwd: folder,
      env: {
        ...containerEnvironment(containers),
        BENCH_REDIS_IMAGE: containers.image,
        BENCH_LABEL: containers.label,
      },
      prints: /Tests +7 passed/,
    },
  };
}

/**
 * What both a peer and the lab need to start containers alike.
 * @param {{ ryuk: boolean }} containers
 * @returns {Record<string, string>}
 */
export function containerEnvironment({ ryuk }) {
  return ryuk ? {} : { TESTCONTAINERS_RYUK_DISABLED: "true" };
}

/**
 * `learnyounode verify` of the official answer to one of its exercises.
 * @param {string} title The exercise as the workshop calls it: "HELLO WORLD".
 * @param {string} scratch
 * @param {AbortSignal} signal
 * @param {(line: string) => void} say
 * @returns {Promise<Peer>}
 */
export async function learnyounodePeer(title, scratch, signal, say) {
  const fetched = await fetchPackages("learnyounode", { learnyounode: "4" }, signal, say);
  if ("missing" in fetched) return fetched;
  const { folder, versions } = fetched;
  const workshop = join(folder, "node_modules", "learnyounode");
  const id = title.toLowerCase().replaceAll(" ", "_");

  // It keeps the selected exercise and the progress in the home folder: each exercise gets a home of its own.
  const home = join(scratch, `learnyounode-${id}`);
  mkdirSync(home);
  copyFileSync(join(workshop, "exercises", id, "solution", "solution.js"), join(home, "answer.js"));
  const program = join(workshop, "bin", "learnyounode");
  const env = { HOME: home, USERPROFILE: home };
  const select = { command: process.execPath, args: [program, "select", title], cwd: home, env };
  const selected = await finish(select, signal);
  if (selected.code !== 0) return { missing: `learnyounode could not select "${title}"` };
  return {
    versions,
    run: {
      command: process.execPath,
      args: [program, "verify", "answer.js"],
      cwd: home,
      env,
      prints: /# PASS/,
    },
  };
}

/**
 * Installs packages into a folder of the bench's cache, unless they are there from an earlier run.
 * @param {string} name
 * @param {Readonly<Record<string, string>>} packages
 * @param {AbortSignal} signal
 * @param {(line: string) => void} say
 * @returns {Promise<{ missing: string } | { folder: string, versions: Record<string, string> }>}
 */
async function fetchPackages(name, packages, signal, say) {
  const folder = join(cache, name);
  const manifest = JSON.stringify({ private: true, type: "module", dependencies: packages });
  const manifestFile = join(folder, "package.json");
  // npm writes this file last, so a broken installation is not taken for a whole one.
  const complete = join(folder, "node_modules", ".package-lock.json");
  const isThere = existsSync(complete) && readFileSync(manifestFile, "utf8") === manifest;
  if (!isThere) {
    say(`fetching ${Object.keys(packages).join(", ")} with npm`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(manifestFile, manifest);
    try {
      const ending = await finish({ ...npmInstall(), cwd: folder, limitMs: 300_000 }, signal);
      if (ending.code !== 0) return { missing: `npm could not fetch it: ${firstError(ending.stderr)}` };
    } catch (error) {
      if (error instanceof RunFailure) return { missing: `npm could not fetch it: ${error.message}` };
      throw error;
    }
  }
  const versions = Object.fromEntries(
    [...Object.keys(packages), ...(packages["@testcontainers/redis"] ? ["testcontainers"] : [])].map(
      (one) => [
        one,
        String(JSON.parse(readFileSync(join(folder, "node_modules", one, "package.json"), "utf8")).version),
      ],
    ),
  );
  return { folder, versions };
}

/** @returns {{ command: string, args: string[] }} */
function npmInstall() {
  const args = ["install", "--no-audit", "--no-fund", "--no-progress", "--ignore-scripts"];
  // Set by `npm run`; without it, npm is looked for on the PATH.
  const npm = process.env.npm_execpath;
  return npm ? { command: process.execPath, args: [npm, ...args] } : { command: "npm", args };
}

/** @param {string} stderr */
function firstError(stderr) {
  return stderr.split("\n").find((line) => line.includes("npm error")) ?? "see npm's own log";
}
