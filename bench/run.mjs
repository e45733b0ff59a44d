// @ts-check
/** Measures how long a student waits, side by side with the peers. See `bench/README.md`. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findCandidates, plans } from "./candidates.mjs";
import { findContainers } from "./containers.mjs";
import { startFloorRedis } from "./floor-redis.mjs";
import { describeMachine } from "./machine.mjs";
import { terminalTable, writeResults } from "./report.mjs";
import { measureInRounds } from "./rounds.mjs";
import { whereTimeGoes } from "./where.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const resultsFolder = join(root, "bench", "results");

const usage = `Usage: npm run bench -- [options]

  --rounds N          counted samples of each row (default 15)
  --only NAME[,NAME]  these rows and their peers; nothing is written
  --quick             3 rounds; nothing is written
  --cli FILE          measure another build of the lab (default dist/cli.js); nothing is written
  --help              this text`;

class UsageError extends Error {}

/** @param {string} line */
const say = (line) => console.error(`bench: ${line}`);

const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort());
process.once("SIGTERM", () => interruption.abort());

try {
  const options = readOptions();
  if (options === undefined) console.log(usage);
  else process.exitCode = await bench(options, interruption.signal);
} catch (error) {
  if (interruption.signal.aborted) process.exitCode = 130;
  else {
    say(error instanceof UsageError ? `${error.message}\n\n${usage}` : String(error));
    process.exitCode = error instanceof UsageError ? 2 : 3;
  }
}

/**
 * @param {Options} options
 * @param {AbortSignal} signal
 * @returns {Promise<number>} The exit code: 1 when a row failed to run. Speed itself never fails.
 */
async function bench(options, signal) {
  const scratch = mkdtempSync(join(realpathSync(tmpdir()), "lab-bench-"));
  /** @type {(() => unknown)[]} */
  const release = [() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })];
  try {
    const floorRedis = await startFloorRedis(scratch);
    if ("stop" in floorRedis) release.unshift(floorRedis.stop);
    const containers = await findContainers(scratch);
    if ("removeLeftovers" in containers) release.unshift(containers.removeLeftovers);

    const machine = describeMachine(containers, "version" in floorRedis ? floorRedis.version : undefined);
    const all = plans({ root, cli: options.cli, scratch, containers, floorRedis, signal, say });
    const candidates = await findCandidates(withPeers(all, options.only));
    for (const one of candidates) if ("missing" in one) say(`skipped: ${one.what} (${one.missing})`);

    const startedAt = new Date().toISOString();
    const outcomes = await measureInRounds(candidates, options.rounds, signal, say);
    const course = candidates.find(({ documentFile }) => documentFile !== undefined);
    const parts = whereTimeGoes(course?.documentFile);
    const results = { startedAt, rounds: options.rounds, machine, outcomes, parts };
    console.log(terminalTable(results));
    if (options.keep) {
      for (const name of writeResults(results, resultsFolder)) say(`wrote bench/results/${name}`);
    }
    return outcomes.some(({ state }) => state === "failed") ? 1 : 0;
  } finally {
    for (const one of release) await one();
  }
}

/**
 * The named rows with those that they are compared with: a ratio across runs would mean nothing.
 * @param {readonly import("./candidates.mjs").Plan[]} all
 * @param {readonly string[] | undefined} names
 */
function withPeers(all, names) {
  if (!names) return all;
  for (const name of names) {
    if (all.some((plan) => plan.name === name)) continue;
    throw new UsageError(`no row "${name}"; there are: ${all.map((plan) => plan.name).join(", ")}`);
  }
  const peers = all.filter(({ name }) => names.includes(name)).flatMap((plan) => plan.peers ?? []);
  return all.filter(({ name }) => names.includes(name) || peers.includes(name));
}

/**
 * @typedef {object} Options
 * @property {number} rounds
 * @property {readonly string[] | undefined} only
 * @property {string} cli
 * @property {boolean} keep Whether to write the results: only of a whole run.
 */
/** @returns {Options | undefined} undefined when help was asked for. */
function readOptions() {
  const { values } = parse();
  if (values.help) return undefined;
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 15));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds must be a whole number from 1 on`);
  return {
    rounds,
    only: values.only?.split(","),
    cli: resolve(values.cli ?? join(root, "dist", "cli.js")),
    keep: !values.only && !values.quick && !values.cli,
  };
}

function parse() {
  try {
    return parseArgs({
      options: {
        rounds: { type: "string" },
        only: { type: "string" },
        quick: { type: "boolean" },
        cli: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
