/** `lab list` in a terminal: choosing where to go on. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lab } from "../support/cli.ts";
import { labInTerminal } from "../support/terminal.ts";
import { passAllBut, workspaceWith } from "../support/workspace.ts";

describe("lab list in a terminal", () => {
  test("goes on with the exercise that is chosen, after a search", async () => {
    const folder = await workspaceWith();
    const terminal = labInTerminal(["list"], { cwd: folder, columns: 60, rows: 20 });
    await terminal.until("> ▶ 01-server");
    terminal.press("/08-h\r");
    await terminal.until("> ");
    terminal.press("\x1b[B\x1b[A\r");
    expect(await terminal.exit).toBe(0);
    expect(terminal.screen()).toContain("Going on with 08-hashes");
    const table = await lab(["list"], { cwd: folder });
    expect(table.stdout).toContain("▶ 08-hashes");
  });

  test("resets an exercise only when asked twice, and keeps what was there", async () => {
    const folder = await workspaceWith({ "08-hashes": "solutions/08-hashes" });
    const file = join(folder, "08-hashes", "schools.ts");
    const own = readFileSync(file, "utf8");
    passAllBut(folder, ["08-hashes"]);
    const terminal = labInTerminal(["list"], { cwd: folder });
    await terminal.until("> ▶ 08-hashes");
    terminal.press("r");
    await terminal.until("Put the starter");
    terminal.press("n");
    await terminal.until((screen) => !screen.includes("Put the starter"));
    expect(readFileSync(file, "utf8")).toBe(own);
    terminal.press("r");
    await terminal.until("Put the starter");
    terminal.press("y");
    await terminal.until("comes back with");
    expect(readFileSync(file, "utf8")).not.toBe(own);
    terminal.press("q");
    expect(await terminal.exit).toBe(0);
    expect((await lab(["reset", "8", "--restore"], { cwd: folder })).code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(own);
  });

  test("shows what is open, what is passed, and all", async () => {
    const folder = await workspaceWith();
    passAllBut(folder, ["08-hashes", "16-geo"]);
    const terminal = labInTerminal(["list"], { cwd: folder, columns: 80, rows: 10 });
    await terminal.until("showing all");
    terminal.press("f");
    const open = await terminal.until("showing open");
    expect(open).toContain("16-geo");
    expect(open).not.toContain("01-server");
    terminal.press("f");
    expect(await terminal.until("showing passed")).not.toContain("16-geo");
    terminal.press("/nothing like it");
    await terminal.until("Nothing is like this");
    terminal.press("\x1b");
    await terminal.until((screen) => !screen.includes("search:"));
    terminal.press("q");
    expect(await terminal.exit).toBe(0);
  });
});
