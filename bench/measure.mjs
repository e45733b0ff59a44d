// @ts-check
/** Wall-clock time of whole processes, from spawn to exit, and what to make of the samples. */
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";

/**
 * A process to measure.
 * @typedef {object} Run
 * @property {string} command
 * @property {readonly string[]} args
 * @property {string} cwd
 * @property {Readonly<Record<string, string>>} [env] On top of the bench's own environment.
 * @property {number} [exitCode] The exit code it must end with; 0 when left out.
 * @property {RegExp} [prints] What its output must show, on either stream, colours taken off.
 * @property {number} [limitMs] Given up after this long; 120 000 when left out.
 */
/**
 * @typedef {object} Ending
 * @property {number} seconds From spawn to exit.
 * @property {number | null} code
 * @property {string} stdout
 * @property {string} stderr
 */
/**
 * Medians and percentiles are in seconds.
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} p10
 * @property {number} p90
 * @property {readonly number[]} samples In the order in which they were taken.
 */

/** A run that did not end as it must; it is never counted as a sample. */
export class RunFailure extends Error {}

/** How long the output of a process may stay open after its exit. Longer means that it left a child behind. */
const leftoverMs = 5000;
/** How long a process that is given up has to clean up after itself. */
const graceMs = 3000;

/**
 * Runs a process to its end.
 * @param {Run} run
 * @param {AbortSignal} signal Kills the process and all that it started.
 * @returns {Promise<Ending>}
 * @throws {RunFailure} when it cannot start, takes too long, or leaves something holding its output.
 */
export async function finish(run, signal) {
  signal.throwIfAborted();
  const limitMs = run.limitMs ?? 120_000;
  const begun = performance.now();
  const child = spawn(run.command, run.args, {
    cwd: run.cwd,
    env: { ...process.env, ...run.env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that a run that is given up takes its children with it.
    detached: process.platform !== "win32",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });

  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {unknown} */
  let failure;
  const giveUp = (/** @type {unknown} */ why) => {
    failure ??= why;
    clearTimeout(timer);
    killGroup(child.pid, "SIGTERM");
    timer = setTimeout(() => {
      killGroup(child.pid, "SIGKILL");
      // What left the group may still hold them open.
      child.stdout.destroy();
      child.stderr.destroy();
    }, graceMs);
  };
  const abort = () => giveUp(signal.reason);
  signal.addEventListener("abort", abort);
  timer = setTimeout(() => giveUp(new RunFailure(`did not end within ${limitMs / 1000} s`)), limitMs);
  try {
    return await new Promise((resolve, reject) => {
      /** @type {{ seconds: number, code: number | null }} */
      let exit = { seconds: Number.NaN, code: null };
      child.on("error", (error) => reject(new RunFailure(`could not start: ${error.message}`)));
      child.on("exit", (code) => {
        exit = { seconds: (performance.now() - begun) / 1000, code };
        if (failure) return;
        clearTimeout(timer);
        timer = setTimeout(() => giveUp(new RunFailure("left a process that holds its output")), leftoverMs);
      });
      child.on("close", () => (failure ? reject(failure) : resolve({ ...exit, stdout, stderr })));
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/**
 * One sample: runs a process and checks that it did its work.
 * @param {Run} run
 * @param {AbortSignal} signal
 * @returns {Promise<number>} Seconds from spawn to exit.
 * @throws {RunFailure} on a wrong exit code or a missing output.
 */
export async function sample(run, signal) {
  const ending = await finish(run, signal);
  const wanted = run.exitCode ?? 0;
  const output = tail(ending.stdout, ending.stderr);
  if (ending.code !== wanted) throw new RunFailure(`exit code ${ending.code}, not ${wanted}${output}`);
  if (run.prints && !run.prints.test(plain(ending.stdout + ending.stderr))) {
    throw new RunFailure(`its output does not show ${run.prints}${output}`);
  }
  return ending.seconds;
}

/**
 * @param {readonly number[]} samples At least one.
 * @returns {Summary}
 */
export function summarize(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: percentile(sorted, 0.5),
    p10: percentile(sorted, 0.1),
    p90: percentile(sorted, 0.9),
    samples,
  };
}

/**
 * Between the two nearest samples, in proportion.
 * @param {readonly number[]} sorted
 * @param {number} share From 0 to 1.
 */
function percentile(sorted, share) {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
function killGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // It has ended already.
  }
}

/**
 * Text without terminal colours.
 * @param {string} text
 */
export function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what this looks for
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}

/**
 * The last lines of what a process said, for an error message.
 * @param {string} stdout
 * @param {string} stderr
 */
function tail(stdout, stderr) {
  const lines = plain(`${stdout}\n${stderr}`)
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines
    .slice(-12)
    .map((line) => `\n    | ${line}`)
    .join("");
}
