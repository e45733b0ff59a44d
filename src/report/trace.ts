/** What Redis received in each check of one grading. */
import type { ExerciseResult } from "../grading/result.ts";
import type { Style } from "./style.ts";
import { indented, printable } from "./text.ts";
import { signOf } from "./verdict.ts";

export function renderTrace(result: ExerciseResult, style: Style): string {
  const { chalk, width, signs } = style;
  const blocks = result.checks.map(({ title, status, trace }) => {
    const heading = indented(chalk.bold(title), width, `${signOf(status, style)} `, "  ");
    // The bar keeps a student's text off the beginning of a line, where CI systems look for commands.
    const bar = `  ${chalk.dim(signs.bar)} `;
    const received = trace?.length ? printable(trace.join("\n")) : chalk.dim("Redis received nothing.");
    const below = status === "skipped" ? chalk.dim("It was skipped.") : received;
    return `${heading}\n${indented(below, width, bar)}`;
  });
  return `${[chalk.bold(`What Redis received for ${result.id}`), ...blocks].join("\n\n")}\n`;
}
