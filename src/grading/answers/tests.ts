/** Tests answers: the student's test file, run by node's own test runner against versions of a given subject. */
import { randomBytes } from "node:crypto";
import type { TestRun } from "../../course/vocabulary.ts";
import { DeadlineExceeded, withDeadline } from "../../system/waiting.ts";
import { bundleAnswer } from "../bundle.ts";
import { AnswerFault } from "../fault.ts";
import { type AnswerDriver, answerRedisUrl, type DriverInput, endedFault } from "./answer.ts";

const BUNDLE_FILE = "answer.test.mjs";
const SUBJECT_FILE = "./subject.mjs";
const RUN_LIMIT_MS = 10_000;

export function testsDriver(input: DriverInput): AnswerDriver {
  const subject = "subject" in input.exercise ? input.exercise.subject : "subject";
  const bundled = bundleAnswer(input.answer, { [subject]: SUBJECT_FILE });
  bundled.catch(() => {});

  /** A cell of its own for each run: what one run left must not reach the next. */
  const runAgainst = async (source: string, limitMs = RUN_LIMIT_MS): Promise<TestRun> => {
    const [bundle, session] = await Promise.all([bundled, input.session]);
    const version = await bundleAnswer({
      entry: "subject.ts",
      files: [{ path: "subject.ts", content: Buffer.from(source) }],
    });
    const cell = await input.sandbox.open();
    try {
      const mark = randomBytes(8).toString("hex");
      await Promise.all([
        cell.write(BUNDLE_FILE, bundle.code),
        cell.write(SUBJECT_FILE, version.code),
        cell.write("reporter.mjs", reporterSource(mark)),
      ]);
      const run = await cell.start({
        entry: { kind: "file", path: BUNDLE_FILE },
        nodeFlags: ["--test-reporter=./reporter.mjs", "--test-reporter-destination=stdout"],
        env: { REDIS_URL: answerRedisUrl(cell, session) },
        stdout: "output",
      });
      const exit = await withDeadline(limitMs, run.exit, "the tests").catch((error) => {
        if (!(error instanceof DeadlineExceeded)) throw error;
        throw new AnswerFault("timeout", `the tests were still running after ${limitMs / 1000} s`, {
          cause: "Does every test end, and is every queue and client closed after the last one?",
        });
      });
      const counted = parseReport(run.output.text(), mark);
      if (counted.passed + counted.failed === 0 && exit.code !== 0) {
        throw endedFault(exit, run.output.text(), bundle.sources, "the test file ended before a test ran");
      }
      return counted;
    } finally {
      await cell.dispose();
    }
  };
  return {
    async prepare(evidence) {
      await Promise.all([bundled, input.session]);
      return {
        runAgainst(source: string, limitMs?: number) {
          evidence.did(`node --test ${input.answer.entry}`);
          return runAgainst(source, limitMs);
        },
      };
    },
    async settle() {},
    async finish() {},
    async dispose() {},
  };
}

/** A reporter for node:test; the mark keeps its lines apart from what the tests print. */
function reporterSource(mark: string): string {
  return `export default async function* (events) {
  for await (const { type, data } of events) {
    if ((type === "test:pass" || type === "test:fail") && data.details?.type !== "suite" && !data.skip && !data.todo) {
      const error = data.details?.error;
      const message = String(error?.cause?.message ?? error?.message ?? "").slice(0, 500);
      yield "\\n${mark}" + JSON.stringify({ passed: type === "test:pass", name: String(data.name).slice(0, 200), message }) + "\\n";
    }
  }
}
`;
}

function parseReport(output: string, mark: string): TestRun {
  const rows = output.split("\n").flatMap((line) => {
    if (!line.startsWith(mark)) return [];
    try {
      return [JSON.parse(line.slice(mark.length)) as { passed: boolean; name: string; message: string }];
    } catch {
      return [];
    }
  });
  const failures = rows.filter((row) => !row.passed).map(({ name, message }) => ({ name, message }));
  return { passed: rows.length - failures.length, failed: failures.length, failures };
}
