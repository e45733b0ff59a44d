/** Ctrl-C at any moment: nothing is left running or lying about, and no progress is lost. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWith } from "../support/answer.ts";
import { lab } from "../support/cli.ts";
import { processesOf } from "../support/leftovers.ts";

const TIMES = 100;
const AT_ONCE = 4;

describe("Ctrl-C", () => {
  test(`at ${TIMES} random moments of a grading leaves nothing behind and loses no progress`, async () => {
    const temporary = folderWith({});
    const workspace = folderWith({});
    const env = { TMPDIR: temporary };
    expect((await lab(["init", "."], { cwd: workspace, env })).code).toBe(0);
    const passed = { tries: 3, bestScore: 7, passedAt: "2026-01-01T00:00:00.000Z" };
    const progressFile = join(workspace, ".lab", "progress.json");
    writeFileSync(
      progressFile,
      JSON.stringify({ schema: "redis-lab/progress/v1", exercises: { "01-server": passed } }),
    );

    const codes = new Map<number | null, number>();
    const signals = new Set<NodeJS.Signals | null>();
    const interruptOnce = async (index: number) => {
      const exercise = ["8", "9", "22", "24", "1"][index % 5] ?? "8";
      const result = await lab(["check", exercise], {
        cwd: workspace,
        env,
        onStart: (child) => {
          child.once("exit", (_code, signal) => signals.add(signal));
          // To the whole group, as a terminal does; from before the first line runs until after the verdict.
          setTimeout(
            () => child.pid && child.exitCode === null && process.kill(-child.pid, "SIGINT"),
            Math.random() * 900,
          );
        },
      });
      codes.set(result.code, (codes.get(result.code) ?? 0) + 1);
      expect(result.stderr).not.toMatch(/\n\s+at /);
      const progress = JSON.parse(readFileSync(progressFile, "utf8")) as {
        exercises: Record<string, unknown>;
      };
      if (exercise !== "1")
        expect(progress.exercises["01-server"]).toMatchObject({
          bestScore: passed.bestScore,
          passedAt: passed.passedAt,
        });
    };
    for (let done = 0; done < TIMES; done += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => interruptOnce(done + i)));
    }
    // Some were interrupted, and none ended in any other way than 130, a verdict, or the signal before the lab began.
    expect(codes.get(130)).toBeGreaterThan(TIMES / 4);
    expect([...codes.keys()].filter((code) => code !== 130 && code !== 1 && code !== null)).toEqual([]);
    expect([...signals].filter((signal) => signal !== null && signal !== "SIGINT")).toEqual([]);
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(join(workspace, ".lab"))).toEqual(["progress.json"]);
  }, 180_000);
});
