/** `lab list`: the course, with progress. */
import type { Check } from "../course/exercise.ts";
import { loadCourse } from "../course/load.ts";
import { type ListRow, renderList } from "../report/list.ts";
import { ExitCode } from "../system/errors.ts";
import { currentExercise, type Progress, readProgress } from "../workspace/progress.ts";
import { findWorkspace } from "../workspace/workspace.ts";
import type { Terminal } from "./terminal.ts";

export async function list(terminal: Terminal): Promise<number> {
  const course = await loadCourse();
  const workspace = findWorkspace();
  const progress: Progress | undefined = workspace && readProgress(workspace, terminal.say);
  const ids = course.exercises.map(({ id }) => id);
  const current = progress && currentExercise(progress, ids);
  const rows = course.exercises.map((exercise): ListRow => {
    const made = progress?.exercises[exercise.id];
    const maxScore = (exercise.checks as readonly Check[]).reduce((sum, one) => sum + (one.points ?? 1), 0);
    const state = made?.passedAt ? "passed" : exercise.id === current ? "current" : "open";
    return {
      id: exercise.id,
      title: exercise.title,
      state,
      score: made?.bestScore ?? 0,
      maxScore,
      tries: made?.tries ?? 0,
    };
  });
  terminal.print(renderList(rows, terminal.style));
  if (!workspace) terminal.say("There is no workspace here yet: `lab next` makes one and begins.");
  return ExitCode.passed;
}
