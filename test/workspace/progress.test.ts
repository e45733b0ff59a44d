import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExerciseResult } from "../../src/grading/result.ts";
import {
  currentExercise,
  progressOf,
  readProgress,
  updateProgress,
  withNote,
  withResult,
} from "../../src/workspace/progress.ts";
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
const EMPTY = { schema: "redis-lab/progress/v1", exercises: {} } as const;

describe("progress", () => {
  test("remembers tries, the best score and the first pass", async () => {
    const workspace = { folder: folderWith({}) };
    const graded = (status: ExerciseResult["status"], score: number, at: number) =>
      updateProgress(workspace, quiet, (before) =>
        withResult(before, result("01-a", status, score), new Date(at)),
      );
    await graded("failed", 4, 0);
    await graded("passed", 10, 1_000);
    await graded("failed", 2, 2_000);
    await graded("passed", 10, 3_000);
    expect(readProgress(workspace, quiet).exercises).toEqual({
      "01-a": {
        tries: 4,
        bestScore: 10,
        passedAt: new Date(1_000).toISOString(),
        lastPassedAt: new Date(3_000).toISOString(),
      },
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

  test("goes on to what is open, and comes back to what was skipped", () => {
    const ids = ["01-a", "02-b", "03-c"];
    let progress = withNote(EMPTY, "01-a", { skippedAt: "2026-01-01T00:00:00.000Z" });
    expect(currentExercise(progress, ids)).toBe("02-b");
    expect(currentExercise({ ...progress, current: "03-c" }, ids)).toBe("03-c");
    for (const id of ["02-b", "03-c"]) progress = withResult(progress, result(id, "passed", 10));
    expect(currentExercise(progress, ids)).toBe("01-a");
  });

  test("goes round what was skipped, the longest ago first", () => {
    let progress = withNote(EMPTY, "01-a", { skippedAt: "2026-01-02T00:00:00.000Z" });
    progress = withNote(progress, "02-b", { skippedAt: "2026-01-01T00:00:00.000Z" });
    expect(currentExercise(progress, ["01-a", "02-b"])).toBe("02-b");
  });

  test("stays at an exercise that was chosen until it passes, also once more", () => {
    const ids = ["01-a", "02-b"];
    const before = { ...withResult(EMPTY, result("02-b", "passed", 10)), current: "02-b" };
    expect(currentExercise(before, ids)).toBe("02-b");
    expect(currentExercise(withResult(before, result("02-b", "failed", 3)), ids)).toBe("02-b");
    expect(currentExercise(withResult(before, result("02-b", "passed", 10)), ids)).toBe("01-a");
  });

  test("counts how often in a row the same check failed first", () => {
    const failed = (check: string): ExerciseResult => ({
      ...result("01-a", "failed", 1),
      checks: [
        { id: "easy", title: "", status: "passed", points: 1, maxPoints: 1, durationMs: 1 },
        { id: check, title: "", status: "failed", points: 0, maxPoints: 1, durationMs: 1 },
        { id: "later", title: "", status: "failed", points: 0, maxPoints: 1, durationMs: 1 },
      ],
    });
    let progress = EMPTY;
    for (const check of ["save", "read", "read"]) progress = withResult(progress, failed(check));
    expect(progressOf(progress, "01-a").failing).toEqual({ check: "read", times: 2 });
    progress = withResult(progress, result("01-a", "passed", 10));
    expect(progressOf(progress, "01-a").failing).toBeUndefined();
  });

  test("is known again when a newer course has numbered its exercises anew", async () => {
    const workspace = { folder: folderWith({}) };
    await updateProgress(workspace, quiet, (before) => withResult(before, result("01-a", "passed", 10)));
    const progress = readProgress(workspace, quiet);
    expect(currentExercise(progress, ["01-new", "02-a"])).toBe("01-new");
    const again = withResult(progress, result("02-a", "failed", 3));
    expect(again.exercises).toMatchObject({ "02-a": { tries: 2, bestScore: 10 } });
    expect(Object.keys(again.exercises)).toEqual(["02-a"]);
  });

  test("of a newer lab is neither set aside nor changed", () => {
    const content = '{"schema": "redis-lab/progress/v2", "exercises": []}';
    const workspace = { folder: folderWith({ ".lab/progress.json": content }) };
    expect(() => readProgress(workspace, quiet)).toThrow("was written by a newer lab");
    expect(readdirSync(join(workspace.folder, ".lab"))).toEqual(["progress.json"]);
  });

  test("keeps what a newer lab noted beside it", async () => {
    const noted = {
      schema: EMPTY.schema,
      theme: "dark",
      exercises: { "01-a": { tries: 1, bestScore: 0, mood: 3 } },
    };
    const workspace = { folder: folderWith({ ".lab/progress.json": JSON.stringify(noted) }) };
    await updateProgress(workspace, quiet, (before) => withResult(before, result("01-a", "failed", 1)));
    expect(readProgress(workspace, quiet)).toMatchObject({
      theme: "dark",
      exercises: { "01-a": { tries: 2, mood: 3 } },
    });
  });

  test("loses nothing when several labs write at once, one of which was killed", async () => {
    const workspace = { folder: folderWith({}) };
    // Of a lab that was killed while it wrote, seconds ago.
    mkdirSync(join(workspace.folder, ".lab", "lock"), { recursive: true });
    utimesSync(join(workspace.folder, ".lab", "lock"), new Date(0), new Date(0));
    const times = Array.from({ length: 12 }, (_, index) => index);
    await Promise.all(
      times.map((index) =>
        updateProgress(workspace, quiet, (before) =>
          withResult(before, result(`${index + 10}-x${index}`, "failed", 1)),
        ),
      ),
    );
    expect(Object.keys(readProgress(workspace, quiet).exercises)).toHaveLength(12);
  });

  test("leaves no temporary file behind", async () => {
    const workspace = { folder: folderWith({}) };
    await updateProgress(workspace, quiet, (before) => before);
    expect(readdirSync(join(workspace.folder, ".lab"))).toEqual(["progress.json"]);
    expect(existsSync(join(workspace.folder, ".lab", "progress.json"))).toBe(true);
  });
});
