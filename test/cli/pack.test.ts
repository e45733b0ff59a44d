/** `lab pack`, and what `lab init` writes besides starters. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { list } from "tar";
import { describe, expect, test } from "vitest";
import { folderWith } from "../support/answer.ts";
import { lab, normalised } from "../support/cli.ts";
import { workspaceWith } from "../support/workspace.ts";

async function namesIn(file: string): Promise<string[]> {
  const names: string[] = [];
  await list({ file, onReadEntry: (entry) => names.push(entry.path) });
  return names;
}

describe("lab pack", () => {
  test("packs the answers alone, the same bytes each time, and says what is in it", async () => {
    const folder = await workspaceWith({
      "08-hashes": "exercises/08-hashes/wrong/empty-for-missing",
      "04-cli-basics": "solutions/04-cli-basics",
    });
    mkdirSync(join(folder, ".lab", "kept"), { recursive: true });
    writeFileSync(join(folder, "notes.txt"), "not an answer");
    const result = await lab(["pack"], { cwd: folder });
    expect(result.code).toBe(0);
    const file = join(folder, "redis-lab-answers.tar.gz");
    expect(await namesIn(file)).toEqual([
      "lab.json",
      "04-cli-basics/commands.redis",
      "04-cli-basics/why.md",
      "08-hashes/schools.ts",
    ]);
    const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
    expect(result.stdout).toContain(`sha256:${digest}`);
    expect(normalised(result.stdout).replace(/sha256:.*/, "sha256:…")).toMatchInlineSnapshot(`
      "  04-cli-basics: commands.redis, why.md (2.0 KiB)
        08-hashes: schools.ts (882 bytes)
      2 answers, 25 left out, which are as their starters
      redis-lab-answers.tar.gz  1.6 KiB
      sha256:…
      "
    `);
    const again = await lab(["pack", "--output", "again.tar.gz"], { cwd: folder });
    expect(again.stdout).toContain(`sha256:${digest}`);
  });

  test("only shows what would be in it, where it is asked to", async () => {
    const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/empty-for-missing" });
    const result = await lab(["pack", "--list"], { cwd: folder });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain("08-hashes: schools.ts");
    expect(readdirSync(folder).filter((name) => name.endsWith(".gz"))).toEqual([]);
  });

  test("refuses what no grader would take, an empty hand, and a place that cannot be written", async () => {
    const folder = await workspaceWith();
    const empty = await lab(["pack"], { cwd: folder });
    expect(empty.code).toBe(2);
    expect(empty.stderr).toContain("every exercise is as its starter");
    symlinkSync("/etc/passwd", join(folder, "08-hashes", "link.ts"));
    const linked = await lab(["pack"], { cwd: folder });
    expect(linked.code).toBe(2);
    expect(linked.stderr).toContain("symbolic link");
    const answered = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/empty-for-missing" });
    const nowhere = await lab(["pack", "-o", "no/such/folder/x.tar.gz"], { cwd: answered });
    expect(nowhere.code).toBe(3);
    expect(nowhere.stderr).not.toMatch(/\n\s+at /);
  });
});

describe("lab init", () => {
  test("writes settings for editors and CI, and touches none that is there", async () => {
    const folder = folderWith({ "README.md": "mine" });
    const made = await lab(["init", "."], { cwd: folder });
    expect(made.code).toBe(0);
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("mine");
    const workflow = readFileSync(join(folder, ".github/workflows/redis-lab.yml"), "utf8");
    expect(workflow).toContain("redis-learning-lab@1 grade");
    for (const name of ["package.json", "tsconfig.json", ".vscode/extensions.json"])
      expect(() => JSON.parse(readFileSync(join(folder, name), "utf8"))).not.toThrow();
    expect(readFileSync(join(folder, ".gitignore"), "utf8")).toContain(".lab/");
    expect((await lab(["init", "."], { cwd: folder })).stdout).toContain("nothing was missing");
  });
});
