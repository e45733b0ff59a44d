/**
 * What an author writes: the one type behind every `exercise.ts`. Exercises import it for its types only,
 * so a compiled exercise stands alone and the lab can load it from any folder.
 */
import type {
  AppContext,
  CheckContext,
  ConfigContext,
  ModuleContext,
  ProgramContext,
  ScriptContext,
  TestsContext,
  WorkerContext,
} from "./vocabulary.ts";

export type * from "./vocabulary.ts";

/** What kind of answer a student writes. */
export type Form = "config" | "redis-cli" | "module" | "program" | "app" | "worker" | "tests";

/** One observable requirement; the unit of a verdict. */
export interface Check<Context extends CheckContext = CheckContext> {
  /** Short kebab-case name, unique within the exercise; wrong answers refer to it. */
  readonly id: string;
  /** What is required, as a sentence a student can act on. */
  readonly title: string;
  /** Points for passing; 1 when left out. */
  readonly points?: number;
  /** The id of an earlier check without which this one makes no sense; it is skipped when that one did not pass. */
  readonly after?: string;
  /** Milliseconds before the check counts as `timeout`; 5000 when left out. Counted once Redis and the answer are ready. */
  readonly limitMs?: number;
  /** Drives the answer and observes; returns when the requirement holds, throws through `expect` when it does not. */
  run(context: Context): Promise<void>;
}

/** An answer kept in `wrong/NAME/` that must fail. */
export interface WrongAnswer {
  /** The folder's name below `wrong/`. */
  readonly name: string;
  /** The check at which it must fail: the first one that does not pass. */
  readonly fails: string;
  /** What is wrong with it, in one sentence. */
  readonly why: string;
}

interface ExerciseBase<F extends Form, Context extends CheckContext> {
  readonly title: string;
  /** What of the curriculum this teaches, such as "O4" or "feature: hashes". */
  readonly objectives: readonly string[];
  readonly form: F;
  /** The file the student edits; `.ts` may also be handed in as `.mts`, `.js` or `.mjs`. */
  readonly answer: string;
  /** From a nudge to nearly the answer; at least three. */
  readonly hints: readonly [string, string, string, ...string[]];
  /** How many processes of the answer its checks use at once; they are started ahead. 1 when left out. Modules only. */
  readonly processes?: number;
  /** Put the fault proxy between the answer and Redis, so that checks can delay, hang, cut and count. */
  readonly proxied?: boolean;
  readonly checks: readonly Check<Context>[];
  readonly wrong: readonly WrongAnswer[];
}

export type ConfigExercise = ExerciseBase<"config", ConfigContext>;
export type ScriptExercise = ExerciseBase<"redis-cli", ScriptContext>;
export type ModuleExercise = ExerciseBase<"module", ModuleContext>;
export type ProgramExercise = ExerciseBase<"program", ProgramContext>;
export type AppExercise = ExerciseBase<"app", AppContext>;
export type WorkerExercise = ExerciseBase<"worker", WorkerContext>;
export type TestsExercise = ExerciseBase<"tests", TestsContext> & {
  /** Name of the module that the student's tests import; the judge supplies its right and wrong versions. */
  readonly subject: string;
};

/** What `exercise.ts` exports as its default. */
export type ExerciseDefinition =
  | ConfigExercise
  | ScriptExercise
  | ModuleExercise
  | ProgramExercise
  | AppExercise
  | WorkerExercise
  | TestsExercise;

/** An exercise as loaded from a course: its definition and where its files are. */
export type Exercise = ExerciseDefinition & {
  /** Folder name, such as "08-hashes"; never changes once published, because progress is kept by it. */
  readonly id: string;
  readonly number: number;
  /** Absolute path of the exercise's own folder. */
  readonly folder: string;
  /** Absolute path of its folder below `solutions/`. */
  readonly solution: string;
};
