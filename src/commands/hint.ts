/** `lab hint [exercise]`: the next hint of a ladder. */
import { exerciseIds, loadExercise } from "../course/load.ts";
import { renderLesson } from "../report/lesson.ts";
import { ExitCode } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { progressOf, readProgress, updateProgress, withNote } from "../workspace/progress.ts";
import { requireWorkspace } from "../workspace/workspace.ts";
import { chosenExercise } from "./chosen.ts";
import { messages } from "./messages.ts";
import type { Terminal } from "./terminal.ts";

export interface HintOptions {
  /** Those that were shown before, without another one. */
  readonly seen?: boolean;
}

export async function hint(
  query: string | undefined,
  { seen = false }: HintOptions,
  terminal: Terminal,
): Promise<number> {
  const workspace = requireWorkspace();
  const id = chosenExercise(query, exerciseIds(), workspace, terminal.say);
  const { hints, number } = await loadExercise(packageRoot, id);
  const { hints: before = 0 } = progressOf(readProgress(workspace, terminal.say), id);
  const count = seen ? before : Math.min(before + 1, hints.length);
  // Once all were shown, all are shown again.
  const from = seen || before >= hints.length ? 0 : count - 1;
  for (const [index, text] of hints.slice(from, count).entries()) {
    terminal.print(`${terminal.style.chalk.bold(messages.hint(from + index + 1, hints.length))}\n`);
    terminal.print(`${renderLesson(text, terminal.style)}\n\n`);
  }
  if (count === 0) terminal.say(messages.noHintYet);
  if (count > before) {
    await updateProgress(workspace, terminal.say, (now) => withNote(now, id, { hints: count }));
  }
  terminal.say(count < hints.length ? messages.moreHints(number) : messages.noMoreHints(number));
  return ExitCode.passed;
}
