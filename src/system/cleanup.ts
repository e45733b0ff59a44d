/**
 * What must not outlive the lab: processes, containers, folders. Whoever starts one registers how to release
 * it; an interrupt releases everything before the lab ends, and a last resort runs on exit.
 */
import { ExitCode } from "./errors.ts";

type Release = () => Promise<void> | void;
interface Entry {
  readonly release: Release;
  readonly now: (() => void) | undefined;
}

const entries = new Set<Entry>();
let interrupted = false;

/**
 * Registers something to release. Gives a function that releases it once and forgets it.
 * `now` is the synchronous last resort, for when no time is left to wait.
 */
export function onRelease(release: Release, now?: () => void): () => Promise<void> {
  let done: Promise<void> | undefined;
  const entry: Entry = {
    release: () => {
      done ??= Promise.resolve()
        .then(release)
        .finally(() => entries.delete(entry));
      return done;
    },
    now,
  };
  entries.add(entry);
  return async () => entry.release();
}

/** Releases all that is registered, latest first in time of registration; never rejects. */
export async function releaseAll(): Promise<void> {
  while (entries.size > 0) {
    const batch = [...entries].reverse();
    await Promise.allSettled(batch.map((entry) => entry.release()));
    for (const entry of batch) entries.delete(entry);
  }
}

/** True once the lab was asked to stop: what is started from then on would be left behind. */
export function isInterrupted(): boolean {
  return interrupted;
}

/** The lab was asked to stop; whatever was under way is worth nothing any more. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Call right before something is started that would have to be released: after an interrupt nobody would. */
export function throwIfInterrupted(): void {
  if (interrupted) throw new Interrupted("interrupted");
}

/** Told of Ctrl-C in place of the lab's end. */
let taker: (() => void) | undefined;

/** Takes Ctrl-C for the caller, who is told of each, until the function that it gives is called. */
export function takeInterrupts(told: () => void): () => void {
  taker = told;
  return () => {
    if (taker === told) taker = undefined;
  };
}

/** Makes Ctrl-C, SIGTERM and a closed terminal release everything and exit with 130; call once, from the CLI. */
export function releaseOnInterrupt(): void {
  const interrupt = (signal?: NodeJS.Signals) => {
    if (signal === "SIGINT" && taker) return taker();
    if (interrupted) process.exit(ExitCode.interrupted);
    interrupted = true;
    process.exitCode = ExitCode.interrupted;
    releaseAll().finally(() => {
      // Node aborts when it gives back a terminal that is gone.
      if (signal === "SIGHUP" && process.stdin.isTTY) {
        process.off("SIGHUP", interrupt);
        process.kill(process.pid, "SIGHUP");
      } else process.exit(ExitCode.interrupted);
    });
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  process.on("exit", () => {
    for (const entry of entries) entry.now?.();
  });
}
