/** Graded submissions for a reader at a terminal. */
import type { ExerciseResult, ExerciseStatus, ResultDocument } from "../grading/result.ts";
import type { Style } from "./style.ts";
import { indented, printable } from "./text.ts";
import { renderFailure } from "./verdict.ts";

/** One submission in full; of several, a line each and what went wrong with the lab itself. */
export function renderSummary(documents: readonly ResultDocument[], style: Style): string {
  const [only] = documents;
  if (documents.length === 1 && only) return renderOne(only, style);
  const width = Math.max(...documents.map(({ submission }) => printable(submission.id).length));
  const lines = documents.map((document) => {
    const { submission, score, maxScore, exercises } = document;
    const passed = exercises.filter((one) => one.status === "passed").length;
    return `${mark(document.status, style)} ${printable(submission.id).padEnd(width)}  ${points(score, maxScore)}  ${passed} of ${exercises.length} exercises passed`;
  });
  if (only) lines.push("", circumstances(only, style));
  return `${lines.join("\n")}\n${renderErrors(documents, style)}`;
}

/** What the points were given with: the same for all submissions of one run. */
function circumstances({ environment, seed }: ResultDocument, { chalk }: Style): string {
  const { redis, source, sandbox, node } = environment;
  return chalk.dim(`Redis ${redis} (${source}), ${sandbox} sandbox, Node ${node}\nseed ${seed}`);
}

function renderOne(document: ResultDocument, style: Style): string {
  const { chalk, width, signs } = style;
  const lines = document.exercises.flatMap((exercise) => {
    const line = `${mark(exercise.status, style)} ${exercise.id.padEnd(22)} ${points(exercise.score, exercise.maxScore)}  ${chalk.dim(`${(exercise.durationMs / 1000).toFixed(2)} s`)}`;
    const why = firstMessage(exercise);
    const { repeats } = exercise;
    if (repeats && repeats.passed > 0 && repeats.passed < repeats.times) {
      const often = `passed ${repeats.passed} of ${repeats.times} gradings, so it is right only now and then:`;
      return [
        line,
        `    ${signs.bar} ${often}`,
        indented(chalk.dim(printable(why ?? "")), width, `    ${signs.bar} `),
      ];
    }
    return why ? [line, indented(chalk.dim(printable(why)), width, `    ${signs.bar} `)] : [line];
  });
  const { score, maxScore } = document;
  const percent = maxScore > 0 ? Math.floor((100 * score) / maxScore) : 0;
  lines.push(
    "",
    `${mark(document.status, style)} ${printable(document.submission.id)}: ${score} of ${maxScore} points, ${percent} %`,
    circumstances(document, style),
  );
  return `${lines.join("\n")}\n${renderErrors([document], style)}`;
}

function firstMessage(exercise: ExerciseResult): string | undefined {
  if (exercise.status === "missing") return "no answer";
  const check = exercise.checks.find((one) => one.status !== "passed" && one.status !== "skipped");
  return check && `${check.title} — ${check.status}: ${check.message ?? ""}`;
}

/** What went wrong with the lab itself must not be overlooked among the points. */
function renderErrors(documents: readonly ResultDocument[], style: Style): string {
  const errors = documents.flatMap(({ submission, exercises }) =>
    exercises.flatMap(({ id, checks }) =>
      checks
        .filter((check) => check.status === "error")
        .map((check) => `${printable(submission.id)} ${id} ${check.id}\n${renderFailure(check, style)}`),
    ),
  );
  return errors.length > 0
    ? `\nThe lab itself had trouble; these points are not decided:\n${errors.join("\n")}\n`
    : "";
}

function mark(status: ExerciseStatus, { chalk, signs }: Style): string {
  const paint = { passed: chalk.green, failed: chalk.red, missing: chalk.dim, error: chalk.yellow }[status];
  return paint(signs[status]);
}

function points(score: number, maxScore: number): string {
  return `${score}/${maxScore}`.padStart(7);
}
