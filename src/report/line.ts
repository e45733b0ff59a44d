/** A verdict in one line, for a log. */
import type { ExerciseResult } from "../grading/result.ts";
import { printable } from "./text.ts";
import { MARKS, seconds } from "./verdict.ts";

export function renderLine(result: ExerciseResult): string {
  const points = `${result.id}: ${result.score} of ${result.maxScore} points, ${seconds(result.durationMs)}`;
  const failed = result.checks.find(({ status }) => status !== "passed" && status !== "skipped");
  if (result.status === "missing") return `${points}; there is no answer`;
  if (!failed) return points;
  const said = failed.message === undefined ? "" : `: ${failed.message}`;
  return `${points}; ${MARKS[failed.status]} ${printable(failed.title + said).replaceAll("\n", " ")}`;
}
