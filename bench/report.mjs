// @ts-check
/** The outcomes for readers: a table for the terminal, JSON and Markdown for `bench/results/`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineSlug } from "./machine.mjs";

/** Rows reported of those that are told apart by an exercise alone. */
const SLOWEST = 5;

/** @typedef {import("./rounds.mjs").Outcome} Outcome */
/** @typedef {import("./machine.mjs").Machine} Machine */
/** @typedef {import("./where.mjs").Part} Part */
/** @typedef {{ startedAt: string, rounds: number, machine: Machine, outcomes: readonly Outcome[], parts: readonly Part[] }} Results */
/** @typedef {{ what: string, bound: string, median: string, spread: string, ratios: string[], reached: string }} Line */

/**
 * @param {Results} results
 * @returns {string}
 */
export function terminalTable({ outcomes: all, parts }) {
  const outcomes = reported(all);
  const header = ["what", "bound", "median", "p10–p90", "ratio to peer", "reached"];
  const rows = outcomes.flatMap((outcome) => {
    const { what, bound, median, spread, ratios, reached } = toLine(outcome, all);
    const [first = "", ...more] = ratios;
    return [
      [what, bound, median, spread, first, reached],
      ...more.map((ratio) => ["", "", "", "", ratio, ""]),
    ];
  });
  const tables = [aligned([header, ...rows])];
  if (parts.length > 0) tables.push(`${WHERE}:\n\n${aligned([PART_HEADER, ...parts.map(partCells)])}`);
  return [tables.join("\n\n"), ...reasons(outcomes).map((reason) => `\n${reason}`)].join("\n");
}

const WHERE = "Where the time of the course goes, in the last run, of which several exercises run at once";
const PART_HEADER = ["exercise", "seconds", "share", "its slowest checks"];

/** @param {Part} part */
function partCells({ exercise, seconds, share, checks }) {
  const slowest = checks.map((check) => `${check.id} ${check.seconds.toFixed(2)}`).join(", ");
  return [exercise, seconds.toFixed(2), `${(share * 100).toFixed(0)} %`, slowest];
}

/** @param {readonly (readonly string[])[]} rows */
function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/**
 * Writes the results under the day and the kind of machine; a later run of the day replaces the earlier.
 * @param {Results} results
 * @param {string} folder
 * @returns {string[]} The names of the files.
 */
export function writeResults(results, folder) {
  const name = `${results.startedAt.slice(0, 10)}-${machineSlug(results.machine)}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(toDocument(results), null, 2)}\n`);
  writeFileSync(join(folder, `${name}.md`), toMarkdown(results));
  return [`${name}.json`, `${name}.md`];
}

/** @param {Results} results */
function toDocument({ startedAt, rounds, machine, outcomes, parts }) {
  return {
    schema: "redis-lab/bench/v1",
    startedAt,
    rounds,
    machine,
    results: outcomes.map((outcome) => {
      const { name, what, bound, boundTimes, peers = [], versions } = outcome.candidate;
      const row = { name, what, bound, boundTimes, versions, state: outcome.state };
      if (outcome.state !== "measured") return { ...row, why: firstLine(outcome.why) };
      const { median, p10, p90, samples } = outcome.summary;
      const ratios = peers.map((peer) => [peer, ratio(outcome, find(outcomes, peer))]);
      return {
        ...row,
        reached: isReached(outcome, outcomes),
        ...{ median: round(median), p10: round(p10), p90: round(p90) },
        ratios: Object.fromEntries(ratios),
        samples: samples.map(round),
      };
    }),
    parts: parts.map((part) => ({ ...part, share: round(part.share) })),
  };
}

/** @param {Results} results */
function toMarkdown({ startedAt, rounds, machine, outcomes: all, parts }) {
  const outcomes = reported(all);
  const table = outcomes.map((outcome) => {
    const { what, bound, median, spread, ratios, reached } = toLine(outcome, all);
    return `| ${what} | ${bound} | ${median} | ${spread} | ${ratios.join("<br>")} | ${reached} |`;
  });
  const versions = Object.assign({}, ...outcomes.map(({ candidate }) => candidate.versions ?? {}));
  return [
    `# Speed on ${startedAt.slice(0, 10)}`,
    "",
    `Whole processes, from spawn to exit, in seconds: the median of ${rounds} rounds after one to warm up. Each round runs`,
    "every row once, so that noise hits all alike. A ratio is the row's median divided by the peer's: below 1 is faster.",
    "",
    "| what | bound | median | p10–p90 | ratio to peer | reached |",
    "|---|---|---|---|---|---|",
    ...table,
    "",
    ...reasons(outcomes).map((reason) => `- ${reason}`),
    "",
    ...(parts.length > 0 ? whereTable(parts) : []),
    "",
    "| machine | |",
    "|---|---|",
    ...Object.entries(machine).map(([key, value]) => `| ${machineLabels[key] ?? key} | ${value} |`),
    ...Object.entries(versions).map(([name, version]) => `| ${name} | ${version} |`),
    "",
  ]
    .filter((line, index, all) => line !== "" || all[index - 1] !== "")
    .join("\n");
}

