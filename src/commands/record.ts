/** What becomes of a verdict in a workspace: it is noted, and a hint is offered to who is stuck. */
import { join } from "node:path";
import type { Exercise } from "../course/exercise.ts";
import { exerciseIds } from "../course/load.ts";
import { collectFiles } from "../grading/collect.ts";
import type { ExerciseResult } from "../grading/result.ts";
import { packageRoot } from "../system/package-root.ts";
import {
  courseStory,
  type Progress,
  progressOf,
  readProgress,
  updateProgress,
  withResult,
} from "../workspace/progress.ts";
import { isStarter } from "../workspace/untouched.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { messages } from "./messages.ts";

/** Gradings in a row in which the same check failed first, before a hint is offered. */
const STUCK_AFTER = 3;

/** Nothing was written yet: the starter is graded to show what is to be done. */
async function isNoTry({ folder }: Workspace, exercise: Exercise, result: ExerciseResult): Promise<boolean> {
  if (result.status === "missing") return true;
  if (result.status === "passed") return false;
  // What is refused was written by somebody.
  const files = await collectFiles(join(folder, exercise.id)).catch(() => []);
  return isStarter(files, join(packageRoot, "exercises", exercise.id));
}

export interface Recorded {
  /** The progress after it. */
  readonly progress: Progress;
  /** Of a hint, where there is one to make. */
  readonly offer: string | undefined;
  /** What this pass is on the way through the course. */
  readonly milestone: string | undefined;
}

export async function recordResult(
  workspace: Workspace,
  exercise: Exercise,
  result: ExerciseResult,
  say: (line: string) => void,
): Promise<Recorded> {
  if (await isNoTry(workspace, exercise, result))
    return { progress: readProgress(workspace, say), offer: undefined, milestone: undefined };
  let wasPassed = false;
  const progress = await updateProgress(workspace, say, (before) => {
    wasPassed = progressOf(before, exercise.id).passedAt !== undefined;
    return withResult(before, result);
  });
  const { failing, hints = 0 } = progressOf(progress, exercise.id);
  const isStuck = failing !== undefined && failing.times >= STUCK_AFTER && hints < exercise.hints.length;
  const offer = isStuck ? messages.offerHint(exercise.number, hints + 1, exercise.hints.length) : undefined;
  const { passed, total } = courseStory(progress, exerciseIds());
  const isHalfway = result.status === "passed" && !wasPassed && passed === Math.ceil(total / 2);
  return { progress, offer, milestone: isHalfway ? messages.halfway(passed, total) : undefined };
}
