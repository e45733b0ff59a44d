/** Transcripts of the commands, whole, as a user sees them. `npx vitest run test/cli/golden -u` writes them anew. */
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWith } from "../support/answer.ts";
import { type CliResult, lab, normalised } from "../support/cli.ts";
import { passAllBut, workspaceWith } from "../support/workspace.ts";

const root = join(import.meta.dirname, "..", "..");

/** Everything of a run in one text: what was typed, the exit code, both streams. */
function transcript(
  args: readonly string[],
  result: CliResult,
  folders: Readonly<Record<string, string>>,
): string {
  const parts = [["$ lab", ...args].join(" "), `exit code ${result.code}`];
  if (result.stdout) parts.push("--- stdout", result.stdout.trimEnd());
  if (result.stderr) parts.push("--- stderr", result.stderr.trimEnd());
  return `${normalised(parts.join("\n"), { ...folders, project: root })}\n`;
}

async function expectTranscript(
  name: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const result = await lab(args, { cwd, env });
  await expect(transcript(args, result, { folder: cwd })).toMatchFileSnapshot(`golden/${name}.txt`);
  return result;
}

describe("without a workspace", () => {
  test("help tells the commands, examples and exit codes", async () => {
    const result = await expectTranscript("help", ["--help"], folderWith({}));
    expect(result.code).toBe(0);
  });

  test("list shows the course", () => expectTranscript("list-no-workspace", ["list"], folderWith({})));

  test("check says how to make one", async () => {
    expect((await expectTranscript("check-no-workspace", ["check", "8"], folderWith({}))).code).toBe(2);
  });

  test("the first run makes one, shows the first lesson and grades its starter", async () => {
    const folder = folderWith({});
    expect((await expectTranscript("first-run", [], folder)).code).toBe(0);
    expect((await lab(["list"], { cwd: folder })).stdout).toContain("▶ 01-server");
  });
});

describe("in a workspace", () => {
  test("a failed check says what was required, done, expected and got", async () => {
    const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/json-string" });
    const result = await expectTranscript("check-failed", ["check", "8", "--seed", "golden"], folder);
    expect(result.code).toBe(1);
  });

  test("plain text says in words what signs and tables show", async () => {
    const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/empty-for-missing" });
    await expectTranscript("plain-check", ["check", "8", "--seed", "golden", "--plain"], folder);
    await expectTranscript("plain-show", ["show", "8", "--plain"], folder);
    await expectTranscript("plain-list", ["list"], folder, { LAB_PLAIN: "1" });
  });

  test("a trace shows what Redis received in every check", async () => {
    const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/empty-for-missing" });
    await expectTranscript("check-trace", ["check", "8", "--seed", "golden", "--trace"], folder);
  });

  test("next goes from lesson to lesson, and list shows how far", async () => {
    const folder = await workspaceWith({ "01-server": "solutions/01-server" });
    passAllBut(folder, ["01-server", "04-cli-basics"]);
    expect((await expectTranscript("next-passed", ["next"], folder)).code).toBe(0);
    expect((await expectTranscript("next-failed", ["next"], folder)).code).toBe(1);
    await expectTranscript("list-progress", ["list"], folder);
  });

  test("next says when the course is finished", async () => {
    const folder = await workspaceWith({ "01-server": "solutions/01-server" });
    passAllBut(folder, ["01-server"]);
    expect((await lab(["check", "1"], { cwd: folder })).code).toBe(0);
    expect((await expectTranscript("next-finished", ["next"], folder)).code).toBe(0);
  });

  test("hints come one by one, and all again after the last", async () => {
    const folder = await workspaceWith();
    for (const name of ["hint-first", "hint-second"])
      await expectTranscript(name, ["hint", "hashes"], folder);
    for (let count = 3; count <= 4; count++) await lab(["hint", "hashes"], { cwd: folder });
    await expectTranscript("hint-all", ["hint", "hashes"], folder);
    expect((await expectTranscript("hint-seen-none", ["hint", "9", "--seen"], folder)).code).toBe(0);
  });

  test("a hint is offered when the same check failed three times", async () => {
    const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/json-string" });
    const check = () => lab(["check", "8"], { cwd: folder });
    expect((await check()).stdout).not.toContain("lab hint");
    expect((await check()).stdout).not.toContain("lab hint");
    expect((await check()).stdout).toContain("`lab hint 8` shows hint 1 of 4");
  });

  test("a solution is shown after a pass, or when it was asked for, which the list tells", async () => {
    const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/json-string" });
    expect((await expectTranscript("solution-too-early", ["solution", "8"], folder)).code).toBe(2);
    await expectTranscript("solution", ["solution", "8", "--reveal"], folder);
    expect((await lab(["list"], { cwd: folder })).stdout).toContain("solution seen before the pass");
    cpSync(join(root, "solutions/09-async"), join(folder, "09-async"), { recursive: true });
    passAllBut(folder, []);
    await expectTranscript("solution-the-same", ["solution", "9"], folder);
  });

  test("reset keeps the answer, and brings it back", async () => {
    const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/json-string" });
    await expectTranscript("reset-nothing-kept", ["reset", "8", "--list"], folder);
    expect((await expectTranscript("reset-no-copy", ["reset", "8", "--restore"], folder)).code).toBe(2);
    await expectTranscript("reset", ["reset", "8"], folder);
    await expectTranscript("reset-list", ["reset", "8", "--list"], folder);
    expect(
      (await expectTranscript("reset-unknown-copy", ["reset", "8", "--restore", "1999"], folder)).code,
    ).toBe(2);
    await expectTranscript("reset-restore", ["reset", "8", "--restore"], folder);
    expect(readFileSync(join(folder, "08-hashes", "schools.ts"), "utf8")).toContain("JSON.stringify");
  });

  test("next --skip goes on, and comes back when only skipped ones are left", async () => {
    const folder = await workspaceWith();
    passAllBut(folder, ["04-cli-basics", "08-hashes"]);
    await expectTranscript("next-skip", ["next", "--skip"], folder);
    await expectTranscript("next-skip-last", ["next", "--skip"], folder);
    const list = (await lab(["list"], { cwd: folder })).stdout;
    expect(list).toContain("▶ 04-cli-basics");
    expect(list).toContain("» 08-hashes");
  });

  test("init completes what is missing and touches nothing else", async () => {
    const folder = await workspaceWith();
    rmSync(join(folder, "09-async"), { recursive: true });
    await expectTranscript("init-again", ["init", "."], folder);
  });
});

