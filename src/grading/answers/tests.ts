/** Tests answers: the student's test file, run against versions of a given subject. */
import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { TestRun } from "../../course/vocabulary.ts";
import { DeadlineExceeded, withDeadline } from "../../system/waiting.ts";
import { bundleAnswer } from "../bundle.ts";
import type { Evidence } from "../evidence.ts";
import { AnswerFault } from "../fault.ts";
import { type AnswerDriver, answerRedisUrl, type DriverInput, endedFault } from "./answer.ts";
import { testRunner } from "./test-runners.ts";

const BUNDLE_FILE = "answer.test.mjs";
const SUBJECT_FILE = "./subject.mjs";
const RUN_LIMIT_MS = 10_000;

export function testsDriver(input: DriverInput): AnswerDriver {
  const subject = "subject" in input.exercise ? input.exercise.subject : "subject";
  const bundled = input.answer.then((answer) => bundleAnswer(answer, { [subject]: SUBJECT_FILE }));
  bundled.catch(() => {});

  /** A cell of its own for each run: what one run left must not reach the next. */
  const runAgainst = async (evidence: Evidence, source: string, limitMs = RUN_LIMIT_MS): Promise<TestRun> => {
    const [{ entry }, bundle, session] = await Promise.all([input.answer, bundled, input.session]);
    const mark = randomBytes(8).toString("hex");
    const runner = testRunner(bundle, BUNDLE_FILE, mark);
    evidence.did(`${runner.command} ${entry}`);
    const version = await bundleAnswer({
      entry: "subject.ts",
      files: [{ path: "subject.ts", content: Buffer.from(source) }],
    });
    const cell = await input.sandbox.open();
    try {
      await Promise.all([
        cell.write(BUNDLE_FILE, bundle.code),
        cell.write(SUBJECT_FILE, version.code),
        cell.write(runner.file, runner.source),
      ]);
      const run = await cell.start({
        entry: { kind: "file", path: runner.entry },
        nodeFlags: runner.nodeFlags,
        env: { REDIS_URL: await answerRedisUrl(cell, session) },
        stdout: "channel",
      });
      const report = readReport(run.stdout, mark, () => run.signal("SIGKILL"));
      const exit = await withDeadline(limitMs, run.exit, "the tests").catch((error) => {
        if (!(error instanceof DeadlineExceeded)) throw error;
        throw new AnswerFault("timeout", `the tests were still running after ${limitMs / 1000} s`, {
          cause: "Does every test end, and is every queue and client closed after the last one?",
        });
      });
      const counted = report.run();
      const hasRun = counted.passed + counted.failed > 0;
      if (!report.isComplete() && (hasRun || exit.code !== 0)) {
        const reason = report.isFlood() ? { ...exit, reason: "it printed more than 64 MiB" } : exit;
        const what = hasRun ? "its tests were done" : "a test ran";
        throw endedFault(reason, run.output.text(), bundle.sources, `the test file ended before ${what}`);
      }
      return { ...counted, output: run.output.text() };
    } finally {
      await cell.dispose();
    }
  };
  return {
    async prepare(evidence) {
      await Promise.all([bundled, input.session]);
      return {
        runAgainst: (source: string, limitMs?: number) => runAgainst(evidence, source, limitMs),
      };
    },
    async settle() {},
    async finish() {},
    async dispose() {},
  };
}

/** Bytes of one line of the report, and of all that is printed beside it. */
const LINE_LIMIT_BYTES = 8 * 1024;
const FLOOD_BYTES = 64 * 1024 * 1024;
const FAILURE_LIMIT = 1_000;

interface Report {
  run(): Omit<TestRun, "output">;
  /** The runner came to its end: nobody left with `process.exit` in the middle. */
  isComplete(): boolean;
  isFlood(): boolean;
}

/** Reads the report, which tests may forge but so say no more than a test of theirs could, from a stream that also holds whatever the tests print. */
function readReport(stream: Readable | undefined, mark: string, onFlood: () => void): Report {
  const failures: { name: string; message: string }[] = [];
  let passed = 0;
  let complete = false;
  let total = 0;
  let line = "";
  const read = (text: string) => {
    if (!text.startsWith(mark)) return;
    const reported = parsedJson(text.slice(mark.length));
    if (reported === "done") complete = true;
    if (typeof reported !== "object" || reported === null) return;
    const { passed: hasPassed, name, message } = reported as Readonly<Record<string, unknown>>;
    if (hasPassed === true) passed++;
    else if (failures.length < FAILURE_LIMIT) failures.push({ name: textOf(name), message: textOf(message) });
  };
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    const wasBelow = total <= FLOOD_BYTES;
    total += chunk.length;
    if (wasBelow && total > FLOOD_BYTES) onFlood();
    const lines = chunk.split("\n");
    for (const [index, piece] of lines.entries()) {
      if (line.length < LINE_LIMIT_BYTES) line += piece;
      if (index === lines.length - 1) break;
      read(line);
      line = "";
    }
  });
  return {
    run: () => ({ passed, failed: failures.length, failures }),
    isComplete: () => complete,
    isFlood: () => total > FLOOD_BYTES,
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
