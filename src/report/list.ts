/** The course as a table. */
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import type { Style } from "./style.ts";

export interface ListRow {
  readonly id: string;
  readonly title: string;
  /** Objectives, features and uses, in a few words each. */
  readonly teaches: readonly string[];
  readonly state: "passed" | "current" | "open";
  readonly score: number;
  readonly maxScore: number;
  readonly tries: number;
}

const MARKS = { passed: "✔", current: "▶", open: " " } as const;

export function renderList(rows: readonly ListRow[], { chalk, width }: Style): string {
  const idWidth = Math.max(...rows.map((row) => row.id.length));
  const passed = rows.filter((row) => row.state === "passed").length;
  const lines = rows.flatMap((row) => {
    const points = `${row.score}/${row.maxScore}`.padStart(7);
    const room = width - idWidth - points.length - 6;
    const paint = row.state === "passed" ? chalk.green : row.state === "current" ? chalk.cyan : chalk.dim;
    const line = `${paint(MARKS[row.state])} ${row.id.padEnd(idWidth)}  ${padded(row.title, room)}  ${chalk.dim(points)}`;
    const indent = " ".repeat(idWidth + 4);
    const teaches = wrapAnsi(row.teaches.join(", "), width - indent.length).split("\n");
    return [line, ...teaches.filter(Boolean).map((text) => indent + chalk.dim(text))];
  });
  return `${lines.join("\n")}\n\n${passed} of ${rows.length} passed\n`;
}

function padded(text: string, width: number): string {
  const cut = shortened(text, width);
  return cut + " ".repeat(width - stringWidth(cut));
}

function shortened(text: string, room: number): string {
  if (stringWidth(text) <= room) return text;
  let cut = text;
  while (cut.length > 0 && stringWidth(cut) > room - 1) cut = cut.slice(0, -1);
  return `${cut}…`;
}
