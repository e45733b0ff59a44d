import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { makeStyle } from "../../src/report/style.ts";
import { indented, printable } from "../../src/report/text.ts";

describe("text from an answer", () => {
  test.each([
    ["\x1b[31mred", "\\x1b[31mred"],
    ["\x1b]8;;http://evil\x07link", "\\x1b]8;;http://evil\\x07link"],
    ["a\rb\0c\x9bd", "a\\x0db\\x00c\\x9bd"],
    ["\u202eabc", "\\u202eabc"],
    ["two\r\nlines\tand a tab", "two\nlines  and a tab"],
  ])("%j reaches the terminal as %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

describe("wrapping", () => {
  test("keeps every line within the width, also with wide characters and without spaces", () => {
    const text = `${"東京".repeat(40)} ${"x".repeat(150)} words and words and words`;
    for (const line of indented(text, 60, "  │ ").split("\n"))
      expect(stringWidth(line)).toBeLessThanOrEqual(60);
  });
});

describe("colours", () => {
  const style = (environment: NodeJS.ProcessEnv, isTTY = true, noColor = false) =>
    makeStyle({ isTTY, columns: 80, environment, noColor }).chalk.level;

  test.each([
    ["a terminal has them", style({}), 1],
    ["a pipe has none", style({}, false), 0],
    ["NO_COLOR turns them off", style({ NO_COLOR: "1" }), 0],
    ["an empty NO_COLOR does not", style({ NO_COLOR: "" }), 1],
    ["FORCE_COLOR turns them on in a pipe", style({ FORCE_COLOR: "1" }, false), 1],
    ["FORCE_COLOR=0 turns them off", style({ FORCE_COLOR: "0" }), 0],
    ["--no-color is stronger than FORCE_COLOR", style({ FORCE_COLOR: "1" }, true, true), 0],
    ["a dumb terminal has none", style({ TERM: "dumb" }), 0],
  ])("%s", (_name, level, wanted) => {
    expect(level).toBe(wanted);
  });
});
