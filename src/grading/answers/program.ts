/** Answers that run as a program of their own: `program`, `worker` and `app`. */
import type { RunningAnswer, RunningApp, StartOptions } from "../../course/vocabulary.ts";
import type { Cell, CellProcess } from "../../sandbox/sandbox.ts";
import { withDeadline } from "../../system/waiting.ts";
import { bundleAnswer } from "../bundle.ts";
import type { Evidence } from "../evidence.ts";
import { AnswerFault } from "../fault.ts";
import { type AnswerDriver, answerRedisUrl, type DriverInput, endedFault, lastLines } from "./answer.ts";
import { sendRequest, waitUntilListening } from "./http.ts";

const BUNDLE_FILE = "answer.mjs";
const END_LIMIT_MS = 5_000;

export function programDriver(input: DriverInput): AnswerDriver {
  let sources: readonly string[] = [];
  const cell = input.sandbox.open();
  const bundled = bundleAnswer(input.answer).then(async (bundle) => {
    sources = bundle.sources;
    await (await cell).write(BUNDLE_FILE, bundle.code);
  });
  for (const started of [cell, bundled]) started.catch(() => {});
  const listens = input.exercise.form === "app";
  let running: Started[] = [];

  const start = async (options: StartOptions, evidence: Evidence): Promise<Started> => {
    const opened: Cell = await cell;
    const session = await input.session;
    const process = await opened.start({
      entry: { kind: "file", path: BUNDLE_FILE },
      args: options.args ?? [],
      env: { REDIS_URL: answerRedisUrl(opened, session), ...options.env },
      listens,
      stdout: "output",
    });
    const started = { process, answer: runningAnswer(process, input.answer.entry), mayEnd: false };
    running.push(started);
    evidence.did(startLine(input.answer.entry, options, listens));
    return started;
  };

  return {
    async prepare(evidence) {
      await bundled;
      await input.session;
      if (!listens) {
        return {
          start: async (options: StartOptions = {}) => {
            const started = await start(options, evidence);
            // A program or worker may end at any time; whether it should have is the check's question.
            started.mayEnd = true;
            return started.answer;
          },
        };
      }
      return {
        start: async (options: StartOptions = {}) => {
          const started = await start(options, evidence);
          await waitUntilListening(started.process, sources);
          return runningApp(started, evidence, sources);
        },
      };
    },
    async settle() {
      const ended = running.find((one) => one.process.hasEnded && !one.mayEnd);
      if (!ended) return;
      throw endedFault(
        await ended.process.exit,
        ended.process.output.text(),
        sources,
        "the app ended while it was being used",
      );
    },
    async finish() {
      running = [];
      await (await cell).killAll();
    },
    async dispose() {
      await (await cell).dispose();
    },
  };
}

interface Started {
  readonly process: CellProcess;
  readonly answer: RunningAnswer;
  /** The check asked it to end, or it is of a form that may. */
  mayEnd: boolean;
}

function runningAnswer(process: CellProcess, entry: string): RunningAnswer {
  return {
    output: () => process.output.text(),
    signal: (signal) => process.signal(signal),
    async ended(withinMs = END_LIMIT_MS) {
      try {
        const { code, signal } = await withDeadline(withinMs, process.exit, entry);
        return { code, signal };
      } catch {
        throw new AnswerFault("failed", `it is still running after ${(withinMs / 1000).toFixed(1)} s`, {
          expected: "it ends by itself",
          actual: lastLines(process.output.text()) || "it printed nothing",
          cause:
            "Something still keeps it alive: a client that was not closed, a timer, or a queue that was not shut down.",
        });
      }
    },
    get isRunning() {
      return !process.hasEnded;
    },
  };
}

function runningApp(started: Started, evidence: Evidence, sources: readonly string[]): RunningApp {
  const { process, answer } = started;
  return {
    output: answer.output,
    signal(signal) {
      started.mayEnd = true;
      answer.signal(signal);
    },
    ended(withinMs) {
      started.mayEnd = true;
      return answer.ended(withinMs);
    },
    get isRunning() {
      return answer.isRunning;
    },
    request: (method, path, options) => sendRequest(process, sources, evidence, method, path, options),
  };
}

function startLine(entry: string, options: StartOptions, listens: boolean): string {
  const env = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value} `);
  const port = listens ? "PORT=3000 " : "";
  const args = (options.args ?? []).map((arg) => ` ${JSON.stringify(arg)}`);
  return `${env.join("")}${port}node ${entry}${args.join("")}`;
}
