// @ts-check
/** From a save to its verdict on the screen of `lab watch`, in a terminal of its own. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import pty from "@lydell/node-pty";
import { exercise } from "./lab.mjs";
import { plain, RunFailure } from "./measure.mjs";

/** Milliseconds of editing between two saves: what the next grading needs is started meanwhile. */
const EDITING_MS = 1_000;
const VERDICT_LIMIT_MS = 20_000;
/** With it ends each page that is painted. */
const END_OF_PAGE = "\x1b[?2026l";

/**
 * Starts `lab watch`, waits for its first verdict, saves the answer and takes the time until the next verdict is painted.
 * @param {object} watch
 * @param {string} watch.cli
 * @param {string} watch.workspace In it the exercise is the current one; its answer stays the same but for a comment.
 * @param {RegExp} watch.verdict What a page with the verdict shows, colours taken off.
 * @param {Readonly<Record<string, string>>} watch.env
 * @param {AbortSignal} signal
 * @returns {Promise<number>} Seconds.
 * @throws {RunFailure} where no verdict comes, or the lab does not end well.
 */
export async function saveToVerdict({ cli, workspace, verdict, env }, signal) {
  signal.throwIfAborted();
  const answer = join(workspace, exercise, "schools.ts");
  const lab = pty.spawn(process.execPath, [cli, "watch"], {
    cols: 80,
    rows: 40,
    cwd: workspace,
    env: { ...process.env, ...env, TERM: "xterm-256color" },
  });
  const ended = new Promise((resolve) => lab.onExit(({ exitCode }) => resolve(exitCode)));
  const abort = () => lab.kill("SIGINT");
  signal.addEventListener("abort", abort);
  let page = "";
  /** @type {(at: number) => void} */
  let seen = () => {};
  lab.onData((data) => {
    page += data;
    const end = page.lastIndexOf(END_OF_PAGE);
    if (end < 0) return;
    const whole = plain(page.slice(0, end));
    page = page.slice(end + END_OF_PAGE.length);
    const last = whole.slice(whole.lastIndexOf("Edit: "));
    if (verdict.test(last) && !whole.includes("grading …")) seen(performance.now());
  });
  const nextVerdict = () =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new RunFailure("no verdict was painted")), VERDICT_LIMIT_MS);
      seen = (at) => {
        seen = () => {};
        clearTimeout(timer);
        resolve(at);
      };
      void ended.then((code) => reject(new RunFailure(`lab watch ended with exit code ${code}`)));
    });
  try {
    await nextVerdict();
    await pause(EDITING_MS);
    const text = readFileSync(answer, "utf8").replace(/\n\/\/ saved .*\n$/, "\n");
    const painted = nextVerdict();
    const begun = performance.now();
    writeFileSync(answer, `${text}// saved ${Math.random()}\n`);
    return ((await painted) - begun) / 1000;
  } finally {
    signal.removeEventListener("abort", abort);
    lab.write("q");
    await ended;
  }
}
