/** How one answer becomes a verdict: collect, start, check by check, end. */
import { maxScoreOf } from "../course/course-index.ts";
import type { Check, Exercise, Form } from "../course/exercise.ts";
import { startFaultProxy } from "../redis/proxy.ts";
import { throwIfInterrupted } from "../system/cleanup.ts";
import { LabError, messageOf } from "../system/errors.ts";
import { DeadlineExceeded, newClock, withDeadline } from "../system/waiting.ts";
import type { AnswerDriver, DriverInput } from "./answers/answer.ts";
import { appDriver } from "./answers/app.ts";
import { configDriver } from "./answers/config.ts";
import { moduleDriver } from "./answers/module.ts";
import { programDriver } from "./answers/program.ts";
import { scriptDriver } from "./answers/script.ts";
import { testsDriver } from "./answers/tests.ts";
import { type CollectedAnswer, collectAnswer } from "./collect.ts";
import { collectEvidence } from "./evidence.ts";
import { expectations } from "./expect.ts";
import { AnswerFault, type FaultDetail } from "./fault.ts";
import { type Limits, usualLimits } from "./limits.ts";
import type { GradingPlace } from "./place.ts";
import { seededRandom } from "./random.ts";
import { openRedisSession, type RedisSession } from "./redis-session.ts";
import type { CheckResult, ExerciseResult } from "./result.ts";
import { type Round, whileItLasts } from "./round.ts";
import { formatTrace } from "./trace.ts";

const DRIVERS: Readonly<Record<Form, (input: DriverInput) => AnswerDriver>> = {
  config: configDriver,
  "redis-cli": scriptDriver,
  module: moduleDriver,
  program: programDriver,
  app: appDriver,
  worker: programDriver,
  tests: testsDriver,
};

export interface GradeOptions {
  readonly seed: string;
  /** Try no further checks once one did not pass. */
  readonly untilFailure?: boolean;
  /** Keep what Redis received in every check, also in those that passed. */
  readonly trace?: boolean;
  /** Told once of the first check that did not pass, with those before it, while the others are still tried. */
  readonly onFirstFailure?: (soFar: readonly CheckResult[]) => void;
  /** In place of the usual ones. */
  readonly limits?: Partial<Limits>;
  /** Calls the work when it may be done: what it needs is started before, and nothing of the answer runs until then. */
  readonly turn?: Turn;
}

/** Lets another grading work until `passing`, which only time brings about, has settled; settles as it does. */
export type Rest = <T>(passing: Promise<T>) => Promise<T>;
export type Turn = <T>(work: (rest: Rest) => Promise<T>) => Promise<T>;

const noRest: Rest = (passing) => passing;

/** A grading whose Redis, sandbox and processes start while its answer is still being written. */
export interface BegunGrading {
  /** Grades the answer in `folder`, as it is now. To be called once. */
  grade(folder: string): Promise<ExerciseResult>;
  /** Ends all that was started for it, also where nothing was graded. */
  end(): Promise<void>;
}

/**
 * Grades the answer in `folder`. Before an `error` is believed, the reference solution is graded in the same
 * place: where that passes, the trouble is the answer's.
 */
export async function gradeExercise(
  exercise: Exercise,
  folder: string,
  place: GradingPlace,
  options: GradeOptions,
): Promise<ExerciseResult> {
  return believed(await gradeOnce(exercise, folder, place, options), exercise, place, options);
}

/** As gradeExercise, but for the time at which the work begins. */
export function beginGrading(exercise: Exercise, place: GradingPlace, options: GradeOptions): BegunGrading {
  let give: (answer: CollectedAnswer) => void = () => {};
  const answer = new Promise<CollectedAnswer>((resolve) => {
    give = resolve;
  });
  const begun = start(exercise, answer, place, options);
  let hasEnded = false;
  return {
    async grade(folder) {
      const started = performance.now();
      const collected = await collect(exercise, folder);
      if ("status" in collected) return collected;
      give(collected);
      const result = await begun.run(started);
      // What was started long ago may have died meanwhile, which is nobody's fault.
      if (result.status === "error" && !hasEnded) return gradeExercise(exercise, folder, place, options);
      return result;
    },
    async end() {
      hasEnded = true;
      await begun.end();
    },
  };
}

