/** How text looks: colours where they are wanted, widths, and nothing that a student's text could do to a terminal. */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from "chalk";
import wrapAnsi from "wrap-ansi";

export interface Style {
  readonly chalk: ChalkInstance;
  /** Columns to fill. */
  readonly width: number;
}

export interface StyleInput {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** `--no-color` was given. */
  readonly noColor: boolean;
}

/** Text without a terminal is made for 80 columns; a very wide terminal is not filled, to stay readable. */
export function makeStyle(input: StyleInput): Style {
  const columns = input.columns ?? (Number(input.environment.COLUMNS) || 80);
  return { chalk: new Chalk({ level: colorLevel(input) }), width: Math.max(40, Math.min(columns, 120)) };
}

function colorLevel({ isTTY, environment, noColor }: StyleInput): ColorSupportLevel {
  // https://no-color.org and https://force-color.org: set and not empty counts; the option is stronger than both.
  if (noColor || environment.NO_COLOR) return 0;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined && forced !== "") {
    return forced === "0" || forced === "false" ? 0 : forced === "2" ? 2 : forced === "3" ? 3 : 1;
  }
  if (!isTTY || environment.TERM === "dumb") return 0;
  return environment.COLORTERM === "truecolor" ? 3 : 1;
}

/**
 * Text that came from an answer, with every control character made visible: no escape sequence, hyperlink or
 * change of writing direction reaches the terminal. Line breaks stay.
 */
export function printable(text: string): string {
  return text
    .replaceAll("\t", "  ")
    .replaceAll("\r\n", "\n")
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu, (char) => {
      if (char === "\n") return char;
      const code = char.codePointAt(0) ?? 0;
      return code < 0x100
        ? `\\x${code.toString(16).padStart(2, "0")}`
        : `\\u${code.toString(16).padStart(4, "0")}`;
    });
}

/** Wraps to `width`, each line after `first`/`rest` as its beginning. */
export function indented(text: string, width: number, first: string, rest = first): string {
  const room = Math.max(20, width - rest.length);
  const lines = text
    .split("\n")
    .flatMap((line) => wrapAnsi(line, room, { hard: true, trim: false }).split("\n"));
  return lines.map((line, index) => `${index === 0 ? first : rest}${line}`.trimEnd()).join("\n");
}
