/** `lab check [exercise]`: grade, without moving on. */
import { join } from "node:path";
import { exerciseIds, loadExercise } from "../course/load.ts";
import { gradeExercise } from "../grading/grade.ts";
import { newSeed } from "../grading/random.ts";
import type { ExerciseResult } from "../grading/result.ts";
import { prose } from "../report/text.ts";
import { ExitCode } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { requireWorkspace, type Workspace } from "../workspace/workspace.ts";
import { chosenExercise } from "./chosen.ts";
import { messages } from "./messages.ts";
import { notesOf, renderNotes } from "./notes.ts";
import { inGradingPlace } from "./place.ts";
import { recordResult } from "./record.ts";
import type { Terminal } from "./terminal.ts";

export interface CheckOptions {
  readonly redis?: string;
  readonly sandbox?: string;
  readonly seed?: string;
  /** Show what Redis received in every check. */
  readonly trace?: boolean;
}

export async function check(
  query: string | undefined,
  options: CheckOptions,
  terminal: Terminal,
): Promise<number> {
  const workspace = requireWorkspace();
  const id = chosenExercise(query, exerciseIds(), workspace, terminal.say);
  return exitCodeOf(await gradeInWorkspace(workspace, id, options, terminal));
}

/** Grades one exercise of a workspace, shows the verdict and records the result, in this order. */
export async function gradeInWorkspace(
  workspace: Workspace,
  id: string,
  options: CheckOptions,
  terminal: Terminal,
): Promise<ExerciseResult> {
  const exercise = await loadExercise(packageRoot, id);
  // A student's own work needs no strong sandbox, which takes longer.
  const place = {
    redis: options.redis,
    sandbox: options.sandbox,
    usualSandbox: "process",
    forms: [exercise.form],
    jobs: 1,
  } as const;
  const { result, renderVerdict } = await inGradingPlace(place, terminal.say, async (opened) => {
    const folder = join(workspace.folder, id);
    const graded = gradeExercise(exercise, folder, opened, {
      seed: options.seed ?? newSeed(),
      trace: options.trace ?? false,
    });
    // Loaded only now: Redis and the answer are starting, and for a while there is nothing else to do.
    const { renderVerdict } = await import("../report/verdict.ts");
    return { result: await graded, renderVerdict };
  });
  terminal.print(renderVerdict(result, terminal.style));
  if (options.trace) {
    const { renderTrace } = await import("../report/trace.ts");
    terminal.print(`\n${renderTrace(result, terminal.style)}`);
  }
  if (result.status === "error") {
    terminal.say(messages.labTrouble);
    return result;
  }
  const { offer, milestone } = await recordResult(workspace, exercise, result, terminal.say);
  for (const line of [offer, milestone]) if (line) terminal.print(`\n${prose(line, terminal.style.width)}\n`);
  const notes = renderNotes(await notesOf(result, join(workspace.folder, id)), terminal.style);
  if (notes) terminal.print(`\n${notes}`);
  return result;
}

export function exitCodeOf(result: { readonly status: string }): number {
  if (result.status === "passed") return ExitCode.passed;
  return result.status === "error" ? ExitCode.environment : ExitCode.notPassed;
}
