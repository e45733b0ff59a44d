/** One page of `lab watch`, as lines for a screen of a given size. */
import { pathToFileURL } from "node:url";
import { wrapAnsi } from "fast-wrap-ansi";
import type { Style } from "./style.ts";
import { indented, printable, shortened } from "./text.ts";

export interface Page {
  readonly passed: number;
  readonly total: number;
  /** The file to edit: as it is shown, and where it is. */
  readonly file: { readonly shown: string; readonly path: string };
  /** What is going on: "grading …"; nothing most of the time. */
  readonly status: string;
  /** A line about what just happened, below the body. */
  readonly notice: string;
  /** What is asked, in its place, to be answered by yes or no; "" most of the time. */
  readonly question: string;
  readonly body: string;
  /** Lines of the body that are above the screen; more than there are shows its end. */
  readonly scroll: number;
  readonly keys: readonly Key[];
}

export interface Key {
  readonly key: string;
  readonly does: string;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Frame {
  readonly lines: readonly string[];
  /** The scroll that was possible. */
  readonly scroll: number;
  /** Lines of the body that the screen holds. */
  readonly bodyRows: number;
}

export const YES_NO_KEYS: readonly Key[] = [
  { key: "y", does: "yes" },
  { key: "n", does: "no" },
];

/** Rows that the body has at least; where they are not there, first the rules go, then the progress, then the keys. */
const BODY_AT_LEAST = 5;

export function renderFrame(page: Page, style: Style, size: Size): Frame {
  const { chalk } = style;
  const rule = chalk.dim(style.signs.rule.repeat(size.columns));
  const keys = keyLines(page.question ? YES_NO_KEYS : page.keys, style, size.columns);
  const notice = noticeLines(page.question || page.notice, style, size.columns);
  const file = fileLine(page, style, size.columns);
  const choices = [
    { above: [progressLine(page, style, size.columns), file, rule], below: [...notice, rule, ...keys] },
    { above: [progressLine(page, style, size.columns), file], below: [...notice, ...keys] },
    { above: [file], below: [...notice, ...keys] },
    { above: [file], below: notice },
    // A question is always to be seen with what answers it.
    { above: [], below: page.question ? [...notice, ...keys] : [] },
  ] as const;
  const body = page.body.trimEnd().split("\n");
  const roomIn = ({ above, below }: (typeof choices)[number]) => size.rows - above.length - below.length;
  const choice = choices.find((one) => roomIn(one) >= BODY_AT_LEAST) ?? choices[4];
  const room = Math.max(1, roomIn(choice));
  const scroll = Math.max(0, Math.min(page.scroll, body.length - room));
  const shown = body.slice(scroll, scroll + room);
  const hidden = body.length - scroll - shown.length;
  // The last line makes room for the word that there is more.
  if (hidden > 0) {
    const { more, down } = style.signs;
    const told = `${more} ${hidden + 1} more lines: ${down} or space`;
    shown[shown.length - 1] = chalk.dim(shortened(told, size.columns, style.signs));
  }
  const empty = Array.from({ length: room - shown.length }, () => "");
  const lines = [...choice.above, ...shown, ...empty, ...choice.below];
  return { lines: lines.slice(-size.rows), scroll, bodyRows: room };
}

function progressLine({ passed, total, status }: Page, style: Style, columns: number): string {
  const { chalk, signs } = style;
  const count = `${passed}/${total} passed`;
  // The bar stays as long as it is when something is going on.
  const room = Math.min(40, columns - count.length - 17);
  const told = status ? `  ${chalk.yellow(status)}` : "";
  if (room < 4) return shortened(status || count, columns, signs);
  const done = total === 0 ? 0 : Math.round((passed / total) * room);
  const bar = chalk.green(signs.full.repeat(done)) + chalk.dim(signs.empty.repeat(room - done));
  return `${bar} ${count}${told}`;
}

/** A link that the terminal opens, where it can. */
function fileLine({ file }: Page, { chalk, signs }: Style, columns: number): string {
  const room = columns - "Edit: ".length;
  const shown =
    file.shown.length > room ? `${signs.more}${file.shown.slice(signs.more.length - room)}` : file.shown;
  const link = chalk.level === 0 ? shown : hyperlink(chalk.underline(shown), pathToFileURL(file.path).href);
  return `Edit: ${link}`;
}

/** OSC 8; a terminal that does not know it shows the text alone. */
function hyperlink(text: string, url: string): string {
  return `\x1b]8;;${url}\x1b\\${text}\x1b]8;;\x1b\\`;
}

/** What just happened, in as many lines as it needs. */
export function noticeLines(notice: string, { chalk }: Style, columns: number): string[] {
  if (!notice) return [];
  return indented(printable(notice), columns, "")
    .split("\n")
    .map((line) => chalk.cyan(line));
}

export function keyLines(keys: readonly Key[], { chalk }: Style, columns: number): string[] {
  // A key and its word stay together on a line.
  const glued = keys.map(({ key, does }) => `${chalk.bold(key)}\u00a0${does.replaceAll(" ", "\u00a0")}`);
  return wrapAnsi(glued.join("  "), columns)
    .split("\n")
    .map((line) => line.replaceAll("\u00a0", " "));
}

/** The line that a body begins with after a key, which began with `from` and shows `rows`; undefined for other keys. */
export function scrolled(key: string, from: number, rows: number): number | undefined {
  const page = Math.max(1, rows - 1);
  switch (key) {
    case "up":
    case "k":
      return from - 1;
    case "down":
    case "j":
      return from + 1;
    case "pageup":
    case "b":
      return from - page;
    case "pagedown":
    case "space":
      return from + page;
    case "home":
      return 0;
    case "end":
      return Number.MAX_SAFE_INTEGER;
    default:
      return undefined;
  }
}
