/** What goes wrong in a student's folder, and how the lab takes it. */
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lab } from "../support/cli.ts";
import { passAllBut, workspaceWith } from "../support/workspace.ts";

const progressOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, ".lab", "progress.json"), "utf8")) as {
    exercises: Record<string, { tries: number }>;
  };

describe("what tools put beside an answer", () => {
  test("is no part of it: swap, lock, save and backup files of editors", async () => {
    const folder = await workspaceWith({ "08-hashes": "solutions/08-hashes" });
    const answer = join(folder, "08-hashes");
    for (const name of [".schools.ts.swp", "#schools.ts#", "schools.ts~", "schools.ts___jb_tmp___", "4913"])
      writeFileSync(join(answer, name), "not yours\0");
    symlinkSync("me@here.1234:5678", join(answer, ".#schools.ts"));
    expect((await lab(["check", "8"], { cwd: folder })).code).toBe(0);
    const packed = await lab(["pack", "--list"], { cwd: folder });
    expect(packed.stdout).toContain("08-hashes: schools.ts, why.md (");
  });
});

describe("a try", () => {
  test("is none where nothing was written yet, or nothing is there", async () => {
    const folder = await workspaceWith();
    expect((await lab(["check", "8"], { cwd: folder })).code).toBe(1);
    rmSync(join(folder, "09-async"), { recursive: true });
    expect((await lab(["check", "9"], { cwd: folder })).code).toBe(1);
    expect((await lab(["list"], { cwd: folder })).stdout).not.toContain("1 try");
    writeFileSync(join(folder, "08-hashes", "schools.ts"), "export const a = 1;\n");
    expect((await lab(["check", "8"], { cwd: folder })).code).toBe(1);
    expect(progressOf(folder).exercises["08-hashes"]?.tries).toBe(1);
  });
});

describe("an answer that is not where it should be", () => {
  test("that is gone comes back with the command that the verdict names", async () => {
    const folder = await workspaceWith();
    rmSync(join(folder, "08-hashes"), { recursive: true });
    expect((await lab(["check", "8"], { cwd: folder })).stdout).toContain("lab reset 08-hashes");
    expect((await lab(["reset", "08-hashes"], { cwd: folder })).code).toBe(0);
    expect(readFileSync(join(folder, "08-hashes", "schools.ts"), "utf8")).toContain("TODO");
  });

  test("that has the number of an older course is found by its name, by every command", async () => {
    for (const command of [
      ["check", "8"],
      ["pack", "--list"],
      ["reset", "8", "--list"],
    ]) {
      const folder = await workspaceWith({ "08-hashes": "solutions/08-hashes" });
      renameSync(join(folder, "08-hashes"), join(folder, "31-hashes"));
      expect((await lab(command, { cwd: folder })).code, command.join(" ")).toBe(0);
      expect(readFileSync(join(folder, "08-hashes", "schools.ts"), "utf8")).toContain("hSet");
    }
  });

  test("that is reset from its own folder says where to go", async () => {
    const folder = await workspaceWith({ "08-hashes": "solutions/08-hashes" });
    const answer = join(folder, "08-hashes");
    const result = await lab(["reset", "8"], { cwd: answer });
    expect(result.stderr).toContain(`cd ${JSON.stringify(answer)}`);
  });
});

describe("a workspace", () => {
  test("is completed by lab init from anywhere in it, and has no other one made inside of it", async () => {
    const folder = await workspaceWith();
    rmSync(join(folder, "01-server"), { recursive: true });
    const result = await lab(["init"], { cwd: join(folder, "08-hashes") });
    expect(result.stdout.replaceAll("\n", " ")).toContain(`Workspace ${folder}: 1 starters written`);
    expect(readFileSync(join(folder, "01-server", "redis.conf"), "utf8")).toContain("TODO");
  });

  test("of a newer lab is not changed by lab init", async () => {
    const folder = await workspaceWith();
    const newer = '{"schema":"redis-lab/workspace/v2","mine":1}';
    writeFileSync(join(folder, "lab.json"), newer);
    const result = await lab(["init", "."], { cwd: folder });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("update the lab");
    expect(readFileSync(join(folder, "lab.json"), "utf8")).toBe(newer);
  });

  test("with progress of a newer lab is told about by the doctor with what mends it", async () => {
    const folder = await workspaceWith();
    mkdirSync(join(folder, ".lab"), { recursive: true });
    writeFileSync(join(folder, ".lab", "progress.json"), '{"schema":"redis-lab/progress/v2"}');
    const result = await lab(["doctor"], { cwd: folder });
    expect(result.stdout).toContain("mend it: npm install redis-learning-lab@latest");
  });
});

describe("an exercise that is passed", () => {
  test("is half of the course only once", async () => {
    const folder = await workspaceWith({ "04-cli-basics": "solutions/04-cli-basics" });
    const open = ["02-memory", "03-persistence", "04-cli-basics", "05-cli-types", "06-connect", "07-strings"];
    passAllBut(folder, [
      ...open,
      "08-hashes",
      "09-async",
      "10-entities",
      "11-lists",
      "12-sets",
      "13-sorted-sets",
      "14-bitmaps",
      "15-hyperloglog",
    ]);
    expect((await lab(["check", "4"], { cwd: folder })).stdout).toContain("Halfway: 14 of 27");
    expect((await lab(["check", "4"], { cwd: folder })).stdout).not.toContain("Halfway");
  });
});

describe("a copy to restore", () => {
  test("is not taken for the number of an exercise", async () => {
    const folder = await workspaceWith({ "01-server": "solutions/01-server" });
    expect((await lab(["reset", "1"], { cwd: folder })).code).toBe(0);
    const result = await lab(["reset", "--restore", "8"], { cwd: folder });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("lab reset EXERCISE --restore");
    expect(readFileSync(join(folder, "01-server", "redis.conf"), "utf8")).toContain("TODO");
  });
});

describe("an archive", () => {
  test("lies in the workspace, and never in an answer", async () => {
    const folder = await workspaceWith({ "01-server": "solutions/01-server" });
    const inside = join(folder, "01-server");
    expect((await lab(["pack"], { cwd: inside })).code).toBe(0);
    expect(readFileSync(join(folder, "redis-lab-answers.tar.gz")).length).toBeGreaterThan(100);
    const refused = await lab(["pack", "-o", "mine.tgz"], { cwd: inside });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("would be a part of the answer to 01-server");
  });
});
