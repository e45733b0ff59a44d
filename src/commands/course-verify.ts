/** `lab course verify`: prove that a course's checks tell right from wrong. */
import pLimit from "p-limit";
import type { Exercise, Form } from "../course/exercise.ts";
import { findExerciseId } from "../course/find.ts";
import { loadCourse } from "../course/load.ts";
import { type Finding, inspectExercise, verifyExercise } from "../course/verify.ts";
import { gradeExercise } from "../grading/grade.ts";
import { newSeed } from "../grading/random.ts";
import { printable } from "../report/text.ts";
import { ExitCode } from "../system/errors.ts";
import { inGradingPlace } from "./place.ts";
import type { Terminal } from "./terminal.ts";

export interface VerifyOptions {
  readonly course?: string;
  readonly exercise?: string;
  readonly redis?: string;
  readonly sandbox?: string;
  readonly seed?: string;
  /** Rounds, each with a seed of its own. After the first one an answer is graded up to its first failure. */
  readonly repeat: number;
  readonly jobs: number;
}

export async function courseVerify(options: VerifyOptions, terminal: Terminal): Promise<number> {
  const course = await loadCourse(options.course);
  const only =
    options.exercise === undefined
      ? undefined
      : findExerciseId(
          course.exercises.map(({ id }) => id),
          options.exercise,
        );
  const exercises = course.exercises.filter(({ id }) => only === undefined || id === only);
  const findings = exercises.flatMap((exercise) =>
    inspectExercise(exercise).map((problem): Finding => ({ exercise: exercise.id, problem })),
  );
  const { chalk, signs } = terminal.style;
  for (const { exercise, problem } of findings)
    terminal.print(`${chalk.red(signs.failed)} ${exercise}: ${problem}\n`);
  let failed = findings.length;
  let answers = 0;

  // The starter, the solution and each wrong answer, in each round.
  const forms = exercises.flatMap(({ form, wrong }) =>
    Array<Form>((wrong.length + 2) * options.repeat).fill(form),
  );
  const { redis, sandbox, jobs } = options;
  const place = { redis, sandbox, usualSandbox: "process", forms, jobs } as const;
  await inGradingPlace(place, terminal.say, async (opened) => {
    const limit = pLimit(jobs);
    const verifyRound = async (exercise: Exercise, round: number) => {
      const seed = options.seed ?? newSeed();
      const found = await verifyExercise(exercise, async (one, folder) => {
        answers++;
        return limit(gradeExercise, one, folder, opened, { seed, untilFailure: round > 1 });
      });
      failed += found.length;
      for (const { problem } of found) {
        terminal.print(`${chalk.red(signs.failed)} ${exercise.id}: ${printable(problem)} (seed ${seed})\n`);
      }
      if (found.length === 0)
        terminal.say(`${chalk.green(signs.passed)} ${exercise.id} round ${round} of ${options.repeat}`);
    };
    const rounds = Array.from({ length: options.repeat }, (_, index) => index + 1);
    await Promise.all(rounds.flatMap((round) => exercises.map((exercise) => verifyRound(exercise, round))));
  });
  const summary = `${exercises.length} ${exercises.length === 1 ? "exercise" : "exercises"}, ${answers} answers graded`;
  terminal.print(
    failed === 0
      ? `${chalk.green(signs.passed)} ${summary}: clean\n`
      : `${chalk.red(signs.failed)} ${summary}: ${failed} problems\n`,
  );
  return failed === 0 ? ExitCode.passed : ExitCode.notPassed;
}
