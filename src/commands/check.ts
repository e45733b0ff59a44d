/** `lab check [exercise]`: grade, without moving on. */
import { join } from "node:path";
import { findExerciseId } from "../course/find.ts";
import { exerciseIds, loadExercise } from "../course/load.ts";
import { gradeExercise } from "../grading/grade.ts";
import { newSeed } from "../grading/random.ts";
import type { ExerciseResult } from "../grading/result.ts";
import { renderVerdict } from "../report/verdict.ts";
import { ExitCode } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { currentExercise, readProgress, withResult, writeProgress } from "../workspace/progress.ts";
import { requireWorkspace } from "../workspace/workspace.ts";
import { inGradingPlace } from "./place.ts";
import type { Terminal } from "./terminal.ts";

export interface CheckOptions {
  readonly redis?: string;
  readonly seed?: string;
}

export async function check(
  query: string | undefined,
  options: CheckOptions,
  terminal: Terminal,
): Promise<number> {
  const workspace = requireWorkspace();
  const ids = exerciseIds();
  const progress = readProgress(workspace, terminal.say);
  const id =
    query === undefined ? (currentExercise(progress, ids) ?? ids.at(-1)) : findExerciseId(ids, query);
  const result = await inGradingPlace({ ...options, warm: 1 }, terminal.say, async (place) => {
    const exercise = await loadExercise(packageRoot, id ?? "");
    return gradeExercise(exercise, join(workspace.folder, exercise.id), place, {
      seed: options.seed ?? newSeed(),
    });
  });
  terminal.print(renderVerdict(result, terminal.style));
  await writeProgress(workspace, withResult(progress, result));
  return exitCodeOf(result);
}

export function exitCodeOf(result: ExerciseResult): number {
  if (result.status === "passed") return ExitCode.passed;
  return result.status === "error" ? ExitCode.environment : ExitCode.notPassed;
}
