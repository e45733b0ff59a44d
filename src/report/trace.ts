/** What Redis received in each check of one grading. */
import type { ExerciseResult } from "../grading/result.ts";
import type { Style } from "./style.ts";
import { indented, printable } from "./text.ts";
import { MARKS } from "./verdict.ts";

export function renderTrace(result: ExerciseResult, { chalk, width }: Style): string {
  const blocks = result.checks.map(({ title, status, trace }) => {
    const heading = indented(chalk.bold(title), width, `${MARKS[status]} `, "  ");
    // The bar keeps a student's text off the beginning of a line, where CI systems look for commands.
    const bar = `  ${chalk.dim("│")} `;
    const received = trace?.length ? printable(trace.join("\n")) : chalk.dim("Redis received nothing.");
    const below = status === "skipped" ? chalk.dim("It was skipped.") : received;
    return `${heading}\n${indented(below, width, bar)}`;
  });
  return `${[chalk.bold(`What Redis received for ${result.id}`), ...blocks].join("\n\n")}\n`;
}
