/** What every sandbox makes of a process that it started: capped output, the reason of its end. */
import type { Readable, Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { cappedOutput, FLOOD_BYTES, formatBytes } from "./output.ts";
import type { CellProcess, ProcessExit, ProcessPlan } from "./sandbox.ts";

const FORCE_AFTER_MS = 1_500;
/** Milliseconds for output that has arrived to be read; only who speaks in a supervisor's name keeps it open longer. */
const OUTPUT_LIMIT_MS = 1_000;
export const OUT_OF_MEMORY = "it ran out of memory";

/** A process as a sandbox has it. */
export interface StartedProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves once it has ended and its output has been read, or cannot be waited for. */
  readonly ended: Promise<ProcessExit>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it where it does not obey a SIGKILL, because who should send it is in an enemy's hands. */
  force?(): void;
  readonly listening: CellProcess["listening"];
  readonly listeningPorts?: CellProcess["listeningPorts"];
}

export interface WatchedProcess extends CellProcess {
  /** Kills it; its exit gives this reason. */
  endFor(reason: string): void;
}

export function watchProcess(started: StartedProcess, plan: ProcessPlan): WatchedProcess {
  const output = cappedOutput();
  const streams = { stdout: cappedOutput(), stderr: cappedOutput() };
  let reason: string | undefined;
  let hasEnded = false;
  const signal = (name: NodeJS.Signals) => {
    if (!hasEnded) started.signal(name);
  };
  const endFor = (why: string) => {
    reason ??= why;
    signal("SIGKILL");
    setTimeout(() => {
      if (!hasEnded) started.force?.();
    }, FORCE_AFTER_MS).unref();
  };
  const onFlood = () => endFor(`it printed more than ${formatBytes(FLOOD_BYTES)}`);
  const collect = (name: "stdout" | "stderr") => {
    for (const kept of [output, streams[name]]) kept.collect(started[name], onFlood);
  };
  collect("stderr");
  if (plan.stdout === "output") collect("stdout");
  started.stdin.on("error", () => {
    // Writing to a process that just ended: its exit tells the story.
  });
  const collected = plan.stdout === "output" ? [started.stderr, started.stdout] : [started.stderr];
  const exit = started.ended.then(
    async (ended): Promise<ProcessExit> => {
      hasEnded = true;
      // The news of its end may overtake output that was read, but not yet handed out.
      await Promise.race([
        Promise.all(collected.map(isOver)),
        pause(OUTPUT_LIMIT_MS, undefined, { ref: false }),
      ]);
      const heap = output.text().includes("JavaScript heap out of memory") ? OUT_OF_MEMORY : undefined;
      const why = reason ?? ended.reason ?? heap;
      return { code: ended.code, signal: ended.signal, ...(why ? { reason: why } : {}) };
    },
    (error: unknown) => {
      hasEnded = true;
      throw error;
    },
  );
  // Whoever waits for it hears of a failure; often nobody does.
  exit.catch(() => {});
  return {
    stdin: started.stdin,
    stdout: plan.stdout === "channel" ? started.stdout : undefined,
    output,
    streams,
    listening: started.listening,
    exit,
    get hasEnded() {
      return hasEnded;
    },
    signal,
    endFor,
    ...(started.listeningPorts ? { listeningPorts: started.listeningPorts } : {}),
  };
}

/** Settles when all of it was handed out. */
function isOver(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.readableEnded || stream.closed) resolve();
    else stream.once("end", resolve).once("close", resolve);
  });
}

/**
 * Only Linux tells how much memory a process has; elsewhere its heap is bounded. With any flag of V8's own it refuses the
 * machine code that comes with Node, which takes 9 ms.
 */
const V8_FLAGS = process.platform === "linux" ? [] : ["--max-old-space-size=256"];

/** Node's own arguments; `runner` and `folder` are where the cell has the runner and the answer. */
export function nodeArguments(plan: ProcessPlan, runner: string, folder: string): string[] {
  const entry = plan.entry.kind === "runner" ? runner : `${folder}/${plan.entry.path}`;
  return [
    ...V8_FLAGS,
    // The runner turns them on itself, 13 ms later, when it waits for the judge anyway.
    ...(plan.entry.kind === "runner" ? [] : ["--enable-source-maps"]),
    ...(plan.nodeFlags ?? []),
    entry,
    ...(plan.args ?? []),
  ];
}

/** All that a process finds in its environment but PORT; nothing of the judge's. */
export function answerEnvironment(
  plan: ProcessPlan,
  folder: string,
  path: readonly string[],
): Record<string, string> {
  return { PATH: path.join(":"), HOME: folder, TMPDIR: `${folder}/tmp`, LANG: "C.UTF-8", ...plan.env };
}
