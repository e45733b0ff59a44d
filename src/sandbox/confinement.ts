/** What a strong sandbox is: what each cell has in it and at most, and how an inner sandbox is started. */
import type { Readable, Writable } from "node:stream";
import type { SandboxName } from "./sandbox.ts";

/** Where a cell has what it needs. */
export const CELL = {
  /** The answer's own, the only one that it can write to, with `tmp` in it. */
  answer: "/answer",
  runner: "/lab/runner.cjs",
  supervisor: "/lab/supervisor.cjs",
  /** Where Node looks from `/answer`. */
  packages: "/node_modules",
  /** The first service's port, as students know it; it is free in a network of its own. */
  firstPort: 6379,
} as const;

/** Bytes of memory of a cell, with all that runs in it. */
export const CELL_MEMORY_BYTES = 1024 * 1024 * 1024;
/** Bytes of data of one process, where the cell's memory is only looked at: more, so that the look comes first. */
export const PROCESS_DATA_BYTES = 1.25 * CELL_MEMORY_BYTES;
/** Processes and threads of a cell: a Node has eleven. */
export const CELL_PROCESSES = 256;
/** Bytes of one file, and of all of them together. */
export const CELL_FILE_BYTES = 64 * 1024 * 1024;
export const CELL_FILES_BYTES = 128 * 1024 * 1024;

/** Files and connections that one process may have open; the supervisor has two for each connection of an answer. */
export const CELL_OPEN_FILES = 2_048;
/** How many files. */
export const CELL_FILES = 10_000;

/** A started sandbox with a supervisor that speaks on these pipes. */
export interface Inside {
  readonly input: Writable;
  readonly output: Readable;
  /** What the sandbox itself says, and before an answer runs nothing else. */
  readonly complaints: Readable;
  /** Settles once an answer may be started in it. */
  readonly prepared: Promise<void>;
  /** What the answer did to be ended by the sandbox, where it can tell. @throws LabError where the sandbox failed. */
  whyEnded(): Promise<string | undefined>;
  /** Ends it with all that is in it; safe to call twice. */
  destroy(): Promise<void>;
}

export interface Confinement {
  readonly name: SandboxName;
  /** The folders in PATH. */
  readonly path: readonly string[];
  start(): Promise<Inside>;
}
