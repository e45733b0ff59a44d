/** What runs a test file: node's own runner, or mocha. Both report each test in a line that begins with a mark. */
import type { Bundle } from "../bundle.ts";

export interface TestRunner {
  /** What a student types to run the file. */
  readonly command: string;
  /** A file to be put beside the tests, which reports. */
  readonly file: string;
  readonly source: string;
  /** What is started. */
  readonly entry: string;
  readonly nodeFlags: readonly string[];
}

/** Milliseconds for one test; mocha's usual 2 s are little on a busy machine. */
const TEST_LIMIT_MS = 5_000;

/**
 * Node's own runner where the tests import it, else mocha, whose functions are global.
 * @param mark keeps the lines of the report apart from what the tests print.
 */
export function testRunner({ imports }: Bundle, testFile: string, mark: string): TestRunner {
  return imports.some((name) => name === "node:test" || name === "test")
    ? nodeRunner(testFile, mark)
    : mochaRunner(testFile, mark);
}

/** As one line; `error` is what the test threw. */
const SAY = `const say = (passed, name, error) => "\\n" + MARK + JSON.stringify({
  passed, name: String(name).slice(0, 200), message: String(error?.message ?? error ?? "").slice(0, 500),
}) + "\\n";
const DONE = "\\n" + MARK + JSON.stringify("done") + "\\n";`;

function nodeRunner(testFile: string, mark: string): TestRunner {
  return {
    command: "node --test",
    file: "reporter.mjs",
    source: `const MARK = "${mark}";
${SAY}
export default async function* (events) {
  for await (const { type, data } of events) {
    const isTest = data.details?.type !== "suite" && !data.skip && !data.todo;
    if (isTest && (type === "test:pass" || type === "test:fail")) {
      const error = data.details?.error;
      yield say(type === "test:pass", data.name, error?.cause ?? error);
    }
  }
  yield DONE;
}
`,
    entry: testFile,
    nodeFlags: ["--test-reporter=./reporter.mjs", "--test-reporter-destination=stdout"],
  };
}

function mochaRunner(testFile: string, mark: string): TestRunner {
  return {
    command: "npx mocha --exit",
    file: "mocha-run.mjs",
    source: `import Mocha from "mocha";
const MARK = "${mark}";
${SAY}
const write = process.stdout.write.bind(process.stdout);
class Report {
  constructor(runner) {
    runner.on("pass", (test) => write(say(true, test.fullTitle())));
    runner.on("fail", (test, error) => write(say(false, test.fullTitle(), error)));
  }
}
const mocha = new Mocha({ reporter: Report, timeout: ${TEST_LIMIT_MS} });
mocha.suite.emit("pre-require", globalThis, "${testFile}", mocha);
await import("./${testFile}");
mocha.run(() => write(DONE, () => process.exit()));
`,
    entry: "mocha-run.mjs",
    nodeFlags: [],
  };
}
