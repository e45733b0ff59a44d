/** What an answer did to its Redis: what Redis received, and which keys are no longer as they were. */
import { describeRedisValue, type RedisValue } from "../grading/redis-value.ts";
import type { KeyChange } from "../grading/scratch.ts";
import type { Style } from "./style.ts";
import { indented, padded, printable } from "./text.ts";

export interface Afterwards {
  readonly received: readonly string[];
  readonly changes: readonly KeyChange[];
}

/** Columns of a key's name. */
const LONGEST_KEY = 30;
const SHOWN_CHANGES = 50;

export function renderAfterwards({ received, changes }: Afterwards, style: Style): string {
  const { chalk, width, signs } = style;
  const commands = received.length > 0 ? printable(received.join("\n")) : "nothing";
  const shown = changes.slice(0, SHOWN_CHANGES);
  const column = Math.min(LONGEST_KEY, Math.max(0, ...shown.map(({ key }) => printable(key).length)));
  const more = changes.length - shown.length;
  return [
    chalk.bold("What Redis received"),
    indented(commands, width, "  "),
    "",
    chalk.bold("Keys that changed"),
    ...(changes.length === 0 ? ["  none"] : shown.map((change) => changeLine(change, column, style))),
    ...(more > 0 ? [chalk.dim(`  ${signs.more} and ${more} more`)] : []),
    "",
  ].join("\n");
}

function changeLine(
  { key, before, after }: KeyChange,
  column: number,
  { chalk, width, signs }: Style,
): string {
  const mark = !before ? chalk.green("+") : !after ? chalk.red("-") : chalk.yellow("~");
  const name = chalk.cyan(padded(printable(key), column));
  const values = [before, after].flatMap((value) => (value ? [describe(value)] : []));
  const text = after ? values.join(`\n${signs.arrow} `) : `${values[0]} is gone`;
  return indented(text, width, `  ${mark} ${name}  `, " ".repeat(column + 6));
}

function describe(value: RedisValue): string {
  return printable(describeRedisValue(value).replace(/\n\s*/g, " "));
}
