/** The course as a table. */
import stringWidth from "fast-string-width";
import { wrapAnsi } from "fast-wrap-ansi";
import { localTime } from "../system/local-time.ts";
import type { Style } from "./style.ts";
import { indented, padded, shortened } from "./text.ts";

export interface ListRow {
  readonly id: string;
  readonly title: string;
  /** Objectives, features and uses, in a few words each. */
  readonly teaches: readonly string[];
  readonly state: "passed" | "current" | "skipped" | "open";
  readonly score: number;
  readonly maxScore: number;
  readonly tries: number;
  /** ISO time of the last pass. */
  readonly passedAt: string | undefined;
  /** The solution was shown before a pass. */
  readonly revealed: boolean;
}

export function markOf(state: ListRow["state"], { signs }: Style): string {
  return { passed: signs.passed, current: signs.current, skipped: signs.over, open: " " }[state];
}

export function renderList(rows: readonly ListRow[], style: Style): string {
  const { chalk, width, signs } = style;
  const idWidth = Math.max(...rows.map((row) => row.id.length));
  const passed = rows.filter((row) => row.passedAt !== undefined).length;
  const lines = rows.flatMap((row) => {
    if (style.isPlain) return indented(sentencesOf(row, style), width, "", "  ").split("\n");
    const points = `${row.score}/${row.maxScore}`.padStart(7);
    const mark = markOf(row.state, style);
    const indent = " ".repeat(stringWidth(mark) + idWidth + 3);
    const room = width - indent.length - points.length - 2;
    const paint = row.state === "passed" ? chalk.green : row.state === "current" ? chalk.cyan : chalk.dim;
    const line = `${paint(mark)} ${row.id.padEnd(idWidth)}  ${padded(shortened(row.title, room, signs), room)}  ${chalk.dim(points)}`;
    const teaches = wrapAnsi(row.teaches.join(", "), width - indent.length).split("\n");
    const story = storyOf(row);
    const below = [...teaches, ...(story ? wrapAnsi(story, width - indent.length).split("\n") : [])];
    return [line, ...below.filter(Boolean).map((text) => indent + chalk.dim(text))];
  });
  return `${lines.join("\n")}\n\n${passed} of ${rows.length} passed\n`;
}

/** For who has it read aloud. */
function sentencesOf(row: ListRow, { signs }: Style): string {
  const { id, title, teaches, state, score, maxScore } = row;
  const marks = { passed: signs.passed, current: signs.current, skipped: signs.over, open: "open:" };
  const story = storyOf(row);
  return [
    `${marks[state]} ${id}, ${title}.`,
    `${score} of ${maxScore} points.`,
    `Teaches ${teaches.join(", ")}.`,
    ...(story ? [`${story}.`] : []),
  ].join(" ");
}

/** What became of it so far; nothing where it was not begun. */
export function storyOf({ state, tries, passedAt, revealed }: ListRow): string {
  const told = [
    ...(tries > 0 ? [`${tries} ${tries === 1 ? "try" : "tries"}`] : []),
    ...(passedAt ? [`last passed ${dayAndMinute(passedAt)}`] : []),
    ...(state === "skipped" ? ["skipped"] : []),
    ...(revealed ? ["solution seen before the pass"] : []),
  ];
  return told.join(", ");
}

function dayAndMinute(isoTime: string): string {
  return localTime(new Date(isoTime)).slice(0, "2026-03-14T15:09".length).replace("T", " ");
}
