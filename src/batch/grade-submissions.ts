/** Grading many submissions: every exercise of every one, a few at once, each result as soon as it is whole. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import pLimit from "p-limit";
import type { Exercise } from "../course/exercise.ts";
import type { Course } from "../course/load.ts";
import { collectFiles } from "../grading/collect.ts";
import { makeDocument } from "../grading/document.ts";
import { gradeExercise } from "../grading/grade.ts";
import { usualLimits } from "../grading/limits.ts";
import type { GradingPlace } from "../grading/place.ts";
import type { ExerciseResult, ResultDocument } from "../grading/result.ts";
import { messageOf } from "../system/errors.ts";
import type { Submission } from "./discover.ts";
import { gradeRepeatedly } from "./repeat.ts";
import { takeTurns } from "./turns.ts";

export interface BatchOptions {
  readonly seed: string;
  /** Gradings of each exercise, of which the worst counts. */
  readonly repeat: number;
  /** Exercises graded at once. */
  readonly jobs: number;
  /** Told of each exercise that was graded. */
  readonly onExercise: (submission: Submission, result: ExerciseResult) => void;
}

/** Documents in the order of the submissions. */
export async function gradeSubmissions(
  submissions: readonly Submission[],
  course: Course,
  exercises: readonly Exercise[],
  place: GradingPlace,
  options: BatchOptions,
): Promise<ResultDocument[]> {
  const turn = takeTurns(options.jobs);
  // What the next one needs is started while these are graded.
  const begun = pLimit(options.jobs + 1);
  return Promise.all(
    submissions.map(async (submission) => {
      const startedAt = new Date();
      const results = await Promise.all(
        longestFirst(exercises).map((exercise) =>
          begun(async () => {
            const folder = join(submission.folder, exercise.id);
            const grade = (seed: string) => gradeExercise(exercise, folder, place, { seed, turn });
            const result = await gradeRepeatedly(grade, options.seed, options.repeat);
            options.onExercise(submission, result);
            return result;
          }),
        ),
      );
      const digest = await submissionDigest(submission.folder, exercises);
      return makeDocument({
        course,
        submission: { id: submission.id, digest },
        place,
        seed: options.seed,
        startedAt,
        results: exercises.flatMap(({ id }) => results.filter((result) => result.id === id)),
      });
    }),
  );
}

/**
 * Those with the longest limit for a check come first: they wait most, and the last one of a batch waits alone. The
 * course's solutions take 12.6 s so, and 13.4 s in the order of the course.
 */
function longestFirst(exercises: readonly Exercise[]): Exercise[] {
  const longestMs = ({ checks }: Exercise) =>
    Math.max(...checks.map(({ limitMs = usualLimits.checkMs }) => limitMs));
  return [...exercises].sort((one, other) => longestMs(other) - longestMs(one));
}

/** A digest of all that was graded: the same answers give the same one. */
async function submissionDigest(folder: string, exercises: readonly Exercise[]): Promise<string> {
  const hash = createHash("sha256");
  for (const { id } of exercises) {
    try {
      for (const file of await collectFiles(join(folder, id)))
        hash.update(`${id}/${file.path}\0`).update(file.content);
    } catch (error) {
      hash.update(`${id}\0refused: ${messageOf(error)}`);
    }
  }
  return `sha256:${hash.digest("hex")}`;
}
