/** How text looks: colours where they are wanted, and the width to fill. */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from "chalk";
import hasUnicode from "is-unicode-supported";
import { ASCII_SIGNS, type Signs, UNICODE_SIGNS, WORDS } from "./signs.ts";

export interface Style {
  readonly chalk: ChalkInstance;
  /** Columns to fill. */
  readonly width: number;
  readonly signs: Signs;
  /** For who has it read aloud: words for signs, no pages that are painted over, no tables. */
  readonly isPlain: boolean;
}

export interface StyleInput {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** `--no-color` was given. */
  readonly noColor: boolean;
  /** `--plain` was given. */
  readonly plain?: boolean;
}

/** Text without a terminal is made for 80 columns; a very wide terminal is not filled, to stay readable. */
export function makeStyle(input: StyleInput): Style {
  const columns = input.columns ?? (Number(input.environment.COLUMNS) || 80);
  const isPlain = input.plain ?? Boolean(input.environment.LAB_PLAIN);
  return {
    chalk: new Chalk({ level: isPlain ? 0 : colorLevel(input) }),
    width: fittingWidth(columns),
    signs: isPlain ? WORDS : !input.isTTY || hasUnicode() ? UNICODE_SIGNS : ASCII_SIGNS,
    isPlain,
  };
}

/** The same for a page of other `columns`, which are never passed: a page does not wrap by itself. */
export function withColumns(style: Style, columns: number): Style {
  return { ...style, width: Math.min(columns, 120) };
}

function fittingWidth(columns: number): number {
  return Math.max(40, Math.min(columns, 120));
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
