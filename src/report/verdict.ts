/** One exercise's verdict for a reader at a terminal: the first failing check in full, the rest in a line each. */
import type { CheckResult, CheckStatus, ExerciseResult } from "../grading/result.ts";
import type { Style } from "./style.ts";
import { indented, printable } from "./text.ts";

/** A sign for each status, so that it is not told by colour alone. */
export function signOf(status: CheckStatus, { signs }: Pick<Style, "signs">): string {
  if (status === "passed" || status === "skipped" || status === "error") return signs[status];
  return signs.failed;
}

const onlyTheFirst = ({ failed }: Style["signs"]) =>
  `Only the first ${failed.replace(":", "")} is explained: the others often go away with it.`;

/** The verdict as far as it is known: the first check that did not pass, and those before it. */
export function renderFirstFailure(checks: readonly CheckResult[], style: Style): string {
  const lines = checks.map((check) => checkLine(check, style));
  const last = checks.at(-1);
  return `${[...lines, "", ...(last ? [renderFailure(last, style)] : [])].join("\n")}\n`;
}

export function renderVerdict(result: ExerciseResult, style: Style): string {
  const firstFailed = result.checks.find((check) => check.status !== "passed" && check.status !== "skipped");
  const lines = [heading(result, style), ""];
  if (result.status === "missing")
    lines.push("  There is no answer yet.", `  Its starter comes back with: lab reset ${result.id}`, "");
  for (const check of result.checks) {
    lines.push(checkLine(check, style));
    if (check === firstFailed) lines.push("", renderFailure(check, style), "");
  }
  const failures = result.checks.filter((check) => check.status !== "passed" && check.status !== "skipped");
  if (failures.length > 1)
    lines.push("", style.chalk.dim(indented(onlyTheFirst(style.signs), style.width, "  ")));
  return `${lines.join("\n").trimEnd()}\n`;
}

function heading(result: ExerciseResult, { chalk, width }: Style): string {
  const points = `${result.score} of ${result.maxScore} points`;
  const paint =
    result.status === "passed" ? chalk.green : result.status === "error" ? chalk.yellow : chalk.red;
  const verdict = `${paint(points)}  ${chalk.dim(seconds(result.durationMs))}`;
  return indented(`${chalk.bold(result.id)}  ${result.title}  ${verdict}`, width, "");
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function checkLine(check: CheckResult, style: Style): string {
  const { chalk, width } = style;
  const paint =
    { passed: chalk.green, skipped: chalk.dim, error: chalk.yellow }[check.status as string] ?? chalk.red;
  return indented(
    `${check.title}${chalk.dim(wordOf(check.status))}`,
    width,
    `  ${paint(signOf(check.status, style))} `,
    "    ",
  );
}

function wordOf(status: CheckStatus): string {
  if (status === "passed" || status === "failed") return "";
  return status === "skipped" ? " (skipped, because of a failure above)" : ` (${status})`;
}

/** In the order a reader needs: required, done, expected, got, the difference, a likely cause, what Redis received. */
export function renderFailure(check: CheckResult, style: Style): string {
  const { chalk } = style;
  const rows: [string, string][] = [];
  if (check.message) rows.push(["Problem", printable(check.message)]);
  if (check.reproduce) rows.push(["Done", printable(check.reproduce)]);
  if (check.expected !== undefined) rows.push(["Expected", printable(check.expected)]);
  if (check.actual !== undefined) rows.push(["Got", markedDifference(check.expected, check.actual, chalk)]);
  if (check.hint) rows.push(["Likely", printable(check.hint)]);
  if (check.trace)
    rows.push(["Redis got", check.trace.length > 0 ? printable(check.trace.join("\n")) : "nothing"]);
  return rows
    .map(([label, text]) => {
      // The bar keeps a student's text off the beginning of a line, where CI systems look for commands.
      const bar = chalk.dim(style.signs.bar);
      const painted = label === "Problem" ? chalk.bold(text) : text;
      return indented(
        painted,
        style.width,
        `    ${bar} ${chalk.dim(label.padEnd(10))}`,
        `    ${bar} ${" ".repeat(10)}`,
      );
    })
    .join("\n");
}

/** The first character in which `actual` differs is pointed at, where both are one line of text. */
function markedDifference(expected: string | undefined, actual: string, chalk: Style["chalk"]): string {
  const shown = printable(actual);
  const wanted = expected === undefined ? undefined : printable(expected);
  if (wanted === undefined || wanted.includes("\n") || shown.includes("\n") || wanted === shown) return shown;
  if (shown.length > 60) return shown;
  let at = 0;
  while (at < shown.length && shown[at] === wanted[at]) at++;
  // Without a common beginning there is nothing to point at: the whole value is another one.
  if (at < 3 || at < Math.min(shown.length, wanted.length) / 3) return shown;
  return `${shown}\n${" ".repeat(at)}${chalk.red("^")}`;
}
