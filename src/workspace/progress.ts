/** What a student has passed, kept by exercise id. Written to a temporary file and renamed; never replaced when unreadable. */
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod/mini";
import type { ExerciseResult } from "../grading/result.ts";
import { codeOf } from "../system/errors.ts";
import { notWritable, type Workspace } from "./workspace.ts";

const PROGRESS_SCHEMA = "redis-lab/progress/v1";

const exerciseProgress = z.object({
  /** Gradings so far. */
  tries: z.number(),
  bestScore: z.number(),
  /** ISO time of the first pass. */
  passedAt: z.optional(z.string()),
});
const progressFile = z.object({
  schema: z.literal(PROGRESS_SCHEMA),
  /** The exercise that `lab next` is at, once it was shown. */
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
    const aside = `${path.replace(/\.json$/, "")}.unreadable-${new Date().toISOString().replaceAll(/[:.]/g, "-")}.json`;
    try {
      renameSync(path, aside);
    } catch (error) {
      throw notWritable(path, error);
    }
    say(`${path} could not be read as progress. It is kept as ${aside}; progress starts anew.`);
    return EMPTY;
  }
}

export async function writeProgress(workspace: Workspace, progress: Progress): Promise<void> {
  const path = progressPath(workspace);
  try {
    mkdirSync(join(workspace.folder, ".lab"), { recursive: true });
    await writeFileAtomic(path, `${JSON.stringify(progress, null, 2)}\n`);
  } catch (error) {
    throw notWritable(path, error);
  }
}

/** Progress after one more grading. */
export function withResult(progress: Progress, result: ExerciseResult, now = new Date()): Progress {
  const before = progress.exercises[result.id];
  const passedAt = before?.passedAt ?? (result.status === "passed" ? now.toISOString() : undefined);
  return {
    ...progress,
    exercises: {
      ...progress.exercises,
      [result.id]: {
        tries: (before?.tries ?? 0) + 1,
        bestScore: Math.max(before?.bestScore ?? 0, result.score),
        ...(passedAt === undefined ? {} : { passedAt }),
      },
    },
  };
}

/** The first exercise that was not passed yet; undefined when all are. */
export function currentExercise(progress: Progress, ids: readonly string[]): string | undefined {
  return ids.find((id) => progress.exercises[id]?.passedAt === undefined);
}
