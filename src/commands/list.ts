/** `lab list`: the course, with progress. */
import { courseSummaries } from "../course/load.ts";
import { shortObjective } from "../course/objectives.ts";
import { type ListRow, renderList } from "../report/list.ts";
import { ExitCode } from "../system/errors.ts";
import { hasScreen } from "../system/screen.ts";
import { currentExercise, type Progress, progressOf, readProgress } from "../workspace/progress.ts";
import { findWorkspace } from "../workspace/workspace.ts";
import type { Terminal } from "./terminal.ts";

export async function list(terminal: Terminal): Promise<number> {
  const workspace = findWorkspace();
  const progress = workspace && readProgress(workspace, terminal.say);
  if (workspace && hasScreen() && !terminal.style.isPlain) {
    const { chooseOnScreen } = await import("./list-screen.ts");
    return chooseOnScreen(workspace, terminal);
  }
  terminal.print(renderList(await listRows(progress), terminal.style));
  if (!workspace) terminal.say("There is no workspace here yet: `lab next` makes one and begins.");
  return ExitCode.passed;
}

/** The course as rows, with what is known of each exercise. */
export async function listRows(progress: Progress | undefined): Promise<ListRow[]> {
  const exercises = await courseSummaries();
  const ids = exercises.map(({ id }) => id);
  const current = progress && currentExercise(progress, ids);
  return exercises.map(({ id, title, objectives, maxScore }): ListRow => {
    const made = progress && progressOf(progress, id);
    const open = made?.skippedAt ? "skipped" : "open";
    const state = id === current ? "current" : made?.passedAt ? "passed" : open;
    return {
      id,
      title,
      teaches: objectives.map(shortObjective),
      state,
      score: made?.bestScore ?? 0,
      maxScore,
      tries: made?.tries ?? 0,
      passedAt: made?.lastPassedAt ?? made?.passedAt,
      revealed: made?.revealedAt !== undefined,
    };
  });
}