async function gradeOnce(
  exercise: Exercise,
  folder: string,
  place: GradingPlace,
  options: GradeOptions,
): Promise<ExerciseResult> {
  const started = performance.now();
  const answer = await collect(exercise, folder);
  // Nothing is started for what is not there.
  if ("status" in answer) return answer;
  const begun = start(exercise, Promise.resolve(answer), place, options);
  const { turn = (work) => work(noRest) } = options;
  const asked = performance.now();
  try {
    // Waiting for its turn is no time of this exercise.
    return await turn((rest) => begun.run(started + performance.now() - asked, rest));
  } finally {
    await begun.end();
  }
}

async function believed(
  result: ExerciseResult,
  exercise: Exercise,
  place: GradingPlace,
  options: GradeOptions,
): Promise<ExerciseResult> {
  // What was killed in the middle says nothing about the answer.
  throwIfInterrupted();
  if (result.status !== "error") return result;
  const canary = await gradeOnce(exercise, exercise.solution, place, options);
  throwIfInterrupted();
  return canary.status === "passed" ? blameAnswer(result) : result;
}

/** The answer; or the result, where there is none, or one that is refused. */
async function collect(exercise: Exercise, folder: string): Promise<CollectedAnswer | ExerciseResult> {
  const started = performance.now();
  const finish = (checks: CheckResult[] | "missing") =>
    exerciseResult(exercise, checks, performance.now() - started);
  try {
    return (await collectAnswer(folder, exercise.answer)) ?? finish("missing");
  } catch (error) {
    if (!(error instanceof AnswerFault)) throw error;
    const [first, ...rest] = exercise.checks as readonly [Check, ...Check[]];
    return finish([faultResult(first, error, 0), ...rest.map((check) => untriedResult(check))]);
  }
}

/** Starts what a grading needs; nothing of the answer runs before `run`, which counts its time from `started`. */
function start(
  exercise: Exercise,
  answer: Promise<CollectedAnswer>,
  place: GradingPlace,
  options: GradeOptions,
) {
  const limits = { ...usualLimits, ...options.limits };
  const session =
    exercise.form === "config"
      ? noSession()
      : openRedisSession(place.pool, {
          makeProxy: exercise.proxied ? startFaultProxy : undefined,
          keepScripts: exercise.form === "app",
          limitMs: limits.redisMs,
        });
  session.catch(() => {});
  const driver = DRIVERS[exercise.form]({
    exercise,
    answer,
    sandbox: place.sandbox,
    source: place.pool.source,
    session,
    limits,
    ahead: !options.untilFailure,
  });
  return {
    async run(started: number, rest = noRest): Promise<ExerciseResult> {
      const faults = new Set<AnswerFault>();
      const checks = await runChecks({ exercise, driver, session, ...options, limits, faults, rest });
      return exerciseResult(exercise, checks, performance.now() - started);
    },
    async end(): Promise<void> {
      await Promise.all([driver.dispose(), session.then((opened) => opened.close()).catch(() => {})]);
    },
  };
}

/** For forms that bring their own server: touching the judge's Redis is a mistake of the exercise. */
function noSession(): Promise<RedisSession> {
  return Promise.reject(new Error("this form of exercise has no Redis of the judge's"));
}

/** What the checks of one grading have in common. */
interface Grading {
  readonly exercise: Exercise;
  readonly driver: AnswerDriver;
  readonly session: Promise<RedisSession>;
  readonly seed: string;
  readonly untilFailure?: boolean;
  readonly trace?: boolean;
  readonly onFirstFailure?: GradeOptions["onFirstFailure"];
  readonly limits: Limits;
  readonly rest: Rest;
  /** What was wrong so far. A fault that comes again is one of the answer as a whole. */
  readonly faults: Set<AnswerFault>;
}

