/** The signs of the lab's texts, for terminals with and without Unicode, and as words for who has them read aloud. */

export interface Signs {
  readonly passed: string;
  readonly failed: string;
  readonly skipped: string;
  readonly error: string;
  readonly missing: string;
  readonly current: string;
  /** An exercise that was passed over. */
  readonly over: string;
  /** Before each line of somebody else's text, and between columns. */
  readonly bar: string;
  readonly rule: string;
  readonly underline: string;
  readonly quote: string;
  readonly bullet: string;
  readonly more: string;
  readonly arrow: string;
  /** Of a bar of progress. */
  readonly full: string;
  readonly empty: string;
  readonly down: string;
}

export const UNICODE_SIGNS: Signs = {
  passed: "✔",
  failed: "✘",
  skipped: "–",
  error: "!",
  missing: "·",
  current: "▶",
  over: "»",
  bar: "│",
  rule: "─",
  underline: "═",
  quote: "▌",
  bullet: "•",
  more: "…",
  arrow: "→",
  full: "█",
  empty: "░",
  down: "↓",
};

export const ASCII_SIGNS: Signs = {
  passed: "+",
  failed: "x",
  skipped: "-",
  error: "!",
  missing: ".",
  current: ">",
  over: "*",
  bar: "|",
  rule: "-",
  underline: "=",
  quote: "|",
  bullet: "*",
  more: "...",
  arrow: "->",
  full: "#",
  empty: "-",
  down: "down",
};

export const WORDS: Signs = {
  ...ASCII_SIGNS,
  passed: "passed:",
  failed: "FAILED:",
  skipped: "skipped:",
  error: "ERROR:",
  missing: "missing:",
  current: "current:",
  over: "skipped:",
  bullet: "-",
  arrow: "now:",
};
