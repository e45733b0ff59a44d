/** Completion, asked as a shell's script asks. */
import { describe, expect, test } from "vitest";
import { folderWith } from "../support/answer.ts";
import { lab, runCommand } from "../support/cli.ts";

async function offered(...words: string[]): Promise<string[]> {
  const result = await lab(["complete", "--", ...words], { cwd: folderWith({}) });
  expect(result).toMatchObject({ code: 0, stderr: "" });
  // A line for each, with its description behind a tab; the last one tells the shell how to use them.
  return result.stdout
    .trimEnd()
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t")[0] ?? "");
}

describe("completion", () => {
  test("offers commands, exercises and options", async () => {
    expect(await offered("wa")).toEqual(["watch"]);
    expect(await offered("check", "08")).toEqual(["08-hashes"]);
    expect(await offered("run", "")).toContain("22-express-stock");
    expect(await offered("check", "--re")).toEqual(["--redis"]);
    expect(await offered("check", "--redis", "")).toEqual(["auto", "testcontainers", "local"]);
    expect(await offered("redis", "--seed", "16")).toEqual(["16-geo"]);
  });

  test.each(["bash", "zsh", "fish", "powershell"])("prints a script for %s", async (shell) => {
    const result = await lab(["complete", shell], { cwd: folderWith({}) });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/\bcomplete\b/);
    expect(result.stdout).toContain("lab");
  });

  test("bash reads its script", async () => {
    const { stdout } = await lab(["complete", "bash"], { cwd: folderWith({}) });
    const folder = folderWith({ "script.bash": stdout });
    const checked = await runCommand("bash", ["-n", "script.bash"], { cwd: folder });
    expect(checked).toMatchObject({ code: 0, stderr: "" });
  });
});
