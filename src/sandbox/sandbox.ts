/**
 * Where an answer's code runs. A sandbox opens cells, one for each grading; everything that the answer may
 * see or reach (files, its Redis, its port) comes from the cell, so that a cell may as well be a container on
 * a network of its own, or a namespace without one.
 */
import type { Duplex, Readable, Writable } from "node:stream";
import type { CappedOutput } from "./output.ts";

export type SandboxName = "process" | "bubblewrap" | "docker";

export interface Sandbox {
  readonly name: SandboxName;
  open(): Promise<Cell>;
  /** Says how many cells will be opened; from then on up to `ahead` of them are made ready before they are. */
  expect(cells: number, ahead: number): void;
  /** Ends what was made ready and not opened. */
  drain(): Promise<void>;
}

/** Something of the judge's that an answer may connect to: its Redis, or the fault proxy in front of it. */
export interface Service {
  /** Where the judge itself reaches it now. */
  readonly address: Address;
  /** False while it takes no connections. */
  readonly isOpen: boolean;
  /** Calls at each change of `isOpen`, and waits; gives a function that ends it. */
  watch(changed: () => Promise<void>): () => void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One grading's place. Nothing of it is left after `dispose`. */
export interface Cell {
  /** Writes a file below the answer's folder. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Under which address the answer's processes reach it: refused there while it is not open. */
  reach(service: Service): Promise<Address>;
  start(plan: ProcessPlan): Promise<CellProcess>;
  /** Settles once what the answer's processes have sent so far is on its way from the judge to the services. */
  flush(): Promise<void>;
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

export interface ListeningPort {
  /** What PORT said. */
  readonly told: number;
  /** A connection to it; rejects where nobody accepts one. */
  connect(): Promise<Duplex>;
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
  /** The same, each stream for itself. */
  readonly streams: Readonly<Record<"stdout" | "stderr", CappedOutput>>;
  /** The port that it was told to listen on. */
  readonly listening: ListeningPort | undefined;
  /** Resolves once it has ended and its output has been read; rejects where the sandbox itself failed. */
  readonly exit: Promise<ProcessExit>;
  readonly hasEnded: boolean;
  signal(signal: NodeJS.Signals): void;
  /** The ports that it and its descendants listen on, where the sandbox can tell. */
  listeningPorts?(): Promise<readonly number[]>;
}
