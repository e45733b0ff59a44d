/** Making the result document from the results of its exercises. */

import * as z from "zod/mini";
import type { Course } from "../course/load.ts";
import { labVersion } from "../system/package-root.ts";
import type { GradingPlace } from "./place.ts";
import { type ExerciseResult, RESULT_SCHEMA, type ResultDocument, resultDocument } from "./result.ts";

export interface DocumentInput {
  readonly course: Course;
  readonly submission: { readonly id: string; readonly digest: string };
  readonly place: GradingPlace;
  readonly seed: string;
  readonly startedAt: Date;
  readonly results: readonly ExerciseResult[];
}

export async function makeDocument(input: DocumentInput): Promise<ResultDocument> {
  const { course, results, place } = input;
  const sum = (pick: (result: ExerciseResult) => number) =>
    results.reduce((total, one) => total + pick(one), 0);
  const document: ResultDocument = {
    schema: RESULT_SCHEMA,
    course: { name: course.name, version: course.version },
    lab: labVersion,
    submission: input.submission,
    environment: {
      node: process.versions.node,
      redis: await place.pool.version(),
      source: place.pool.source.name,
      sandbox: place.sandbox.name,
    },
    seed: input.seed,
    startedAt: input.startedAt.toISOString(),
    durationMs: Date.now() - input.startedAt.getTime(),
    status: documentStatus(results),
    score: sum((one) => one.score),
    maxScore: sum((one) => one.maxScore),
    exercises: [...results],
  };
  // What leaves the lab is what the schema says, or it does not leave.
  return z.parse(resultDocument, document);
}

function documentStatus(results: readonly ExerciseResult[]): ResultDocument["status"] {
  if (results.some((one) => one.status === "error")) return "error";
  return results.every((one) => one.status === "passed") ? "passed" : "failed";
}
