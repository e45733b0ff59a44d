/** What a student has passed, kept by exercise id. Written to a temporary file and renamed; never replaced when unreadable. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod/mini";
import type { ExerciseResult } from "../grading/result.ts";
import { codeOf, LabError } from "../system/errors.ts";
import { whileLocked } from "./lock.ts";
import { notWritable } from "./not-writable.ts";
import { setAside } from "./set-aside.ts";
import { nameOf, type Workspace } from "./workspace.ts";

const PROGRESS_SCHEMA = "redis-lab/progress/v1";

// Loose: what a newer lab noted is kept.
const exerciseProgress = z.looseObject({
  /** Gradings so far. */
  tries: z.number(),
  bestScore: z.number(),
  /** ISO times of the first and of the last pass. */
  passedAt: z.optional(z.string()),
  lastPassedAt: z.optional(z.string()),
  /** ISO time at which the student went on without a pass. */
  skippedAt: z.optional(z.string()),
  /** Hints shown so far. */
  hints: z.optional(z.number()),
  /** ISO time at which the solution was shown before a pass. */
  revealedAt: z.optional(z.string()),
  /** The check that failed first in the last gradings, and in how many of them in a row. */
  failing: z.optional(z.object({ check: z.string(), times: z.number() })),
});
const progressFile = z.looseObject({
  schema: z.literal(PROGRESS_SCHEMA),
  /** The exercise that the student chose to go on with. */
  current: z.optional(z.string()),
  exercises: z.record(z.string(), exerciseProgress),
});

export type ExerciseProgress = z.infer<typeof exerciseProgress>;
export type Progress = z.infer<typeof progressFile>;

const EMPTY: Progress = { schema: PROGRESS_SCHEMA, exercises: {} };

function progressPath(workspace: Workspace): string {
  return join(workspace.folder, ".lab", "progress.json");
}

/**
 * The progress of a workspace. A file that cannot be read as progress is set aside under a dated name and
 * said through `say`, so that nothing in it is lost.
 */
export function readProgress(workspace: Workspace, say: (line: string) => void): Progress {
  const path = progressPath(workspace);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return EMPTY;
    throw notWritable(path, error);
  }
  try {
    return z.parse(progressFile, JSON.parse(text));
  } catch {
    if (isNewer(text)) {
      throw new LabError(
        "usage",
        `${path} was written by a newer lab than this one`,
        "npm install redis-learning-lab@latest",
      );
    }
    say(`${path} could not be read as progress. It is kept as ${setAside(path)}; progress starts anew.`);
    return EMPTY;
  }
}

function isNewer(text: string): boolean {
  const version = /"schema":\s*"redis-lab\/progress\/v(\d+)"/.exec(text)?.[1];
  return version !== undefined && Number(version) > 1;
}

/** Changes the progress that is there now: another lab may have written since this one read it. */
export async function updateProgress(
  workspace: Workspace,
  say: (line: string) => void,
  change: (progress: Progress) => Progress,
): Promise<Progress> {
  return whileLocked(workspace, async () => {
    const changed = change(readProgress(workspace, say));
    await writeProgress(workspace, changed);
    return changed;
  });
}

async function writeProgress(workspace: Workspace, progress: Progress): Promise<void> {
  const path = progressPath(workspace);
  try {
    await writeFileAtomic(path, `${JSON.stringify(progress, null, 2)}\n`);
  } catch (error) {
    throw notWritable(path, error);
  }
}

const NOTHING_YET: ExerciseProgress = { tries: 0, bestScore: 0 };

/** What is noted of an exercise, also under another number: a newer course may have numbered it anew. */
export function progressOf({ exercises }: Progress, id: string): ExerciseProgress {
  return exercises[keyOf(exercises, id)] ?? NOTHING_YET;
}

function keyOf(exercises: Progress["exercises"], id: string): string {
  if (Object.hasOwn(exercises, id)) return id;
  return Object.keys(exercises).find((key) => nameOf(key) === nameOf(id)) ?? id;
}

/** Progress with something noted about one exercise; `undefined` takes away what was noted. */
export function withNote(progress: Progress, id: string, note: Partial<ExerciseProgress>): Progress {
  const key = keyOf(progress.exercises, id);
  const { [key]: before = NOTHING_YET, ...others } = progress.exercises;
  return { ...progress, exercises: { ...others, [id]: { ...before, ...note } } };
}

/** Notes the exercise that the student goes on with; gives the progress after it. */
export async function chooseExercise(
  workspace: Workspace,
  id: string,
  say: (line: string) => void,
): Promise<Progress> {
  return updateProgress(workspace, say, (before) => ({ ...before, current: id }));
}

/** Progress in which an exercise is no longer the one that was chosen. */
function withoutChoice(progress: Progress, id: string): Progress {
  const { current, ...others } = progress;
  return current !== undefined && nameOf(current) === nameOf(id) ? others : progress;
}

/** Progress after one more grading. */
export function withResult(progress: Progress, result: ExerciseResult, now = new Date()): Progress {
  const { tries, bestScore, passedAt, lastPassedAt, failing } = progressOf(progress, result.id);
  const passed = result.status === "passed" ? now.toISOString() : undefined;
  const check = result.checks.find(({ status }) => status !== "passed" && status !== "skipped")?.id;
  const times = failing?.check === check ? (failing?.times ?? 0) : 0;
  return withNote(passed ? withoutChoice(progress, result.id) : progress, result.id, {
    tries: tries + 1,
    bestScore: Math.max(bestScore, result.score),
    passedAt: passedAt ?? passed,
    lastPassedAt: passed ?? lastPassedAt,
    failing: check === undefined ? undefined : { check, times: times + 1 },
  });
}

/**
 * The exercise to work on: the one that was chosen, until it passes; else the first that is open, else the one
 * that was skipped the longest time ago; undefined when all are passed.
 */
export function currentExercise(progress: Progress, ids: readonly string[]): string | undefined {
  const left = ids.filter((id) => progressOf(progress, id).passedAt === undefined);
  const { current } = progress;
  const chosen = current === undefined ? undefined : ids.find((id) => nameOf(id) === nameOf(current));
  const skippedAt = (id: string) => progressOf(progress, id).skippedAt ?? "";
  return chosen ?? [...left].sort((a, b) => skippedAt(a).localeCompare(skippedAt(b)))[0];
}

/** What a student's way through the course was, in numbers. */
export interface CourseStory {
  readonly total: number;
  readonly passed: number;
  readonly tries: number;
  /** Exercises that were passed with one try. */
  readonly firstTries: number;
  /** Solutions that were shown before the pass. */
  readonly revealed: number;
}

export function courseStory(progress: Progress, ids: readonly string[]): CourseStory {
  const made = ids.map((id) => progressOf(progress, id));
  return {
    total: ids.length,
    passed: made.filter(({ passedAt }) => passedAt !== undefined).length,
    tries: made.reduce((sum, { tries }) => sum + tries, 0),
    firstTries: made.filter(({ passedAt, tries }) => passedAt !== undefined && tries === 1).length,
    revealed: made.filter(({ revealedAt }) => revealedAt !== undefined).length,
  };
}
