/** `lab hint [exercise]`: the next hint of a ladder. */
import type { Exercise } from "../course/exercise.ts";
import { exerciseIds, loadExercise } from "../course/load.ts";
import { renderHint } from "../report/lesson.ts";
import type { Style } from "../report/style.ts";
import { ExitCode } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { type Progress, progressOf, readProgress, updateProgress, withNote } from "../workspace/progress.ts";
import { requireWorkspace, type Workspace } from "../workspace/workspace.ts";
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
  const exercise = await loadExercise(packageRoot, id);
  const { hints, number } = exercise;
  const { hints: before = 0 } = progressOf(readProgress(workspace, terminal.say), id);
  const count = seen ? before : Math.min(before + 1, hints.length);
  // Once all were shown, all are shown again.
  const from = seen || before >= hints.length ? 0 : count - 1;
  if (count > from) terminal.print(`${renderHints(hints, from, count, terminal.style)}\n\n`);
  if (count === 0) terminal.say(messages.noHintYet);
  if (count > before) await nextHint(workspace, exercise, terminal.say);
  terminal.say(count < hints.length ? messages.moreHints(number) : messages.noMoreHints(number));
  return ExitCode.passed;
}

/** Notes that one more hint was shown, where there is one; gives the progress after it. */
export async function nextHint(
  workspace: Workspace,
  { id, hints }: Pick<Exercise, "id" | "hints">,
  say: (line: string) => void,
): Promise<Progress> {
  return updateProgress(workspace, say, (now) =>
    withNote(now, id, { hints: Math.min((progressOf(now, id).hints ?? 0) + 1, hints.length) }),
  );
}

/** The hints from one to before another, counted from 0. */
export function renderHints(hints: readonly string[], from: number, to: number, style: Style): string {
  return hints
    .slice(from, to)
    .map((text, index) => {
      const heading = style.chalk.bold(messages.hint(from + index + 1, hints.length));
      return `${heading}\n${renderHint(text, style)}`;
    })
    .join("\n\n");
}
