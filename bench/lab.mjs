// @ts-check
/** The lab as it is measured: a workspace with the reference solution in place of the starter. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finish, plain } from "./measure.mjs";

/** The exercise whose grading is measured: a module that talks to one Redis. */
export const exercise = "08-hashes";

/**
 * @typedef {object} Lab
 * @property {string} cli The built command line.
 * @property {string} solutions The folder of all solutions.
 * @property {(command: string) => Promise<string | undefined>} lacking Why a command cannot be measured, if so.
 */

/**
 * @param {string} root The package's folder.
 * @param {string} cli
 * @param {string} scratch
 * @param {AbortSignal} signal
 * @returns {Lab}
 */
export function openLab(root, cli, scratch, signal) {
  const built = existsSync(cli);
  const help = async (/** @type {string[]} */ ...args) =>
    finish(
      { command: process.execPath, args: [cli, ...args, "--help"], cwd: scratch, limitMs: 20_000 },
      signal,
    );
  return {
    cli,
    solutions: join(root, "solutions"),
    async lacking(command) {
      if (!built) return "not there yet: the lab is not built, run: npm run build";
      const own = await help(command);
      // For a command that does not exist, an error or the general help is all that comes.
      const known = own.code === 0 && new RegExp(`Usage:.*\\b${command}\\b`, "i").test(plain(own.stdout));
      return known ? undefined : `not there yet: lab ${command}`;
    },
  };
}

/**
 * Makes a workspace and puts the reference solution where the student's answer goes.
 * @param {Lab} lab
 * @param {string} folder Must not exist yet.
 * @param {AbortSignal} signal
 * @returns {Promise<{ workspace: string } | { missing: string }>}
 */
export async function makeWorkspace(lab, folder, signal) {
  const missing = await lab.lacking("init");
  if (missing) return { missing };
  const solution = join(lab.solutions, exercise);
  if (!existsSync(solution)) return { missing: `not there yet: solutions/${exercise}` };

  const args = [lab.cli, "init", folder];
  const made = await finish(
    { command: process.execPath, args, cwd: join(folder, ".."), limitMs: 60_000 },
    signal,
  );
  if (made.code !== 0)
    return { missing: `lab init ended with exit code ${made.code}\n${made.stderr.trim()}` };

  const answer = join(folder, exercise);
  mkdirSync(answer, { recursive: true });
  for (const name of readdirSync(solution)) {
    const isAnswer = name !== "why.md" && statSync(join(solution, name)).isFile();
    if (isAnswer) copyFileSync(join(solution, name), join(answer, name));
  }
  return { workspace: folder };
}

/**
 * Makes the exercise the current one of a workspace, and one that was tried and is not passed.
 * @param {string} workspace
 */
export function chooseExercise(workspace) {
  mkdirSync(join(workspace, ".lab"), { recursive: true });
  const tried = { tries: 1, bestScore: 0 };
  const progress = { schema: "redis-lab/progress/v1", current: exercise, exercises: { [exercise]: tried } };
  writeFileSync(join(workspace, ".lab", "progress.json"), JSON.stringify(progress));
}
