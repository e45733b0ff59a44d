/** Text on its way to a terminal: made harmless, wrapped, indented. */
import stringWidth from "fast-string-width";
import { wrapAnsi } from "fast-wrap-ansi";
import type { Signs } from "./signs.ts";

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

/** With spaces up to `room` columns; text that is wider stays as it is. */
export function padded(text: string, room: number): string {
  return text + " ".repeat(Math.max(0, room - stringWidth(text)));
}

/** Cut to `room` columns, where it is wider, with `more` for what is left out. */
export function shortened(text: string, room: number, { more }: Signs): string {
  if (stringWidth(text) <= room) return text;
  let cut = text;
  while (cut.length > 0 && stringWidth(cut) > room - more.length) cut = cut.slice(0, -1);
  return `${cut}${more}`;
}

/** Wraps to `width`, each line after `first`/`rest` as its beginning; a word that is longer is broken. */
export function indented(text: string, width: number, first: string, rest = first): string {
  const lines = wrapped(text, Math.max(1, width - stringWidth(rest)), true);
  return lines.map((line, index) => `${index === 0 ? first : rest}${line}`.trimEnd()).join("\n");
}

/** Wraps prose to `width`; a word that is longer stays whole, so that an address can be clicked and copied. */
export function prose(text: string, width: number): string {
  return wrapped(text, width, false)
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Leading spaces of a line itself stay; the space at which it was broken goes. */
function wrapped(text: string, room: number, hard: boolean): string[] {
  return text.split("\n").flatMap((line) => {
    const [first = "", ...rest] = wrapAnsi(line, room, { hard, trim: false }).split("\n");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are repeated before the space
    return [first, ...rest.map((one) => one.replace(/^((?:\x1b\[[\d;]*m)*) /, "$1"))];
  });
}
