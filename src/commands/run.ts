/** `lab run [exercise] [words…]`: run the answer on a scratch Redis, and show what it did. */
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Exercise } from "../course/exercise.ts";
import { exerciseIds, loadExercise } from "../course/load.ts";
import { exampleText } from "../course/texts.ts";
import { AnswerFault } from "../grading/fault.ts";
import type { GradingPlace } from "../grading/place.ts";
import { type OpenedScratch, openScratch, type ScratchProcess } from "../grading/scratch.ts";
import { splitWords } from "../grading/words.ts";
import { renderAfterwards } from "../report/afterwards.ts";
import { renderReply } from "../report/reply.ts";
import { printable } from "../report/text.ts";
import { takeInterrupts } from "../system/cleanup.ts";
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
  const folder = join(workspace.folder, id);
  return inGradingPlace(place, terminal.say, (opened) =>
    runInPlace(exercise, folder, opened, words, terminal),
  );
}

/** As `lab run`, in a place that is open already. */
export async function runInPlace(
  exercise: Exercise,
  folder: string,
  place: GradingPlace,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    const example = exampleText(exercise.id);
    const scratch = await openScratch(exercise, folder, place, example);
    if (example !== undefined) terminal.say(messages.runExample(exercise.id));
    try {
      const good = await showRun(exercise, scratch, words, terminal);
      const received = await scratch.received();
      if (received) {
        const changes = await scratch.changes();
        terminal.print(`\n${renderAfterwards({ received, changes }, terminal.style)}`);
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
      for (const { name, message } of failures)
        terminal.print(`${terminal.style.signs.failed} ${printable(`${name}: ${message}`)}\n`);
      terminal.print(`${passed} passed, ${failed} failed\n`);
      return failed === 0 && passed > 0;
    }
    case "server": {
      if (words.length > 0) {
        terminal.print(`${printable(await scratch.cli(words))}\n`);
        return true;
      }
      terminal.say(messages.runServer);
      for await (const typed of openInput()) {
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
  let giveBack: () => void = () => {};
  const interrupted = new Promise<true>((resolve) => {
    giveBack = takeInterrupts(() => {
      // The next one ends the lab, should the program not end.
      giveBack();
      resolve(true);
    });
  });
  let stillRunning: NodeJS.Timeout | undefined;
  let input: Interface | undefined;
  try {
    if (running.url) terminal.say(messages.runApp(running.url));
    if (exercise.form === "worker") terminal.say(messages.runWorker);
    if (exercise.form === "program")
      stillRunning = setTimeout(() => terminal.say(messages.runStill), LONG_MS);
    if (exercise.form === "module" && words.length === 0) {
      input = openInput();
      input.on("line", (line) => running.stdin.write(`${line}\n`)).once("close", () => running.stdin.end());
      // Only now: what is typed is shown by its editor alone.
      if (process.stdin.isTTY) terminal.say(messages.runModule(exercise.number));
    }
    const wasAsked = await Promise.race([running.exit.then(() => false), interrupted]);
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
    giveBack();
    input?.close();
  }
}

/** Lines that are typed or piped in; in a terminal they can be edited, and Ctrl-D ends them. */
function openInput(): Interface {
  const { stdin, stdout } = process;
  const isTyped = stdin.isTTY && stdout.isTTY;
  return (
    createInterface(isTyped ? { input: stdin, output: stdout, prompt: "" } : { input: stdin })
      // The terminal no longer sends the signal by itself.
      .on("SIGINT", () => void process.kill(process.pid, "SIGINT"))
  );
}

function writeError(text: string): void {
  process.stderr.write(text);
}
