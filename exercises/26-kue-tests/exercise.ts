import type { Expect, TestRun, TestsAnswer, TestsExercise, TracedCommand } from "redis-learning-lab";
import {
  CREATED,
  ENDS,
  IN_ANOTHER_WAY,
  NOT_EMPTY,
  NOT_LEFT,
  ONE_EACH,
  PROGRESS,
  REFUSES,
  TYPE_AND_DATA,
  WHOSE,
  type WrongVersion,
  watchingTestMode,
} from "./versions.ts";

/** Milliseconds for one run of the tests: many times what it takes on a busy machine. */
const RUN_MS = 8_000;
const CHECK_MS = 2 * RUN_MS;
const LEAST_TESTS = 3;

const named = ({ failures }: TestRun) =>
  failures.map(({ name, message }) => `${name}: ${message}`).join("\n");

/** The tests must notice each of these versions, which run at the same time. */
function noticed(versions: readonly WrongVersion[]) {
  return async ({ answer, expect }: { answer: TestsAnswer; expect: Expect }) => {
    const runs = await Promise.all(
      versions.map(async (version) => ({ ...version, run: await answer.runAgainst(version.source, RUN_MS) })),
    );
    for (const { what, cause, run } of runs) {
      expect.that(run.failed > 0, `your tests do not notice a version that ${what}`, {
        expected: "at least one test fails with it",
        actual: `all ${run.passed} pass`,
        cause,
      });
    }
  };
}

export default {
  title: "Tests of code that makes jobs",
  objectives: ["O6 Kue as a queue system"],
  form: "tests",
  answer: "push.test.ts",
  subject: "push",
  hints: [
    "Write one test for each line of the table, and run lab check after each: it says which wrong version is not noticed yet.",
    "Around all tests: before(() => queue.testMode.enter()), and after(…) with queue.testMode.exit() and queue.shutdown. After each test: queue.testMode.clear(), or the next one finds the jobs of this one.",
    'A test plays the worker: const [first, second] = queue.testMode.jobs; then second.emit("progress", 40), second.emit("complete"), first.emit("failed", "no such phone"), and compare what was printed.',
    'To see what is printed: mock.method(console, "log", (line) => printed.push(line)) in beforeEach, mock.restoreAll() in afterEach. Let each test that makes jobs wait 10 ms for "created", as in the example.',
    'Take two or three different jobs, not one, numbers other than 25, and an empty list too. For the array: assert.throws(() => createPushNotificationsJobs({}, queue), { message: "jobs is not an array" }).',
  ],
  checks: [
    {
      id: "right",
      title: "The tests run, and pass with the function as it is",
      points: 2,
      limitMs: CHECK_MS,
      async run({ answer, random, trace, expect }) {
        const mark = random.id();
        const savesNone = async () =>
          expect.that(!(await trace.commands()).some(savesJob), "your tests save jobs in Redis", {
            expected: "Kue is in its test mode whenever the function saves a job",
            cause: "Call queue.testMode.enter() before the first save, in before(…).",
          });
        const run = await answer.runAgainst(watchingTestMode(mark), RUN_MS).catch(async (fault: Error) => {
          await savesNone();
          const isOpen = /still running/.test(fault.message) && hasOpenQueue(await trace.commands());
          expect.that(!isOpen, fault.message, { cause: NOT_SHUT_DOWN });
          throw fault;
        });
        await savesNone();
        expect.that(run.passed + run.failed > 0, "the file has no tests", {
          expected: `at least ${LEAST_TESTS} tests`,
          cause:
            'A test is test("what it shows", () => { … }), with test from "node:test", or it(…) with mocha.',
        });
        expect.that(run.failed === 0, "your tests fail, although the function is right", {
          expected: "all tests pass with push.ts as it is",
          actual: named(run),
          cause: failingCause(run, mark),
        });
        expect.value(run.passed, "the number of tests").atLeast(LEAST_TESTS, {
          cause: "One test for each line of the table says best what is broken.",
        });
      },
    },
    {
      id: "other-style",
      title: "The tests also pass with a right version that is written in another way",
      points: 2,
      after: "right",
      limitMs: CHECK_MS,
      async run({ answer, expect }) {
        const run = await answer.runAgainst(IN_ANOTHER_WAY, RUN_MS);
        expect.that(run.failed === 0, "your tests fail with a right version that is written in another way", {
          expected:
            "all tests pass: it uses createJob, copies the data, saves once all jobs are made, and prints created a moment later",
          actual: named(run),
          cause: otherStyleCause(run),
        });
      },
    },
    {
      id: "leaves",
      title: "Kue's test mode is left after the last test",
      after: "right",
      limitMs: CHECK_MS,
      async run({ answer, random, expect }) {
        const mark = random.id();
        const run = await answer.runAgainst(watchingTestMode(mark), RUN_MS);
        expect.that(
          !run.output.includes(mark + NOT_LEFT),
          "Kue is still in test mode when your tests have ended",
          {
            expected: "queue.testMode.exit() after the last test",
            cause: "What runs afterwards in the same program would save no job: leave the mode in after(…).",
          },
        );
      },
    },
    {
      id: "refuses",
      title: "They notice when something that is no array is not refused with that message",
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(REFUSES),
    },
    {
      id: "one-each",
      title: "They notice when there is not one job for each member of the list, in order",
      points: 2,
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(ONE_EACH),
    },
    {
      id: "type-and-data",
      title: "They notice a wrong type or wrong data",
      points: 2,
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(TYPE_AND_DATA),
    },
    {
      id: "created",
      title: "They notice when a new job is not reported exactly once, or a line has the id of another job",
      points: 2,
      after: "right",
      limitMs: CHECK_MS,
      run: noticed([...CREATED, ...WHOSE]),
    },
    {
      id: "progress-and-end",
      title: "They notice when the progress or the end of a job is reported wrongly",
      points: 3,
      after: "right",
      limitMs: CHECK_MS,
      run: noticed([...PROGRESS, ...ENDS]),
    },
  ],
  wrong: [
    { name: "no-tests", fails: "right", why: "Calls the function and compares, but there is no test." },
    { name: "two-tests", fails: "right", why: "Two tests, of which one looks at nearly everything." },
    { name: "other-words", fails: "right", why: "Expects a message that nobody promised." },
    { name: "left-open", fails: "right", why: "Never shuts the queue down: the program does not end." },
    {
      name: "jobs-of-before",
      fails: "right",
      why: "Never clears the list: each test finds the jobs of those before it.",
    },
    { name: "no-test-mode", fails: "right", why: "Never enters the test mode: the jobs are saved in Redis." },
    {
      name: "counted-ids",
      fails: "right",
      why: "Takes the ids for 1 and 2, as if each test began to count anew.",
    },
    {
      name: "printed-at-once",
      fails: "other-style",
      why: "Looks for created before the queue has called back.",
    },
    {
      name: "queue-of-its-own",
      fails: "other-style",
      why: "A queue made by hand with create alone: fits one version only.",
    },
    {
      name: "same-object",
      fails: "other-style",
      why: "Wants the very object as data, where a copy will do.",
    },
    { name: "never-leaves", fails: "leaves", why: "Enters the test mode and never leaves it." },
    { name: "texts-only", fails: "refuses", why: "Tries a text alone where an array is wanted." },
    { name: "throws-anything", fails: "refuses", why: "Forgets to try what is no array." },
    { name: "any-error", fails: "refuses", why: "Looks whether it throws, but not what." },
    { name: "one-member", fails: "one-each", why: "Looks whether there is a job at all." },
    { name: "any-order", fails: "one-each", why: "Sorts the jobs before it compares them." },
    { name: "no-empty-list", fails: "one-each", why: "Never tries an empty list." },
    {
      name: "type-alone",
      fails: "type-and-data",
      why: "Compares the type and the phone, but never the message.",
    },
    { name: "without-created", fails: "created", why: "Never looks whether a new job is reported." },
    {
      name: "line-among-others",
      fails: "created",
      why: "Looks whether the line is there, and not what else is.",
    },
    {
      name: "numbers-of-the-lesson",
      fails: "progress-and-end",
      why: "Emits 25, as in the lesson, and no other number.",
    },
    {
      name: "reason-ignored",
      fails: "progress-and-end",
      why: "Is content with a line that begins with failed.",
    },
    {
      name: "first-line-only",
      fails: "progress-and-end",
      why: "Looks at progress, and never at the end of a job.",
    },
    { name: "one-job", fails: "created", why: "Lets the last job tell, whose id is right in any case." },
    {
      name: "compared-too-late",
      fails: "progress-and-end",
      why: "Compares in a timer that nobody awaits: the test has ended by then.",
    },
  ],
} satisfies TestsExercise;

