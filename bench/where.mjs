// @ts-check
/** Where the time of a grading of many exercises goes, as its result document tells. */
import { existsSync, readFileSync } from "node:fs";

/** Checks named for each exercise. */
const CHECKS = 3;

/**
 * @typedef {object} Part
 * @property {string} exercise
 * @property {number} seconds From the start of its first check's Redis to the end of its last check.
 * @property {number} share Of the sum of all exercises, which run several at once.
 * @property {readonly { id: string, seconds: number }[]} checks The slowest ones.
 */

/**
 * @param {string | undefined} file A result document, if its run came so far.
 * @returns {Part[]} The slowest exercise first.
 */
export function whereTimeGoes(file) {
  if (file === undefined || !existsSync(file)) return [];
  /** @type {{ exercises: { id: string, durationMs: number, checks: { id: string, durationMs: number }[] }[] }} */
  const { exercises } = JSON.parse(readFileSync(file, "utf8"));
  const totalMs = exercises.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return slowestFirst(exercises).map(({ id, durationMs, checks }) => ({
    exercise: id,
    seconds: durationMs / 1000,
    share: durationMs / totalMs,
    checks: slowestFirst(checks)
      .slice(0, CHECKS)
      .map((check) => ({ id: check.id, seconds: check.durationMs / 1000 })),
  }));
}

/**
 * @template {{ durationMs: number }} T
 * @param {readonly T[]} list
 * @returns {T[]}
 */
function slowestFirst(list) {
  return [...list].sort((one, other) => other.durationMs - one.durationMs);
}
