/**
 * Where an answer's code runs. A sandbox opens cells, one for each grading; everything that the answer may
 * see or reach (files, its Redis, its port) comes from the cell, so that a cell may as well be a container on
 * a network of its own, or a namespace without one.
 */
import type { Readable, Writable } from "node:stream";
import type { CappedOutput } from "./output.ts";

export type SandboxName = "process" | "bubblewrap" | "docker";

export interface Sandbox {
  readonly name: SandboxName;
  open(): Promise<Cell>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One grading's place. Nothing of it is left after `dispose`. */
export interface Cell {
  /** Writes a file below the answer's folder. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Under which address the answer's processes reach what the judge reaches at `address`. */
  reach(address: Address): Address;
  start(plan: ProcessPlan): Promise<CellProcess>;
  /** Kills every process that was ever started here, and their descendants, but keeps the files. */
  killAll(): Promise<void>;
  /** As `killAll`, and removes the files. Safe to call twice. */
  dispose(): Promise<void>;
}

export interface ProcessPlan {
  /** `runner` loads a module answer and calls it; otherwise a file of the answer's folder that Node runs. */
  readonly entry: { readonly kind: "runner" } | { readonly kind: "file"; readonly path: string };
  readonly args?: readonly string[];
  /** Flags for Node itself. */
  readonly nodeFlags?: readonly string[];
  /** Added to what every process of a cell gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Give it a PORT to listen on. */
  readonly listens?: boolean;
  /** `channel`: standard output is left to the caller to read; otherwise it is collected in `output`. */
  readonly stdout: "channel" | "output";
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when the sandbox ended it: "out of memory", "printed more than …". */
  readonly reason?: string;
}

export interface CellProcess {
  readonly stdin: Writable;
  /** Present where the plan said `channel`. */
  readonly stdout: Readable | undefined;
  readonly output: CappedOutput;
  /** Where the judge reaches the port it was told to listen on, and what PORT it was told. */
  readonly listening: { readonly address: Address; readonly told: number } | undefined;
  /** Resolves once it has ended and its output has been read. */
  readonly exit: Promise<ProcessExit>;
  readonly hasEnded: boolean;
  signal(signal: NodeJS.Signals): void;
  /** The ports that it and its descendants listen on, where the sandbox can tell. */
  listeningPorts?(): Promise<readonly number[]>;
}
