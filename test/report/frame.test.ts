/** A page of `lab watch`, whole, in every size of terminal. */
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { type Page, renderFrame } from "../../src/report/frame.ts";
import { makeStyle } from "../../src/report/style.ts";

const plain = makeStyle({ isTTY: false, columns: 80, environment: {}, noColor: true });
const coloured = makeStyle({ isTTY: true, columns: 80, environment: { FORCE_COLOR: "1" }, noColor: false });

const page: Page = {
  passed: 3,
  total: 12,
  file: { shown: "workspace/08-hashes/schools.ts", path: "/home/me/workspace/08-hashes/schools.ts" },
  status: "grading …",
  notice: "",
  question: "",
  body: Array.from({ length: 40 }, (_, line) => `line ${line + 1}`).join("\n"),
  scroll: 0,
  keys: [
    { key: "n", does: "next" },
    { key: "h", does: "hint" },
    { key: "q", does: "quit" },
  ],
};

describe("a page", () => {
  test("in colours", async () => {
    const { lines } = renderFrame(page, coloured, { columns: 60, rows: 12 });
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("golden/frame-colour.txt");
  });

  test("fills the rows exactly and no line is wider than the columns, also in the smallest terminal", () => {
    for (const columns of [20, 60, 80, 120]) {
      for (const rows of [1, 2, 3, 5, 6, 8, 9, 10, 24, 60]) {
        const { lines } = renderFrame({ ...page, notice: "said" }, plain, { columns, rows });
        expect(lines.length).toBe(rows);
        const asking = renderFrame({ ...page, question: "Really?" }, plain, { columns, rows }).lines;
        expect(asking.length).toBe(rows);
        expect(asking.at(-1)).toBe("y yes  n no");
        if (rows > 1) expect(asking.slice(-3).join("\n")).toContain("Really?");
        const chrome = lines.filter((line) => !line.startsWith("line "));
        for (const line of chrome) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      }
    }
  });

  test("scrolls no further than its end, and says how much is below", () => {
    const at = (scroll: number) => renderFrame({ ...page, scroll }, plain, { columns: 80, rows: 14 });
    expect(at(0).lines).toContain("… 32 more lines: ↓ or space");
    expect(at(5).lines).toContain("line 6");
    const end = at(1_000);
    expect(end.lines).toContain("line 40");
    expect(end.lines.join("\n")).not.toContain("more lines");
    expect(at(-3).scroll).toBe(0);
    expect(end.scroll).toBe(40 - end.bodyRows);
  });

  test("ends a file's name that is too long with its last part", () => {
    const path = `/home/me/${"very-long/".repeat(20)}schools.ts`;
    const { lines } = renderFrame({ ...page, file: { shown: path, path } }, plain, { columns: 60, rows: 20 });
    const line = lines.find((one) => one.startsWith("Edit: "));
    expect(line).toMatch(/^Edit: ….*schools\.ts$/);
    expect(stringWidth(line ?? "")).toBe(60);
  });
});
