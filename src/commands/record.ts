/** What becomes of a verdict in a workspace: it is noted, and a hint is offered to who is stuck. */
import type { Exercise } from "../course/exercise.ts";
import type { ExerciseResult } from "../grading/result.ts";
import { type Progress, progressOf, updateProgress, withResult } from "../workspace/progress.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { messages } from "./messages.ts";

/** Gradings in a row in which the same check failed first, before a hint is offered. */
const STUCK_AFTER = 3;

/** Gives the progress after it, and the offer of a hint where there is one to make. */
export async function recordResult(
  workspace: Workspace,
  exercise: Exercise,
  result: ExerciseResult,
  say: (line: string) => void,
): Promise<{ progress: Progress; offer: string | undefined }> {
  const progress = await updateProgress(workspace, say, (before) => withResult(before, result));
  const { failing, hints = 0 } = progressOf(progress, exercise.id);
  const isStuck = failing !== undefined && failing.times >= STUCK_AFTER && hints < exercise.hints.length;
  const offer = isStuck ? messages.offerHint(exercise.number, hints + 1, exercise.hints.length) : undefined;
  return { progress, offer };
}