async function runChecks(grading: Grading): Promise<CheckResult[]> {
  const { exercise, limits } = grading;
  const results = new Map<string, CheckResult>();
  const end = performance.now() + limits.exerciseMs;
  let hasFailed = false;
  for (const check of exercise.checks as readonly Check[]) {
    if (hasFailed && grading.untilFailure) {
      results.set(check.id, untriedResult(check));
      continue;
    }
    const forerunner = check.after === undefined ? undefined : results.get(check.after);
    if (forerunner && forerunner.status !== "passed") {
      results.set(check.id, skippedResult(check, forerunner));
      continue;
    }
    const leftMs = end - performance.now();
    const result =
      leftMs > 0
        ? await runCheck(grading, check, leftMs)
        : faultResult(check, exerciseTimeout(limits.exerciseMs), 0);
    results.set(check.id, result);
    if (!hasFailed && result.status !== "passed" && result.status !== "error")
      grading.onFirstFailure?.([...results.values()]);
    hasFailed ||= result.status !== "passed";
  }
  return [...results.values()];
}

async function runCheck(grading: Grading, check: Check, leftMs: number): Promise<CheckResult> {
  const { exercise, driver, session, limits, rest } = grading;
  const evidence = collectEvidence();
  const hasRedis = exercise.form !== "config";
  const limitMs = Math.min(check.limitMs ?? limits.checkMs, leftMs);
  const isLast = check === exercise.checks.at(-1);
  const round: Round = { isOver: false };
  const whatWasDone = async (key?: FaultDetail["key"]) => {
    const opened = hasRedis ? await session.catch(() => undefined) : undefined;
    const reproduce = evidence.reproduce(...(key ? [`redis-cli ${key.look}`] : []));
    return {
      ...(reproduce ? { reproduce } : {}),
      ...(opened ? { trace: formatTrace(await opened.received(), key?.name) } : {}),
    };
  };
  let started = performance.now();
  let result: CheckResult;
  try {
    const opened = hasRedis ? await session : undefined;
    await opened?.prepare();
    const clock = newClock(limitMs, check.id);
    const answer = await prepareWithin(leftMs, driver.prepare(evidence, clock), limits);
    await opened?.trace.clear();
    opened?.proxy?.resetRoundTrips();
    started = performance.now();
    const random = seededRandom(grading.seed, `${exercise.id}/${check.id}`);
    const context = checkContext(answer, opened, random, { round, rest });
    await clock.limit(check.run(context as never));
    await withDeadline(limitMs, driver.settle(isLast), check.id);
    result = passedResult(check, performance.now() - started);
    if (grading.trace) result = { ...result, ...(await whatWasDone()) };
  } catch (error) {
    round.isOver = true;
    const durationMs = performance.now() - started;
    const fault = error instanceof DeadlineExceeded ? timeoutFault(limitMs) : error;
    if (!(fault instanceof AnswerFault)) {
      result = { ...errorResult(check, error, durationMs), ...(await whatWasDone()) };
    } else if (grading.faults.has(fault)) {
      result = untriedResult(check);
    } else {
      grading.faults.add(fault);
      result = { ...faultResult(check, fault, durationMs), ...(await whatWasDone(fault.detail.key)) };
    }
  }
  round.isOver = true;
  await driver.finish(result.status !== "passed");
  return result;
}

async function prepareWithin(leftMs: number, preparing: Promise<unknown>, limits: Limits) {
  try {
    return await withDeadline(leftMs, preparing, "preparing the answer");
  } catch (error) {
    throw error instanceof DeadlineExceeded ? exerciseTimeout(limits.exerciseMs) : error;
  }
}

