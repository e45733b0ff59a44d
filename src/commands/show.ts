/** `lab show [exercise]`: a lesson. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exerciseIds } from "../course/load.ts";
import { renderLesson } from "../report/lesson.ts";
import { ExitCode } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { findWorkspace } from "../workspace/workspace.ts";
import { chosenExercise } from "./chosen.ts";
import type { Terminal } from "./terminal.ts";

export async function show(query: string | undefined, terminal: Terminal): Promise<number> {
  const id = chosenExercise(query, exerciseIds(), findWorkspace(), terminal.say);
  printLesson(id, terminal);
  return ExitCode.passed;
}

export function printLesson(id: string, terminal: Terminal): void {
  const markdown = readFileSync(join(packageRoot, "exercises", id, "README.md"), "utf8");
  terminal.print(`${renderLesson(markdown, terminal.style)}\n`);
}
