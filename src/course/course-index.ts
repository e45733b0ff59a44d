/** What the build notes of each exercise, so that a list of the course need not load them all. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { packageRoot } from "../system/package-root.ts";
import type { Check, ExerciseDefinition } from "./exercise.ts";

export interface ExerciseSummary {
  readonly title: string;
  readonly objectives: readonly string[];
  /** The points of all its checks. */
  readonly maxScore: number;
}

export interface IndexEntry extends ExerciseSummary {
  /** Of the sources that were compiled: others in the folder mean that the rest is out of date. */
  readonly digest: string;
}

/** The build's `dist/exercises/index.json`, by the exercises' ids. */
type CourseIndex = Readonly<Record<string, IndexEntry>>;

/** @param folder The exercise's, with its sources. */
export function indexEntry(folder: string, definition: ExerciseDefinition): IndexEntry {
  return { digest: exerciseDigest(folder), ...summaryOf(definition) };
}

export function summaryOf(definition: ExerciseDefinition): ExerciseSummary {
  const { title, objectives } = definition;
  return { title, objectives, maxScore: maxScoreOf(definition) };
}

export function maxScoreOf({ checks }: ExerciseDefinition): number {
  return (checks as readonly Check[]).reduce((sum, check) => sum + (check.points ?? 1), 0);
}

/** What the build noted of an exercise of the lab's own course, if it was built from just these sources. */
export function builtEntry(courseFolder: string, id: string): IndexEntry | undefined {
  if (resolve(courseFolder) !== resolve(packageRoot)) return undefined;
  const entry = builtIndex()[id];
  return entry?.digest === exerciseDigest(join(courseFolder, "exercises", id)) ? entry : undefined;
}

let index: CourseIndex | undefined;
function builtIndex(): CourseIndex {
  const path = join(packageRoot, "dist", "exercises", "index.json");
  index ??= existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as CourseIndex) : {};
  return index;
}

/** A digest of the sources that make up an exercise's definition. */
export function exerciseDigest(folder: string): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) {
    if (file.endsWith(".ts"))
      hash
        .update(file)
        .update("\0")
        .update(readFileSync(join(folder, file)));
  }
  return hash.digest("hex");
}
