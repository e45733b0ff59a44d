/** `lab show [exercise]`: a lesson. */
import { exerciseIds } from "../course/load.ts";
import { lessonText } from "../course/texts.ts";
import { renderLesson } from "../report/lesson.ts";
import { ExitCode } from "../system/errors.ts";
import { findWorkspace } from "../workspace/workspace.ts";
import { chosenExercise } from "./chosen.ts";
import type { Terminal } from "./terminal.ts";

export async function show(query: string | undefined, terminal: Terminal): Promise<number> {
  const id = chosenExercise(query, exerciseIds(), findWorkspace(), terminal.say);
  printLesson(id, terminal);
  return ExitCode.passed;
}

export function printLesson(id: string, terminal: Terminal): void {
  terminal.print(`${renderLesson(lessonText(id), terminal.style)}\n`);
}
