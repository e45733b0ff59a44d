import type { Expect, TestRun, TestsAnswer, TestsExercise } from "redis-learning-lab";
import {
  CREATED,
  ENDS,
  GIVEN,
  IN_STEPS,
  ONE_EACH,
  PROGRESS,
  REFUSES,
  TYPE_AND_DATA,
  WHOSE,
  WITH_PROMISES,
  type WrongVersion,
  watchingTestMode,
} from "./versions.ts";

/** Milliseconds for one run of the tests: many times what it takes on a busy machine. */
const RUN_MS = 8_000;
const CHECK_MS = 2 * RUN_MS;
const LEAST_TESTS = 3;

const named = ({ failures }: TestRun) =>
  failures.map(({ name, message }) => `${name}: ${message}`).join("\n");

/** The tests must notice each of these versions. */
function noticed(versions: readonly WrongVersion[], cause: string) {
  return async ({ answer, expect }: { answer: TestsAnswer; expect: Expect }) => {
    const runs = await Promise.all(versions.map(({ source }) => answer.runAgainst(source, RUN_MS)));
    for (const [i, run] of runs.entries()) {
      expect.that(run.failed > 0, `your tests do not notice a version that ${versions[i]?.what}`, {
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
    'To see what is printed: mock.method(console, "log", (line) => printed.push(line)) in beforeEach, mock.restoreAll() in afterEach. For "created" wait 20 ms first, as in the example.',
    'Take two or three different jobs, not one, and numbers other than 25. For the array: assert.throws(() => createPushNotificationsJobs({}, queue), { message: "jobs is not an array" }).',
  ],
  checks: [
    {
      id: "right",
      title: "The tests run, and pass with the function as it is",
      points: 2,
      limitMs: CHECK_MS,
      async run({ answer, expect }) {
        const run = await answer.runAgainst(GIVEN, RUN_MS);
        expect.that(run.passed + run.failed > 0, "the file has no tests", {
          expected: `at least ${LEAST_TESTS} tests`,
          cause:
            'A test is test("what it shows", () => { … }), with test from "node:test", or it(…) with mocha.',
        });
        expect.that(run.failed === 0, "your tests fail, although the function is right", {
          expected: "all tests pass with push.ts as it is",
          actual: named(run),
          cause: "Compare your test with the task's table: the function does what stands there.",
        });
        expect.value(run.passed, "the number of tests").atLeast(LEAST_TESTS, {
          cause: "One test for each line of the table says best what is broken.",
        });
      },
    },
    {
      id: "other-styles",
      title: "The tests also pass with two right versions that are written in another way",
      points: 2,
      after: "right",
      limitMs: CHECK_MS,
      async run({ answer, expect }) {
        const [later, inSteps] = await Promise.all([
          answer.runAgainst(WITH_PROMISES, RUN_MS),
          answer.runAgainst(IN_STEPS, RUN_MS),
        ]);
        expect.that(later.failed === 0, "your tests fail with a right version that works with promises", {
          expected: "all tests pass: it copies the data, uses createJob, and prints created a moment later",
          actual: named(later),
          cause: laterCause(named(later)),
        });
        expect.that(inSteps.failed === 0, "your tests fail with a right version that makes all jobs first", {
          expected: "all tests pass: it saves the jobs once all of them are made",
          actual: named(inSteps),
          cause: laterCause(named(inSteps)),
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
        expect.that(!run.output.includes(mark), "Kue is still in test mode when your tests have ended", {
          expected: "queue.testMode.exit() after the last test",
          cause: "What runs afterwards in the same program would save no job: leave the mode in after(…).",
        });
      },
    },
    {
      id: "refuses",
      title: "They notice when something that is no array is not refused",
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(
        REFUSES,
        'For a computer an array is an object too, so beginners confuse the two: try {} as well as a text, and look for the message "jobs is not an array".',
      ),
    },
    {
      id: "one-each",
      title: "They notice when there is not one job for each member of the list",
      points: 2,
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(
        ONE_EACH,
        "Give it two or three members, and count queue.testMode.jobs: as many, no more and no less.",
      ),
    },
    {
      id: "type-and-data",
      title: "They notice a wrong type or wrong data",
      points: 2,
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(
        TYPE_AND_DATA,
        "Compare job.type with the text, and all of job.data with the member: assert.deepEqual.",
      ),
    },
    {
      id: "created",
      title: "They notice when a new job is not reported",
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(CREATED, "Collect what console.log prints, wait a moment, and look for job <id> created."),
    },
    {
      id: "progress",
      title: "They notice when progress is reported wrongly",
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(
        PROGRESS,
        'Emit another number than that of the lesson: job.emit("progress", 60) must print 60.',
      ),
    },
    {
      id: "ends",
      title: "They notice when the end of a job is not reported, or not its reason",
      points: 2,
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(
        ENDS,
        'Emit complete on one job and failed, with a reason, on another: job.emit("failed", "no such phone"). Compare the whole line.',
      ),
    },
    {
      id: "whose",
      title: "They notice when the id is that of another job",
      after: "right",
      limitMs: CHECK_MS,
      run: noticed(
        WHOSE,
        "With one job alone nobody sees it: make two or three, let the first one tell something, and compare the id.",
      ),
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
    {
      name: "printed-at-once",
      fails: "other-styles",
      why: "Looks for created before the queue has called back.",
    },
    {
      name: "queue-of-its-own",
      fails: "other-styles",
      why: "A queue made by hand with create alone: fits one version only.",
    },
    {
      name: "same-object",
      fails: "other-styles",
      why: "Wants the very object as data, where a copy will do.",
    },
    { name: "never-leaves", fails: "leaves", why: "Enters the test mode and never leaves it." },
    { name: "texts-only", fails: "refuses", why: "Tries a text alone where an array is wanted." },
    { name: "throws-anything", fails: "refuses", why: "Forgets to try what is no array." },
    { name: "one-member", fails: "one-each", why: "Looks whether there is a job at all." },
    {
      name: "type-alone",
      fails: "type-and-data",
      why: "Compares the type and the phone, but never the message.",
    },
    { name: "without-created", fails: "created", why: "Never looks whether a new job is reported." },
    {
      name: "numbers-of-the-lesson",
      fails: "progress",
      why: "Emits 25, as in the lesson, and no other number.",
    },
    { name: "reason-ignored", fails: "ends", why: "Is content with a line that begins with failed." },
    { name: "first-line-only", fails: "ends", why: "Looks at progress, and never at the end of a job." },
    { name: "one-job", fails: "whose", why: "Lets the last job tell, whose id is right in any case." },
  ],
} satisfies TestsExercise;

function laterCause(failures: string): string | undefined {
  if (/is not a function/.test(failures))
    return "A queue made by hand knows only what one version uses: take a queue of Kue, in its test mode.";
  if (/created/.test(failures))
    return "Created is printed when Kue has called back, which may be a moment later: wait 20 ms before you look, and at the end of every test, or it is printed during the next one.";
  if (/same|reference|strictEqual|to equal|to be equal/i.test(failures))
    return "The data may be a copy: compare what is in it, with deepEqual.";
  return "Look only at what the table promises: jobs, type, data, lines printed.";
}