function checkContext(
  answer: unknown,
  session: RedisSession | undefined,
  random: ReturnType<typeof seededRandom>,
  { round, rest }: { readonly round: Round; readonly rest: Rest },
) {
  const absent = (what: string) => (): never => {
    throw new Error(what);
  };
  const redis = () => session?.redis ?? absent("this form of exercise has no Redis of the judge's")();
  const guarded = () => whileItLasts(redis(), round);
  return {
    answer: typeof answer === "object" && answer !== null ? whileItLasts(answer, round) : answer,
    random,
    get redis() {
      return guarded();
    },
    get server() {
      const control = session?.control ?? absent("this form of exercise has no server of the judge's")();
      return whileItLasts(control, round);
    },
    get trace() {
      return whileItLasts(session?.trace ?? absent("this form of exercise has no trace")(), round);
    },
    get proxy() {
      return whileItLasts(session?.proxy ?? absent("the exercise does not say `proxied: true`")(), round);
    },
    expect: expectations(guarded, rest),
  };
}

function exerciseTimeout(limitMs: number): AnswerFault {
  return new AnswerFault("timeout", `the exercise took longer than ${limitMs / 1000} s in all`);
}

function timeoutFault(limitMs: number): AnswerFault {
  return new AnswerFault("timeout", `this took longer than ${(limitMs / 1000).toFixed(1)} s`, {
    cause: "Is there a loop that never ends, or an await for something that never comes?",
  });
}

function base(check: Check, durationMs: number) {
  return {
    id: check.id,
    title: check.title,
    maxPoints: check.points ?? 1,
    durationMs: Math.round(durationMs),
  };
}

function passedResult(check: Check, durationMs: number): CheckResult {
  return { ...base(check, durationMs), status: "passed", points: check.points ?? 1 };
}

function skippedResult(check: Check, forerunner: CheckResult): CheckResult {
  return { ...base(check, 0), status: "skipped", points: 0, message: `needs "${forerunner.title}" first` };
}

/** Where an earlier check said all that there is to say. */
function untriedResult(check: Check): CheckResult {
  return {
    ...base(check, 0),
    status: "skipped",
    points: 0,
    message: "not tried, because of the failure above",
  };
}

function faultResult(check: Check, fault: AnswerFault, durationMs: number): CheckResult {
  const { expected, actual, cause } = fault.detail;
  return {
    ...base(check, durationMs),
    status: fault.status,
    points: 0,
    message: shortened(fault.message),
    ...(expected === undefined ? {} : { expected: shortened(expected) }),
    ...(actual === undefined ? {} : { actual: shortened(actual) }),
    ...(cause === undefined ? {} : { hint: cause }),
  };
}

/** Characters of one text of a verdict: an answer may throw an error of 8 MiB. */
const SHOWN_TEXT = 4_000;

function shortened(text: string): string {
  return text.length > SHOWN_TEXT
    ? `${text.slice(0, SHOWN_TEXT)}… (${text.length - SHOWN_TEXT} more characters)`
    : text;
}

function errorResult(check: Check, error: unknown, durationMs: number): CheckResult {
  const next = error instanceof LabError ? ` — ${error.next}` : "";
  return {
    ...base(check, durationMs),
    status: "error",
    points: 0,
    message: shortened(messageOf(error)) + next,
  };
}

/** The reference solution passes in the same place, so what broke the check came from the answer. */
function blameAnswer(result: ExerciseResult): ExerciseResult {
  const checks = result.checks.map((check) =>
    check.status === "error"
      ? {
          ...check,
          status: "crashed" as const,
          message: `your answer broke what it was graded with (${check.message ?? "no message"})`,
        }
      : check,
  );
  return { ...result, status: "failed", checks };
}

function exerciseResult(
  exercise: Exercise,
  checks: CheckResult[] | "missing",
  durationMs: number,
): ExerciseResult {
  const list = checks === "missing" ? [] : checks;
  const maxScore = maxScoreOf(exercise);
  const score = list.reduce((sum, check) => sum + check.points, 0);
  const hasError = list.some((check) => check.status === "error");
  const status =
    checks === "missing" ? "missing" : hasError ? "error" : score === maxScore ? "passed" : "failed";
  return {
    id: exercise.id,
    title: exercise.title,
    status,
    score,
    maxScore,
    durationMs: Math.round(durationMs),
    checks: list,
  };
}