describe("grading", () => {
  test("one submission shows every exercise and what is wrong with it", async () => {
    const folder = await workspaceWith({
      "08-hashes": "exercises/08-hashes/wrong/values-only",
      "01-server": "solutions/01-server",
    });
    rmSync(join(folder, "22-express-stock"), { recursive: true });
    const result = await expectTranscript(
      "grade-one",
      ["grade", ".", "--jobs", "2", "--seed", "golden"],
      folder,
    );
    expect(result.code).toBe(1);
  });

  test("several show a line each", async () => {
    const folder = folderWith({});
    for (const [name, from] of [
      ["alice", "solutions/08-hashes"],
      ["bob", "exercises/08-hashes/wrong/json-string"],
    ] as const) {
      cpSync(join(root, from), join(folder, name, "08-hashes"), { recursive: true });
    }
    mkdirSync(join(folder, "carol"));
    const args = ["grade", ".", "--exercise", "8", "--seed", "golden"];
    expect((await expectTranscript("grade-several", args, folder)).code).toBe(1);
  });
});

describe("wrong usage", () => {
  const folder = () => folderWith({ "empty/readme.txt": "" });
  test.each([
    ["unknown-command", ["chek"]],
    ["unknown-option", ["check", "--sed"]],
    ["unknown-exercise", ["show", "hasehs"]],
    ["ambiguous-exercise", ["show", "s"]],
    ["unknown-redis", ["check", "--redis", "moon"]],
    ["unknown-report", ["grade", "--report", "paper"]],
    ["jobs-zero", ["grade", "--jobs", "0"]],
    ["grade-nothing", ["grade", "nowhere"]],
    ["grade-no-submission", ["grade", "empty"]],
    ["grade-file", ["grade", "empty/readme.txt"]],
    ["course-new-bad-name", ["course", "new", "Bad Name"]],
  ])("%s is told with what to do next", async (name, args) => {
    expect((await expectTranscript(`usage-${name}`, args, folder())).code).toBe(2);
  });
});