const NOT_SHUT_DOWN =
  "The queue was not shut down: call queue.shutdown(1000, done) in after(…), which is not reached while a test never ends.";

/** Kue takes the id of a job that it saves from a counter. */
const savesJob = ({ name, args }: TracedCommand) => name === "INCR" && args[0]?.endsWith(":ids") === true;

/** A queue subscribes to its events, and unsubscribes as it is shut down. */
function hasOpenQueue(commands: readonly TracedCommand[]): boolean {
  const has = (wanted: string) => commands.some(({ name }) => name === wanted);
  return has("SUBSCRIBE") && !has("UNSUBSCRIBE");
}

/** Why tests fail with the function as it is. */
function failingCause(run: TestRun, mark: string): string {
  if (run.output.includes(mark + NOT_EMPTY))
    return "The list still held the jobs of an earlier call: empty it after each test, queue.testMode.clear() in afterEach.";
  if (run.failures.some(({ message }) => /\bjob \d+ /.test(message)))
    return "Compare the lines with the task's table. The ids go on after clear(): do not count them yourself, take job.id.";
  return "Compare your test with the task's table: the function does what stands there.";
}

/** Why tests fail with the version in another way, although they pass with the given one. */
function otherStyleCause({ failures }: TestRun): string {
  const messages = failures.map(({ message }) => message).join("\n");
  if (/is not a function/.test(messages))
    return "A queue made by hand knows only what one version uses: take a queue of Kue, in its test mode.";
  if (/created/.test(messages))
    return "Created is printed when Kue has called back, which may be a moment later: wait 10 ms before you look, and in every test that makes jobs, or it is printed during the next one.";
  if (/same|reference|strictEqual|to equal|to be equal/i.test(messages))
    return "The data may be a copy: compare what is in it, with deepEqual.";
  return "Look only at what the table promises: jobs, type, data, lines printed. And wait 10 ms before you look at the lines.";
}
