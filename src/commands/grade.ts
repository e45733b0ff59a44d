/** `lab grade [path…]`: grade submissions. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { discoverSubmissions } from "../batch/discover.ts";
import { gradeSubmissions } from "../batch/grade-submissions.ts";
import type { Form } from "../course/exercise.ts";
import { findExerciseId } from "../course/find.ts";
import { loadCourse } from "../course/load.ts";
import { newSeed } from "../grading/random.ts";
import type { ResultDocument } from "../grading/result.ts";
import { renderJson } from "../report/json.ts";
import { renderSummary } from "../report/summary.ts";
import { printable } from "../report/text.ts";
import { LabError } from "../system/errors.ts";
import { writeOutput } from "../system/write-output.ts";
import { notWritable } from "../workspace/not-writable.ts";
import { requireWorkspace, WORKSPACE_FILE } from "../workspace/workspace.ts";
import { exitCodeOf } from "./check.ts";
import { inGradingPlace } from "./place.ts";
import type { Terminal } from "./terminal.ts";

export interface GradeCommandOptions {
  readonly redis?: string;
  readonly sandbox?: string;
  readonly seed?: string;
  readonly report?: readonly string[];
  readonly jobs?: number;
  readonly repeat: number;
  readonly exercise?: string;
}

type Report = { readonly format: "terminal" } | { readonly format: "json"; readonly file?: string };

export async function grade(
  paths: readonly string[],
  options: GradeCommandOptions,
  terminal: Terminal,
): Promise<number> {
  const reports = (options.report ?? ["terminal"]).map(parseReport);
  const course = await loadCourse();
  const ids = course.exercises.map(({ id }) => id);
  const only = options.exercise === undefined ? undefined : findExerciseId(ids, options.exercise);
  const exercises = course.exercises.filter(({ id }) => only === undefined || id === only);
  const submissions = discoverSubmissions(paths.length > 0 ? paths : [requireWorkspace().folder], {
    exerciseIds: ids,
    workspaceFile: WORKSPACE_FILE,
  });
  const jobs = options.jobs ?? Math.max(1, Math.min(8, availableParallelism() - 1));

  const total = submissions.length * exercises.length;
  const forms = submissions.flatMap(() =>
    exercises.flatMap(({ form }) => Array<Form>(options.repeat).fill(form)),
  );
  let done = 0;
  const { redis, sandbox } = options;
  const place = { redis, sandbox, usualSandbox: "auto", forms, jobs } as const;
  const documents = await inGradingPlace(place, terminal.say, (opened) =>
    gradeSubmissions(submissions, course, exercises, opened, {
      seed: options.seed ?? newSeed(),
      repeat: options.repeat,
      jobs,
      onExercise: (submission, result) =>
        terminal.progress(`${++done} of ${total}  ${printable(submission.id)} ${result.id} ${result.status}`),
    }),
  );
  terminal.progress("");
  for (const report of reports) await writeReport(report, documents, terminal);
  return Math.max(...documents.map(exitCodeOf));
}

function parseReport(value: string): Report {
  const [format, ...rest] = value.split("=");
  const file = rest.join("=");
  if (format === "terminal" && rest.length === 0) return { format };
  if (format === "json") return file ? { format, file } : { format };
  throw new LabError("usage", `unknown report "${value}"`, "use terminal, json or json=FILE");
}

async function writeReport(
  report: Report,
  documents: readonly ResultDocument[],
  terminal: Terminal,
): Promise<void> {
  if (report.format === "terminal") return terminal.print(renderSummary(documents, terminal.style));
  const text = renderJson(documents);
  if (!report.file) return terminal.print(text);
  const file = resolve(report.file);
  await writeOutput(file, text).catch((error: unknown) => {
    throw notWritable(file, error);
  });
  terminal.say(`Wrote ${report.file}`);
}
