/** A verdict in one line, for a log. */
import type { ExerciseResult } from "../grading/result.ts";
import type { Style } from "./style.ts";
import { printable } from "./text.ts";
import { seconds, signOf } from "./verdict.ts";

export function renderLine(result: ExerciseResult, style: Style): string {
  const points = `${result.id}: ${result.score} of ${result.maxScore} points, ${seconds(result.durationMs)}`;
  const failed = result.checks.find(({ status }) => status !== "passed" && status !== "skipped");
  if (result.status === "missing") return `${points}; there is no answer`;
  if (!failed) return points;
  const said = failed.message === undefined ? "" : `: ${failed.message}`;
  return `${points}; ${signOf(failed.status, style)} ${printable(failed.title + said).replaceAll("\n", " ")}`;
}
