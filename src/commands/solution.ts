/** `lab solution [exercise]`: the solution beside the student's answer, after a pass or when it was asked for. */
import { join } from "node:path";
import { exerciseIds, loadExercise } from "../course/load.ts";
import { whyText } from "../course/texts.ts";
import { collectAnswer, collectFiles } from "../grading/collect.ts";
import { renderComparison } from "../report/comparison.ts";
import { renderLesson } from "../report/lesson.ts";
import { ExitCode, LabError, messageOf } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { progressOf, readProgress, updateProgress, withNote } from "../workspace/progress.ts";
import { requireWorkspace } from "../workspace/workspace.ts";
import { chosenExercise } from "./chosen.ts";
import type { Terminal } from "./terminal.ts";

/** Beside the answer's files in the solution's folder. */
const WHY = "why.md";

export interface SolutionOptions {
  /** Show it before a pass, which is recorded. */
  readonly reveal?: boolean;
}

export async function solution(
  query: string | undefined,
  { reveal = false }: SolutionOptions,
  terminal: Terminal,
): Promise<number> {
  const workspace = requireWorkspace();
  const id = chosenExercise(query, exerciseIds(), workspace, terminal.say);
  const { answer, solution: folder } = await loadExercise(packageRoot, id);
  const { passedAt, revealedAt } = progressOf(readProgress(workspace, terminal.say), id);
  if (!passedAt && !reveal && !revealedAt) {
    throw new LabError(
      "usage",
      `${id} is not passed yet: its solution is shown after that`,
      `lab hint ${id}, or: lab solution ${id} --reveal, which is recorded`,
    );
  }
  if (!passedAt && !revealedAt) {
    const now = { revealedAt: new Date().toISOString() };
    await updateProgress(workspace, terminal.say, (before) => withNote(before, id, now));
  }
  const own = await ownAnswer(join(workspace.folder, id), answer, terminal.say);
  const files = (await collectFiles(folder)).filter(({ path }) => path !== WHY);
  for (const { path, content } of files) {
    const yours = path === answer ? own : undefined;
    terminal.print(`${renderComparison({ path, yours, solution: String(content) }, terminal.style)}\n`);
  }
  terminal.print(`${renderLesson(whyText(id), terminal.style)}\n`);
  return ExitCode.passed;
}

/** The text of the answer's own file; undefined where there is none that can be read. */
async function ownAnswer(
  folder: string,
  answerName: string,
  say: (line: string) => void,
): Promise<string | undefined> {
  try {
    const collected = await collectAnswer(folder, answerName);
    const file = collected?.files.find(({ path }) => path === collected.entry);
    return file && String(file.content);
  } catch (error) {
    say(`Your answer is not shown beside it: ${messageOf(error)}`);
    return undefined;
  }
}
