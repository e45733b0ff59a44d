/** kill -9 at any moment of what writes in a workspace: progress and answers are whole every time. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWith } from "../support/answer.ts";
import { lab } from "../support/cli.ts";
import { processesOf } from "../support/leftovers.ts";

/** LAB_TEST_KILLS=200 takes a minute and a half. */
const TIMES = Number(process.env.LAB_TEST_KILLS ?? 48);
const AT_ONCE = 4;
const FILE = join("08-hashes", "schools.ts");
const COMMANDS = [["next"], ["watch"], ["reset", "8"], ["reset", "8", "--restore"]] as const;

async function workspace(): Promise<string> {
  const folder = folderWith({});
  expect((await lab(["init", "."], { cwd: folder })).code).toBe(0);
  const progress = {
    schema: "redis-lab/progress/v1",
    current: "08-hashes",
    exercises: { "01-server": { tries: 3, bestScore: 7, passedAt: "2026-01-01T00:00:00.000Z" } },
  };
  writeFileSync(join(folder, ".lab", "progress.json"), JSON.stringify(progress));
  return folder;
}

/** The texts of an exercise's file that are there: in its place, and among what was kept. */
function textsIn(folder: string): string[] {
  const kept = join(folder, ".lab", "kept", "hashes");
  const copies = existsSync(kept) ? readdirSync(kept).map((copy) => join(kept, copy, "schools.ts")) : [];
  return [join(folder, FILE), ...copies].filter(existsSync).map((file) => readFileSync(file, "utf8"));
}

describe("kill -9", () => {
  test(`at ${TIMES} random moments loses neither progress nor an answer`, async () => {
    const temporary = folderWith({});
    const folders = await Promise.all(Array.from({ length: AT_ONCE }, workspace));
    const starter = readFileSync(join(folders[0] as string, FILE), "utf8");
    let killed = 0;

    const killOnce = async (index: number) => {
      const folder = folders[index % AT_ONCE] as string;
      const command = COMMANDS[Math.floor(index / AT_ONCE) % COMMANDS.length] as (typeof COMMANDS)[number];
      const own = `${starter}// of the student: ${index}\n`;
      if (command[0] === "reset" && command.length === 2) {
        mkdirSync(join(folder, "08-hashes"), { recursive: true });
        writeFileSync(join(folder, FILE), own);
      }
      const before = textsIn(folder);
      const result = await lab(command, {
        cwd: folder,
        env: { TMPDIR: temporary },
        onStart: (child) => {
          const after = Math.random() * (command[0] === "watch" ? 1_500 : 700);
          setTimeout(() => {
            if (child.exitCode === null && child.pid) process.kill(child.pid, "SIGKILL");
          }, after);
        },
      });
      if (result.code === null) killed++;
      const progress = JSON.parse(readFileSync(join(folder, ".lab", "progress.json"), "utf8"));
      expect(progress.exercises["01-server"]).toMatchObject({ bestScore: 7, tries: 3 });
      // Every text of the student's is somewhere, and no file is half written.
      const now = textsIn(folder);
      for (const text of now) expect(text.startsWith(starter)).toBe(true);
      for (const text of before) if (text !== starter) expect(now).toContain(text);
      expect(readdirSync(join(folder, ".lab")).filter((name) => name.includes("unreadable"))).toEqual([]);
    };
    for (let done = 0; done < TIMES; done += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => killOnce(done + i)));
    expect(killed).toBeGreaterThan(TIMES / 3);

    // The next lab clears away what they could not, and goes on.
    for (const folder of folders) {
      const next = await lab(["next"], { cwd: folder, env: { TMPDIR: temporary } });
      expect(next.code).toBe(1);
      expect(next.stdout).toContain("08-hashes");
    }
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  }, 300_000);
});
