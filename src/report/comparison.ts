/** A student's answer and the solution, side by side where there is room for both. */
import { diffLines } from "diff";
import { wrapAnsi } from "fast-wrap-ansi";
import type { Style } from "./style.ts";
import { padded, printable } from "./text.ts";

export interface Compared {
  readonly path: string;
  /** Undefined where the student has no such file. */
  readonly yours: string | undefined;
  readonly solution: string;
}

interface Row {
  readonly yours?: string;
  readonly solution?: string;
}

/** Columns from which two of them are readable. */
const SIDE_BY_SIDE_WIDTH = 100;

export function renderComparison({ path, yours, solution }: Compared, style: Style): string {
  const { chalk, width } = style;
  if (yours === undefined) return `${chalk.bold(path)}\n\n${printable(solution.trimEnd())}\n`;
  if (yours === solution) return `${chalk.bold(path)}  ${chalk.dim("yours is the same")}\n`;
  const rows = compare(yours, solution);
  return width >= SIDE_BY_SIDE_WIDTH ? sideBySide(path, rows, style) : oneColumn(path, rows, style);
}

/** Lines that are in both stand in one row; lines that differ stand beside each other as far as they go. */
function compare(yours: string, solution: string): Row[] {
  const rows: Row[] = [];
  let removed: string[] = [];
  const beside = (added: readonly string[]) => {
    for (let index = 0; index < Math.max(removed.length, added.length); index++) {
      const [left, right] = [removed[index], added[index]];
      rows.push({
        ...(left === undefined ? {} : { yours: left }),
        ...(right === undefined ? {} : { solution: right }),
      });
    }
    removed = [];
  };
  for (const part of diffLines(printable(yours), printable(solution))) {
    const lines = part.value.replace(/\n$/, "").split("\n");
    if (part.removed) removed = lines;
    else if (part.added) beside(lines);
    else {
      beside([]);
      rows.push(...lines.map((line) => ({ yours: line, solution: line })));
    }
  }
  beside([]);
  return rows;
}

function isSame({ yours, solution }: Row): boolean {
  return yours === solution;
}

function sideBySide(path: string, rows: readonly Row[], { chalk, width, signs }: Style): string {
  const room = Math.floor((width - 7) / 2);
  const line = (row: Row): string[] => {
    const [left, right] = [row.yours, row.solution].map((text) => wrapped(text ?? "", room)) as [
      string[],
      string[],
    ];
    return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
      const first = index === 0;
      const mine = `${first && !isSame(row) && row.yours !== undefined ? "-" : " "} ${padded(left[index] ?? "", room)}`;
      const theirs = `${first && !isSame(row) && row.solution !== undefined ? "+" : " "} ${right[index] ?? ""}`;
      return isSame(row)
        ? `${mine} ${signs.bar} ${theirs}`
        : `${chalk.red(mine)} ${signs.bar} ${chalk.green(theirs)}`;
    });
  };
  const head = `${padded(`  ${path}, yours`, room + 2)} ${signs.bar}   the solution`;
  return `${[chalk.bold(head), ...rows.flatMap(line)].map((one) => one.trimEnd()).join("\n")}\n`;
}

/** As `diff` writes it: first what is the student's alone, then what is the solution's alone. */
function oneColumn(path: string, rows: readonly Row[], { chalk }: Style): string {
  const lines: string[] = [];
  let added: string[] = [];
  const flush = () => {
    lines.push(...added);
    added = [];
  };
  for (const row of rows) {
    if (isSame(row)) {
      flush();
      lines.push(`  ${row.yours}`);
      continue;
    }
    if (row.yours !== undefined) lines.push(chalk.red(`- ${row.yours}`));
    if (row.solution !== undefined) added.push(chalk.green(`+ ${row.solution}`));
  }
  flush();
  const head = `${chalk.bold(path)}  ${chalk.red("- yours")}  ${chalk.green("+ the solution")}`;
  return `${[head, "", ...lines].map((one) => one.trimEnd()).join("\n")}\n`;
}

function wrapped(text: string, room: number): string[] {
  return wrapAnsi(text, room, { hard: true, trim: false }).split("\n");
}
