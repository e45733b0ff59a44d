import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExerciseResult } from "../../src/grading/result.ts";
import { currentExercise, readProgress, withResult, writeProgress } from "../../src/workspace/progress.ts";
import { folderWith } from "../support/answer.ts";

const result = (id: string, status: ExerciseResult["status"], score: number): ExerciseResult => ({
  id,
  title: id,
  status,
  score,
  maxScore: 10,
  durationMs: 1,
  checks: [],
});
const quiet = () => {};

describe("progress", () => {
  test("remembers tries, the best score and the first pass", async () => {
    const workspace = { folder: folderWith({}) };
    let progress = readProgress(workspace, quiet);
    progress = withResult(progress, result("01-a", "failed", 4));
    progress = withResult(progress, result("01-a", "passed", 10), new Date(1_000));
    progress = withResult(progress, result("01-a", "failed", 2), new Date(2_000));
    await writeProgress(workspace, progress);
    expect(readProgress(workspace, quiet).exercises).toEqual({
      "01-a": { tries: 3, bestScore: 10, passedAt: new Date(1_000).toISOString() },
    });
  });

  test("is at the first exercise that was not passed", () => {
    const passed = withResult(
      { schema: "redis-lab/progress/v1", exercises: {} },
      result("01-a", "passed", 10),
    );
    expect(currentExercise(passed, ["01-a", "02-b"])).toBe("02-b");
    expect(currentExercise(passed, ["01-a"])).toBeUndefined();
  });

  test.each(["", "{", '{"schema":"other"}', '{"schema":"redis-lab/progress/v1","exercises":[]}', "\0\0"])(
    "that cannot be read (%j) is set aside and said, never replaced",
    (content) => {
      const workspace = { folder: folderWith({}) };
      mkdirSync(join(workspace.folder, ".lab"));
      writeFileSync(join(workspace.folder, ".lab", "progress.json"), content);
      const said: string[] = [];
      expect(readProgress(workspace, (line) => void said.push(line)).exercises).toEqual({});
      const [aside] = readdirSync(join(workspace.folder, ".lab"));
      expect(aside).toMatch(/^progress\.unreadable-.*\.json$/);
      expect(readFileSync(join(workspace.folder, ".lab", aside ?? ""), "utf8")).toBe(content);
      expect(said.join()).toContain("is kept as");
    },
  );

  test("leaves no temporary file behind", async () => {
    const workspace = { folder: folderWith({}) };
    await writeProgress(workspace, readProgress(workspace, quiet));
    expect(readdirSync(join(workspace.folder, ".lab"))).toEqual(["progress.json"]);
    expect(existsSync(join(workspace.folder, ".lab", "progress.json"))).toBe(true);
  });
});
