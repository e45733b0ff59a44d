/** `lab reset [exercise]`: the starter back, the old answer kept; or one of the answers that were kept. */

import { join, sep } from "node:path";
import { exerciseIds } from "../course/load.ts";
import { ExitCode, LabError } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { answerCopies, resetAnswer, restoreAnswer } from "../workspace/answers.ts";
import { requireWorkspace, type Workspace } from "../workspace/workspace.ts";
import { chosenExercise } from "./chosen.ts";
import { messages } from "./messages.ts";
import type { Terminal } from "./terminal.ts";

export interface ResetOptions {
  readonly list?: boolean;
  /** The name of a copy, or its beginning; the newest one where only the option was given. */
  readonly restore?: string | true;
}

export async function reset(
  query: string | undefined,
  options: ResetOptions,
  terminal: Terminal,
): Promise<number> {
  const workspace = requireWorkspace();
  const id = chosenExercise(query, exerciseIds(), workspace, terminal.say);
  const answer = join(workspace.folder, id);
  const isInside = `${process.cwd()}${sep}`.startsWith(answer + sep);
  // The folder that a terminal is in goes with what is kept: saves in it would never be graded.
  const sayWhereToGo = () => {
    if (isInside) terminal.say(messages.enterAgain(answer));
  };
  if (options.list) {
    const copies = await answerCopies(workspace, id);
    for (const copy of copies) terminal.print(`${copy}\n`);
    terminal.say(copies.length > 0 ? messages.restore(id) : messages.noCopies(id));
    return ExitCode.passed;
  }
  if (options.restore !== undefined) {
    const copy = await chosenCopy(workspace, id, options.restore);
    const kept = await restoreAnswer(workspace, id, copy);
    terminal.print(`${messages.restored(id, copy)}\n`);
    if (kept) terminal.say(messages.kept(id, kept));
    if (kept) sayWhereToGo();
    return ExitCode.passed;
  }
  const kept = await resetAnswer(workspace, { id, folder: join(packageRoot, "exercises", id) });
  terminal.print(`${messages.isStarter(id)}\n`);
  if (kept) terminal.say(messages.kept(id, kept));
  if (kept) sayWhereToGo();
  return ExitCode.passed;
}

/** Puts the starter back, as a key of a page asked for it; gives what to say of it. */
export async function resetByKey(workspace: Workspace, id: string): Promise<string> {
  const kept = await resetAnswer(workspace, { id, folder: join(packageRoot, "exercises", id) });
  return kept ? messages.kept(id, kept) : messages.isStarter(id);
}

/** The beginning of a date, at least its year. */
const A_COPY = /^\d{4}/;

async function chosenCopy(workspace: Workspace, id: string, query: string | true): Promise<string> {
  const copies = await answerCopies(workspace, id);
  if (query !== true && !A_COPY.test(query))
    throw new LabError(
      "usage",
      `${JSON.stringify(query)} is no date of a copy of ${id}`,
      `lab reset ${id} --list; for another exercise: lab reset EXERCISE --restore`,
    );
  const found = copies.findLast((copy) => query === true || copy.startsWith(query));
  if (found !== undefined) return found;
  if (copies.length === 0) throw new LabError("usage", messages.noCopies(id), `lab show ${id}`);
  throw new LabError("usage", `${id} has no copy ${JSON.stringify(query)}`, `lab reset ${id} --list`);
}
