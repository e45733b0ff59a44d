/** `lab run [exercise] [words…]`: run the answer on a scratch Redis, and show what it did. */
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Exercise } from "../course/exercise.ts";
import { exerciseIds, loadExercise } from "../course/load.ts";
import { AnswerFault } from "../grading/fault.ts";
import { type OpenedScratch, openScratch, type ScratchProcess } from "../grading/scratch.ts";
import { splitWords } from "../grading/words.ts";
import { renderAfterwards } from "../report/afterwards.ts";
import { renderReply } from "../report/reply.ts";
import { printable } from "../report/text.ts";
import { firstInterrupt } from "../system/cleanup.ts";
import { ExitCode } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { requireWorkspace } from "../workspace/workspace.ts";
import { chosenExercise } from "./chosen.ts";
import { messages } from "./messages.ts";
import { inGradingPlace } from "./place.ts";
import type { Terminal } from "./terminal.ts";

export interface RunOptions {
  readonly redis?: string;
}

/** Keys shown of what is there afterwards. */
const SHOWN_KEYS = 50;
/** Milliseconds in which a program that was asked to end does so. */
const ENDS_WITHIN_MS = 5_000;
/** Milliseconds after which one may wonder whether a program will end. */
const LONG_MS = 2_000;

export async function runAnswer(
  query: string | undefined,
  words: readonly string[],
  options: RunOptions,
  terminal: Terminal,
): Promise<number> {
  const workspace = requireWorkspace();
  const id = chosenExercise(query, exerciseIds(), workspace, terminal.say);
  const exercise = await loadExercise(packageRoot, id);
  const place = {
    redis: options.redis,
    sandbox: undefined,
    usualSandbox: "process",
    forms: [exercise.form],
    jobs: 1,
  } as const;
  return inGradingPlace(place, terminal.say, async (opened) => {
    try {
      const scratch = await openScratch(exercise, join(workspace.folder, id), opened);
      try {
        const good = await showRun(exercise, scratch, words, terminal);
        const received = await scratch.received();
        if (received) {
          const keys = await scratch.keys(SHOWN_KEYS);
          terminal.print(`\n${renderAfterwards({ received, keys }, terminal.style)}`);
        }
        return good ? ExitCode.passed : ExitCode.notPassed;
      } finally {
        await scratch.end();
      }
    } catch (error) {
      if (!(error instanceof AnswerFault)) throw error;
      sayFault(error, terminal);
      return ExitCode.notPassed;
    }
  });
}

function sayFault({ message, detail }: AnswerFault, terminal: Terminal): void {
  for (const line of [message, detail.actual, detail.cause]) if (line) terminal.say(printable(line));
}

/** True where it ended well. */
async function showRun(
  exercise: Exercise,
  { scratch }: OpenedScratch,
  words: readonly string[],
  terminal: Terminal,
): Promise<boolean> {
  switch (scratch.kind) {
    case "script": {
      const replies = await scratch.run();
      for (const { text, value, error } of replies) {
        terminal.print(`${terminal.style.chalk.dim(`> ${printable(text)}`)}\n`);
        terminal.print(`${renderReply(error === undefined ? value : new Error(error))}\n`);
      }
      return replies.every(({ error }) => error === undefined);
    }
    case "tests": {
      const { passed, failed, failures, output } = await scratch.run();
      terminal.print(printable(output));
      for (const { name, message } of failures) terminal.print(`✘ ${printable(`${name}: ${message}`)}\n`);
      terminal.print(`${passed} passed, ${failed} failed\n`);
      return failed === 0 && passed > 0;
    }
    case "server": {
      if (words.length > 0) {
        terminal.print(`${printable(await scratch.cli(words))}\n`);
        return true;
      }
      terminal.say(messages.runServer);
      for await (const typed of linesOfInput()) {
        const args = splitWords(typed);
        if (args && args.length > 0) terminal.print(`${printable(await scratch.cli(args))}\n`);
      }
      return true;
    }
    case "process": {
      const process = await scratch.start({
        args: words,
        // As the program wrote it: it is the student's own, in their own terminal.
        printed: (stream, text) => (stream === "stdout" ? terminal.print(text) : writeError(text)),
      });
      return untilEnded(exercise, process, words, terminal);
    }
  }
}

async function untilEnded(
  exercise: Exercise,
  running: ScratchProcess,
  words: readonly string[],
  terminal: Terminal,
): Promise<boolean> {
  const interrupt = firstInterrupt();
  let stillRunning: NodeJS.Timeout | undefined;
  try {
    if (running.url) terminal.say(messages.runApp(running.url));
    if (exercise.form === "worker") terminal.say(messages.runWorker);
    if (exercise.form === "program")
      stillRunning = setTimeout(() => terminal.say(messages.runStill), LONG_MS);
    if (exercise.form === "module" && words.length === 0) {
      if (process.stdin.isTTY) terminal.say(messages.runModule(exercise.number));
      void (async () => {
        for await (const line of linesOfInput()) running.stdin.write(`${line}\n`);
        running.stdin.end();
      })();
    }
    const wasAsked = await Promise.race([
      running.exit.then(() => false),
      interrupt.happened.then(() => true),
    ]);
    if (wasAsked) {
      running.signal("SIGTERM");
      const timer = setTimeout(() => running.signal("SIGKILL"), ENDS_WITHIN_MS);
      await running.exit;
      clearTimeout(timer);
    }
    const { code, signal, reason } = await running.exit;
    if (reason) terminal.say(messages.runEnded(reason));
    else if (!wasAsked && code !== 0) terminal.say(messages.runEnded(signal ?? `exit code ${code}`));
    return wasAsked || code === 0;
  } finally {
    clearTimeout(stillRunning);
    interrupt.cancel();
    process.stdin.destroy();
  }
}

function linesOfInput(): AsyncIterable<string> {
  const { stdin, stdout } = process;
  const prompt = stdin.isTTY && stdout.isTTY;
  return createInterface(prompt ? { input: stdin, output: stdout } : { input: stdin });
}

function writeError(text: string): void {
  process.stderr.write(text);
}
