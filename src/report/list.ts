/** The course as a table. */
import stringWidth from "string-width";
import type { Style } from "./style.ts";

export interface ListRow {
  readonly id: string;
  readonly title: string;
  readonly state: "passed" | "current" | "open";
  readonly score: number;
  readonly maxScore: number;
  readonly tries: number;
}

const MARKS = { passed: "✔", current: "▶", open: " " } as const;

export function renderList(rows: readonly ListRow[], { chalk, width }: Style): string {
  const idWidth = Math.max(...rows.map((row) => row.id.length));
  const passed = rows.filter((row) => row.state === "passed").length;
  const lines = rows.map((row) => {
    const points = `${row.score}/${row.maxScore}`.padStart(7);
    const room = width - idWidth - points.length - 6;
    const paint = row.state === "passed" ? chalk.green : row.state === "current" ? chalk.cyan : chalk.dim;
    const title = shortened(row.title, room);
    return `${paint(MARKS[row.state])} ${row.id.padEnd(idWidth)}  ${title}${" ".repeat(Math.max(0, room - stringWidth(title)))}  ${chalk.dim(points)}`;
  });
  return `${lines.join("\n")}\n\n${passed} of ${rows.length} passed\n`;
}

function shortened(text: string, room: number): string {
  if (stringWidth(text) <= room) return text;
  let cut = text;
  while (cut.length > 0 && stringWidth(cut) > room - 1) cut = cut.slice(0, -1);
  return `${cut}…`;
}
