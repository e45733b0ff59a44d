/** The exercise on the page of `lab watch`: graded on each save, noted, and what is known of its answer by now. */
import { join } from "node:path";
import type { Exercise } from "../course/exercise.ts";
import { loadExercise } from "../course/load.ts";
import type { CheckResult, ExerciseResult } from "../grading/result.ts";
import { packageRoot } from "../system/package-root.ts";
import { watchAnswer } from "../workspace/answer-watcher.ts";
import { gradeOnSave } from "../workspace/grade-on-save.ts";
import type { Progress } from "../workspace/progress.ts";
import type { TypeNote } from "../workspace/type-notes.ts";
import { messages } from "./messages.ts";
import { notesOf } from "./notes.ts";
import { recordResult } from "./record.ts";
import type { Watched } from "./watch.ts";

/** What is known of the answer; its parts come one after the other. */
export interface Knowledge {
  readonly isGrading: boolean;
  /** The checks up to the first failure of the grading that is under way. */
  readonly firstFailure: readonly CheckResult[] | undefined;
  /** Of the last grading that ended. */
  readonly result: ExerciseResult | undefined;
  /** Of a hint. */
  readonly offer: string | undefined;
  /** What TypeScript sees in the answer. */
  readonly notes: readonly TypeNote[];
}

export interface WatchedExercise {
  readonly exercise: Exercise;
  /** The one to edit. */
  readonly file: string;
  readonly known: Knowledge;
  /** Grades as after a save. */
  grade(): void;
  /** Looks for changes now: the lab itself made some. */
  look(): void;
  /** Resolves once the last verdict is noted. */
  noted(): Promise<void>;
  close(): Promise<void>;
}

export interface WatchedEvents {
  /** A file was saved: what is shown of the last grading is out of date. */
  saved(): void;
  /** Something is known that was not. */
  changed(): void;
  /** A verdict; it is noted only after this. */
  graded(result: ExerciseResult): void;
  recorded(progress: Progress): void;
  /** A line about what happened. */
  say(line: string): void;
  /** The lab itself had trouble. */
  failed(error: unknown): void;
}

const NOTHING: Knowledge = {
  isGrading: false,
  firstFailure: undefined,
  result: undefined,
  offer: undefined,
  notes: [],
};

/** Grades from the next save on, or the first `grade()`. */
export async function watchExercise(
  id: string,
  { workspace, place, seed }: Watched,
  events: WatchedEvents,
): Promise<WatchedExercise> {
  const exercise = await loadExercise(packageRoot, id);
  const folder = join(workspace.folder, id);
  let known = NOTHING;
  const learn = (more: Partial<Knowledge>) => {
    known = { ...known, ...more };
    events.changed();
  };
  const graded = async (result: ExerciseResult): Promise<void> => {
    known = { ...NOTHING, result };
    // Shown before it is noted, which takes longer.
    events.graded(result);
    if (result.status === "error") return;
    const isLatest = () => known.result === result;
    notesOf(result, folder).then((notes) => {
      if (isLatest() && notes.length > 0) learn({ notes });
    }, events.failed);
    const { progress, offer, milestone } = await recordResult(workspace, exercise, result, events.say);
    events.recorded(progress);
    if (isLatest()) learn({ offer });
    if (milestone) events.say(milestone);
  };
  let noting: Promise<void> = Promise.resolve();
  const loop = gradeOnSave(
    exercise,
    folder,
    place,
    {
      began: () => learn({ isGrading: true }),
      firstFailure: (firstFailure) => learn({ firstFailure }),
      graded(result) {
        noting = graded(result).catch(events.failed);
      },
      failed(error) {
        learn({ isGrading: false, firstFailure: undefined });
        events.failed(error);
      },
    },
    seed,
  );
  const watcher = await watchAnswer(folder, {
    saved() {
      events.saved();
      loop.saved();
    },
    blind: () => events.say(messages.blind),
  });
  return {
    exercise,
    file: join(folder, exercise.answer),
    get known() {
      return known;
    },
    grade: loop.saved,
    look: () => watcher.look(),
    noted: () => noting,
    async close() {
      await Promise.all([watcher.close(), loop.close()]);
      await noting;
    },
  };
}
