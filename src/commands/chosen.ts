/** Which exercise a command is about. */
import { findExerciseId } from "../course/find.ts";
import { LabError } from "../system/errors.ts";
import { currentExercise, readProgress } from "../workspace/progress.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** The one that was named; else the first that was not passed; the last one when all are. */
export function chosenExercise(
  query: string | undefined,
  ids: readonly string[],
  workspace: Workspace | undefined,
  say: (line: string) => void,
): string {
  if (query !== undefined) return findExerciseId(ids, query);
  const current = workspace ? currentExercise(readProgress(workspace, say), ids) : ids[0];
  const chosen = current ?? ids.at(-1);
  if (chosen === undefined)
    throw new LabError("usage", "the course holds no exercises", "lab course new NAME");
  return chosen;
}
