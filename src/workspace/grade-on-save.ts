/** Gradings of one exercise, one after each save; what each needs is started while the student writes. */
import type { Exercise } from "../course/exercise.ts";
import { type BegunGrading, beginGrading } from "../grading/grade.ts";
import type { GradingPlace } from "../grading/place.ts";
import { newSeed } from "../grading/random.ts";
import type { CheckResult, ExerciseResult } from "../grading/result.ts";

export interface GradeOnSave {
  /** Grades; where a grading is under way, once more after it, however often this was called meanwhile. */
  saved(): void;
  /** Ends what is under way, of which nothing more is heard. */
  close(): Promise<void>;
}

export interface GradingEvents {
  began(): void;
  /** The first check that does not pass, with those before it, while the others are still tried. */
  firstFailure(soFar: readonly CheckResult[]): void;
  graded(result: ExerciseResult): void;
  /** The lab itself had trouble. */
  failed(error: unknown): void;
}

/** @param folder of the answer. @param seed for each grading the same; drawn anew where left out. */
export function gradeOnSave(
  exercise: Exercise,
  folder: string,
  place: GradingPlace,
  events: GradingEvents,
  seed?: string,
): GradeOnSave {
  const begin = () =>
    beginGrading(exercise, place, {
      seed: seed ?? newSeed(),
      trace: true,
      onFirstFailure(soFar) {
        if (!isClosed) events.firstFailure(soFar);
      },
    });
  let isSaved = false;
  let isClosed = false;
  let current: BegunGrading = begin();
  let isWorking = false;

  const work = async () => {
    isWorking = true;
    while (isSaved && !isClosed) {
      isSaved = false;
      events.began();
      try {
        const result = await current.grade(folder);
        if (!isClosed) events.graded(result);
      } catch (error) {
        if (!isClosed) events.failed(error);
      }
      if (isClosed) break;
      // The verdict is there; only now is it cleared away, and what the next one needs is started.
      const [old, next] = [current, begin()];
      current = next;
      await old.end();
    }
    isWorking = false;
  };
  return {
    saved() {
      isSaved = true;
      if (!isWorking) void work().catch(events.failed);
    },
    async close() {
      isClosed = true;
      await current.end();
    },
  };
}
