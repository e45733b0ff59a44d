/** The course as a list to choose from: what a key does to it, and how it is shown. Pure functions of its state. */
import { type Frame, type Key, keyLines, noticeLines, type Size, scrolled, YES_NO_KEYS } from "./frame.ts";
import { type ListRow, markOf, storyOf } from "./list.ts";
import type { Style } from "./style.ts";
import { padded, printable, shortened } from "./text.ts";

const FILTERS = ["all", "open", "passed"] as const;

/** Rows that a page up or down goes past, and one. */
const PAGE = 11;

export interface Chooser {
  readonly rows: readonly ListRow[];
  /** The exercise that the cursor is on. */
  readonly id: string;
  readonly filter: (typeof FILTERS)[number];
  /** What is searched for in names, titles and what they teach. */
  readonly search: string;
  readonly isSearching: boolean;
}

export type ChooserAction =
  | { readonly kind: "leave" }
  | { readonly kind: "go on" | "reset"; readonly id: string };

/** Begins at the current exercise. */
export function newChooser(rows: readonly ListRow[]): Chooser {
  const current = rows.find(({ state }) => state === "current") ?? rows[0];
  return { rows, id: current?.id ?? "", filter: "all", search: "", isSearching: false };
}

/** What a key changes, and what is to be done; `typed` is the character, where the key has one. */
export function pressInChooser(
  chooser: Chooser,
  name: string,
  typed: string,
): { chooser: Chooser; action?: ChooserAction } {
  if (chooser.isSearching) return { chooser: searching(chooser, name, typed) };
  const shown = matching(chooser);
  const at = shown.findIndex(({ id }) => id === chooser.id);
  const to = (index: number) => {
    const row = shown[Math.max(0, Math.min(index, shown.length - 1))];
    return { chooser: row ? { ...chooser, id: row.id } : chooser };
  };
  const moved = scrolled(name, at, PAGE);
  if (moved !== undefined) return to(moved);
  switch (name) {
    case "f": {
      const filter = FILTERS[(FILTERS.indexOf(chooser.filter) + 1) % FILTERS.length] ?? "all";
      return { chooser: onRow({ ...chooser, filter }) };
    }
    case "/":
      return { chooser: { ...chooser, isSearching: true } };
    case "escape":
      return chooser.search
        ? { chooser: onRow({ ...chooser, search: "" }) }
        : { chooser, action: { kind: "leave" } };
    case "q":
    case "l":
      return { chooser, action: { kind: "leave" } };
    case "return":
      return at < 0 ? { chooser } : { chooser, action: { kind: "go on", id: chooser.id } };
    case "r":
      return at < 0 ? { chooser } : { chooser, action: { kind: "reset", id: chooser.id } };
    default:
      return { chooser };
  }
}

function searching(chooser: Chooser, name: string, typed: string): Chooser {
  if (name === "return") return { ...chooser, isSearching: false };
  if (name === "escape") return onRow({ ...chooser, isSearching: false, search: "" });
  if (name === "backspace") return onRow({ ...chooser, search: [...chooser.search].slice(0, -1).join("") });
  return /^[^\p{Cc}]+$/u.test(typed) ? onRow({ ...chooser, search: chooser.search + typed }) : chooser;
}

/** With the cursor on a row that is shown. */
function onRow(chooser: Chooser): Chooser {
  const shown = matching(chooser);
  const isShown = shown.some(({ id }) => id === chooser.id);
  return isShown ? chooser : { ...chooser, id: shown[0]?.id ?? chooser.id };
}

function matching({ rows, filter, search }: Chooser): readonly ListRow[] {
  const wanted = search.toLowerCase();
  return rows.filter(
    ({ id, title, teaches, passedAt }) =>
      (filter === "all" || (passedAt !== undefined) === (filter === "passed")) &&
      [id, title, ...teaches].join("\n").toLowerCase().includes(wanted),
  );
}

const KEYS: readonly Key[] = [
  { key: "↑↓", does: "move" },
  { key: "Enter", does: "go on here" },
  { key: "f", does: "filter" },
  { key: "/", does: "search" },
  { key: "r", does: "reset" },
  { key: "q", does: "back" },
];
const SEARCH_KEYS: readonly Key[] = [
  { key: "Enter", does: "keep" },
  { key: "Esc", does: "all again" },
];

export function renderChooser(
  chooser: Chooser,
  { style, size, notice, question }: { style: Style; size: Size; notice: string; question: string },
): Frame {
  const { chalk } = style;
  const shown = matching(chooser);
  const passed = chooser.rows.filter(({ passedAt }) => passedAt !== undefined).length;
  const search = chooser.search || chooser.isSearching ? `  search: ${printable(chooser.search)}` : "";
  const cursor = chooser.isSearching ? "▏" : "";
  const head = `${passed} of ${chooser.rows.length} passed  showing ${chooser.filter}${search}${cursor}`;
  const at = Math.max(
    0,
    shown.findIndex(({ id }) => id === chooser.id),
  );
  const said = question || notice;
  const below = [
    ...(said ? noticeLines(said, style, size.columns) : [aboutRow(shown[at], style, size.columns)]),
    ...keyLines(question ? YES_NO_KEYS : chooser.isSearching ? SEARCH_KEYS : KEYS, style, size.columns),
  ];
  const room = Math.max(1, size.rows - 1 - below.length);
  const idWidth = Math.max(...chooser.rows.map(({ id }) => id.length));
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), shown.length - room));
  const lines = shown
    .slice(from, from + room)
    .map((row, index) => rowLine(row, { idWidth, isChosen: from + index === at }, style, size.columns));
  if (shown.length === 0) lines.push(chalk.dim("  Nothing is like this: Esc shows all again."));
  const empty = Array.from({ length: Math.max(0, room - lines.length) }, () => "");
  const all = [chalk.bold(head), ...lines, ...empty, ...below].slice(0, size.rows);
  return { lines: all, scroll: 0, bodyRows: room };
}

function rowLine(
  row: ListRow,
  { idWidth, isChosen }: { idWidth: number; isChosen: boolean },
  style: Style,
  columns: number,
): string {
  const points = `${row.score}/${row.maxScore}`.padStart(6);
  const room = Math.max(0, columns - idWidth - points.length - 8);
  const title = padded(shortened(row.title, room, style.signs), room);
  const line = `${isChosen ? ">" : " "} ${markOf(row.state, style)} ${row.id.padEnd(idWidth)}  ${title}  ${points}`;
  return isChosen ? style.chalk.inverse(padded(line, columns - 1)) : line;
}

/** What the chosen one teaches, and what became of it so far. */
function aboutRow(row: ListRow | undefined, { chalk, signs }: Style, columns: number): string {
  if (!row) return "";
  const story = storyOf(row);
  return chalk.dim(
    shortened([row.teaches.join(", "), ...(story ? [story] : [])].join(" — "), columns, signs),
  );
}
