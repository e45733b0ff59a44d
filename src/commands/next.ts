/** `lab next`: grade the current exercise; passed: show why it works, then the next lesson. */
import { join } from "node:path";
import { exerciseIds, loadCourse, loadExercise } from "../course/load.ts";
import { whyText } from "../course/texts.ts";
import { renderLesson } from "../report/lesson.ts";
import { prose } from "../report/text.ts";
import { ExitCode } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import {
  courseStory,
  currentExercise,
  type Progress,
  progressOf,
  readProgress,
  updateProgress,
  withNote,
} from "../workspace/progress.ts";
import { addSettings } from "../workspace/settings.ts";
import { DEFAULT_WORKSPACE, findWorkspace, initWorkspace, type Workspace } from "../workspace/workspace.ts";
import { type CheckOptions, exitCodeOf, gradeInWorkspace } from "./check.ts";
import { messages } from "./messages.ts";
import { printLesson } from "./show.ts";
import { shortPath, type Terminal } from "./terminal.ts";

export interface NextOptions extends CheckOptions {
  /** Go on without a pass. */
  readonly skip?: boolean;
}

export async function next(options: NextOptions, terminal: Terminal): Promise<number> {
  const ids = exerciseIds();
  const existing = findWorkspace();
  if (!existing) return begin(ids, options, terminal);

  const progress = readProgress(existing, terminal.say);
  const current = currentExercise(progress, ids);
  if (current === undefined) {
    printFinished(progress, ids, terminal);
    return ExitCode.passed;
  }
  // A newer course has more exercises than the workspace was made with.
  await initWorkspace(existing.folder, await loadCourse(), terminal.say);
  if (options.skip) return skip(existing, current, ids, terminal);
  const result = await gradeInWorkspace(existing, current, options, terminal);
  if (result.status !== "passed") {
    await sayWhatToEdit(existing, current, terminal);
    return exitCodeOf(result);
  }
  terminal.print(`\n${renderLesson(whyText(current), terminal.style)}\n\n`);
  const after = readProgress(existing, terminal.say);
  const following = currentExercise(after, ids);
  if (following === undefined) {
    printFinished(after, ids, terminal);
  } else {
    printLesson(following, terminal);
    await sayWhatToEdit(existing, following, terminal);
  }
  return ExitCode.passed;
}

async function skip(
  workspace: Workspace,
  id: string,
  ids: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const progress = await updateProgress(workspace, terminal.say, (before) => {
    const { current: _, ...rest } = withNote(before, id, { skippedAt: new Date().toISOString() });
    return rest;
  });
  terminal.say(messages.skipped(id));
  const following = currentExercise(progress, ids) ?? id;
  if (progressOf(progress, following).skippedAt !== undefined) terminal.say(messages.onlySkipped);
  printLesson(following, terminal);
  await sayWhatToEdit(workspace, following, terminal);
  return ExitCode.passed;
}

/** The very first run: a workspace, the first lesson, and what its starter comes to. */
async function begin(ids: readonly string[], options: CheckOptions, terminal: Terminal): Promise<number> {
  const course = await loadCourse();
  const { workspace } = await initWorkspace(DEFAULT_WORKSPACE, course, terminal.say);
  await addSettings(workspace);
  terminal.print(
    `${prose(messages.welcome(shortPath(workspace.folder), ids.length), terminal.style.width)}\n`,
  );
  const first = ids[0] ?? "";
  printLesson(first, terminal);
  terminal.print("\n");
  const result = await gradeInWorkspace(workspace, first, options, terminal);
  await sayWhatToEdit(workspace, first, terminal);
  // Nothing was handed in yet, so there is nothing that did not pass.
  return result.status === "error" ? ExitCode.environment : ExitCode.passed;
}

/** Also at the end of `lab watch` without a terminal. */
export function printFinished(progress: Progress, ids: readonly string[], { print, style }: Terminal): void {
  print(`${prose(messages.finished(courseStory(progress, ids)), style.width)}\n`);
}

async function sayWhatToEdit(workspace: Workspace, id: string, terminal: Terminal): Promise<void> {
  const { answer } = await loadExercise(packageRoot, id);
  terminal.print(`\n${messages.edit(shortPath(join(workspace.folder, id, answer)))}\n`);
}
