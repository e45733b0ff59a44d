/** Answers that run as a program of their own: `program` and `worker`; what an `app` shares with them. */
import type { ProgramAnswer, RunningAnswer, StartOptions } from "../../course/vocabulary.ts";
import type { CellProcess } from "../../sandbox/sandbox.ts";
import { DeadlineExceeded, withDeadline } from "../../system/waiting.ts";
import { bundleAnswer } from "../bundle.ts";
import { AnswerFault } from "../fault.ts";
import { type AnswerDriver, answerRedisUrl, type DriverInput, endedFault, shownOutput } from "./answer.ts";

const BUNDLE_FILE = "answer.mjs";
const END_LIMIT_MS = 5_000;

export function programDriver(input: DriverInput): AnswerDriver {
  const program = openProgram(input);
  return {
    async prepare(evidence) {
      await program.ready();
      const answer: ProgramAnswer = {
        async start(options = {}) {
          const process = await program.launch(options);
          evidence.did(startLine(program.entry(), options));
          return runningAnswer(process, program.entry(), program.sources());
        },
      };
      return answer;
    },
    async settle() {
      // A program or worker may end at any time; whether it should have is the check's question.
    },
    finish: () => program.killAll(),
    dispose: () => program.dispose(),
  };
}

/** The answer as a bundle in a cell, from which its processes start. */
export interface OpenedProgram {
  /** Waits until it can be launched. @throws AnswerFault where it has a syntax error. */
  ready(): Promise<void>;
  /** The file that is run; known once it is ready. */
  entry(): string;
  /** The answer's files, as stack traces name them. */
  sources(): readonly string[];
  /** `listens`: give it a PORT. */
  launch(options: StartOptions, listens?: boolean): Promise<CellProcess>;
  killAll(): Promise<void>;
  dispose(): Promise<void>;
}

export function openProgram(input: DriverInput): OpenedProgram {
  let entry = "";
  let sources: readonly string[] = [];
  const cell = input.sandbox.open();
  const bundled = input.answer.then(async (answer) => {
    const bundle = await bundleAnswer(answer);
    entry = answer.entry;
    sources = bundle.sources;
    await (await cell).write(BUNDLE_FILE, bundle.code);
  });
  for (const started of [cell, bundled]) started.catch(() => {});
  return {
    entry: () => entry,
    sources: () => sources,
    async ready() {
      await bundled;
      await input.session;
    },
    async launch(options, listens = false) {
      const [opened, session] = await Promise.all([cell, input.session]);
      return opened.start({
        entry: { kind: "file", path: BUNDLE_FILE },
        args: options.args ?? [],
        env: { REDIS_URL: await answerRedisUrl(opened, session), ...options.env },
        listens,
        stdout: "output",
      });
    },
    async killAll() {
      await (await cell).killAll();
    },
    async dispose() {
      await (await cell).dispose();
    },
  };
}

export function runningAnswer(
  process: CellProcess,
  entry: string,
  sources: readonly string[],
): RunningAnswer {
  return {
    output: (stream) => (stream ? process.streams[stream] : process.output).text(),
    shown: () => shownOutput(process.output.text(), sources),
    signal: (signal) => process.signal(signal),
    async ended(withinMs = END_LIMIT_MS) {
      const exit = await withDeadline(withinMs, process.exit, entry).catch((error) => {
        if (!(error instanceof DeadlineExceeded)) throw error;
        throw new AnswerFault("failed", `it is still running after ${(withinMs / 1000).toFixed(1)} s`, {
          expected: "it ends by itself",
          actual: shownOutput(process.output.text(), sources),
          cause:
            "Something still keeps it alive: a client that was not closed, a timer, or a queue that was not shut down.",
        });
      });
      // Killed by the sandbox: its exit code and signal would tell a check nothing.
      if (exit.reason) throw endedFault(exit, process.output.text(), sources, `${entry} was ended`);
      return { code: exit.code, signal: exit.signal };
    },
    get isRunning() {
      return !process.hasEnded;
    },
  };
}

/** The shell line that starts it; `port` for what listens. */
export function startLine(entry: string, options: StartOptions, port?: number): string {
  const env = { ...options.env, ...(port === undefined ? {} : { PORT: String(port) }) };
  const before = Object.entries(env).map(([name, value]) => `${name}=${shellWord(value)} `);
  const args = (options.args ?? []).map((arg) => ` ${shellWord(arg)}`);
  return `${before.join("")}node ${entry}${args.join("")}`;
}

/** An argument, or the value of a variable, as a shell takes it. */
function shellWord(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
