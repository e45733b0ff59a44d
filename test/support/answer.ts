/** Answers written by tests: a folder with files, and an exercise to grade it by. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Exercise, ExerciseDefinition } from "../../src/course/exercise.ts";
import { type GradeOptions, gradeExercise } from "../../src/grading/grade.ts";
import type { ExerciseResult } from "../../src/grading/result.ts";
import { testPlace } from "./place.ts";

/** A folder that is removed when the test is finished. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "lab-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** An exercise for a test; `solution` is the folder of its reference answer. */
export function exerciseOf(
  definition: Omit<ExerciseDefinition, "title" | "objectives" | "hints" | "wrong"> & {
    id?: string;
    solution?: string;
  },
): Exercise {
  const { id = "99-test", solution = "/nonexistent", ...rest } = definition;
  return {
    title: "An exercise of the tests",
    objectives: ["tests"],
    hints: ["a", "b", "c"],
    wrong: [],
    number: 99,
    folder: "/nonexistent",
    id,
    solution,
    ...rest,
  } as Exercise;
}

/** Grades files as an answer to an exercise, with a local Redis in the process sandbox. */
export async function gradeFiles(
  exercise: Exercise,
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<GradeOptions> = {},
): Promise<ExerciseResult> {
  const place = testPlace();
  try {
    return await gradeExercise(exercise, folderWith(files), place, { seed: "test", ...options });
  } finally {
    await place.pool.drain();
  }
}