/** @param {readonly Part[]} parts */
function whereTable(parts) {
  const row = (/** @type {readonly string[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [
    `${WHERE}:`,
    "",
    row(PART_HEADER),
    "|---|---|---|---|",
    ...parts.map((part) => row(partCells(part))),
  ];
}

/**
 * Without those that are not among the slowest of their kind; JSON has them all.
 * @param {readonly Outcome[]} outcomes
 */
function reported(outcomes) {
  const seconds = (/** @type {Outcome} */ one) => (one.state === "measured" ? one.summary.median : Infinity);
  return outcomes.filter((outcome) => {
    const { among } = outcome.candidate;
    const slower = outcomes.filter((one) => one.candidate.among === among && seconds(one) > seconds(outcome));
    return among === undefined || slower.length < SLOWEST;
  });
}

/**
 * @param {Outcome} outcome
 * @param {readonly Outcome[]} all
 * @returns {Line}
 */
function toLine(outcome, all) {
  const { what, bound, boundTimes, peers = [] } = outcome.candidate;
  const given =
    bound !== undefined ? `${bound.toFixed(2)} s` : boundTimes !== undefined ? `${boundTimes} ×` : "";
  if (outcome.state !== "measured") {
    return { what, bound: given, median: outcome.state, spread: "", ratios: [], reached: "" };
  }
  const { median, p10, p90 } = outcome.summary;
  const reached = isReached(outcome, all);
  return {
    what,
    bound: given,
    median: `${median.toFixed(3)} s`,
    spread: `${p10.toFixed(3)}–${p90.toFixed(3)}`,
    ratios: peers.map((peer) => `${ratio(outcome, find(all, peer))?.toFixed(2) ?? "–"} × ${peer}`),
    reached: reached === undefined ? "" : reached ? "yes" : "NO",
  };
}

/**
 * Why a row has no number.
 * @param {readonly Outcome[]} outcomes
 */
function reasons(outcomes) {
  return outcomes.flatMap((outcome) =>
    outcome.state === "measured"
      ? []
      : [`${outcome.candidate.what}: ${outcome.state}, ${firstLine(outcome.why)}`],
  );
}

/**
 * @param {Outcome} outcome
 * @param {readonly Outcome[]} all
 * @returns {boolean | undefined} undefined where there is no bound.
 */
function isReached(outcome, all) {
  const { bound, boundTimes, peers = [] } = outcome.candidate;
  if (outcome.state !== "measured") return undefined;
  if (bound !== undefined) return outcome.summary.median <= bound;
  const times = boundTimes === undefined ? undefined : ratio(outcome, find(all, peers[0] ?? ""));
  return times === undefined ? undefined : times <= Number(boundTimes);
}

/**
 * @param {Outcome} outcome
 * @param {Outcome | undefined} peer
 */
function ratio(outcome, peer) {
  if (outcome.state !== "measured" || peer?.state !== "measured") return undefined;
  return Math.round((outcome.summary.median / peer.summary.median) * 1000) / 1000;
}

/**
 * @param {readonly Outcome[]} outcomes
 * @param {string} name
 */
function find(outcomes, name) {
  return outcomes.find(({ candidate }) => candidate.name === name);
}

/** @param {string} text */
function firstLine(text) {
  // What follows is a program's own output; it may name folders of the machine, which are no part of a result.
  return text.split("\n")[0] ?? "";
}

/**
 * To a tenth of a millisecond; finer is noise.
 * @param {number} seconds
 */
function round(seconds) {
  return Math.round(seconds * 10_000) / 10_000;
}

/** @type {Readonly<Record<string, string>>} */
const machineLabels = {
  cpu: "processor",
  memoryGiB: "memory, GiB",
  node: "Node.js",
  redis: "Redis, local",
  docker: "Docker",
  image: "Redis image",
  ryuk: "Ryuk",
  load: "load before the run",
};
