/**
 * The words in which checks are written. Authors see only these interfaces; `src/grading/` gives them life.
 * Times are milliseconds, sizes are bytes. Every method that talks to the answer records what it did, so that
 * a failed check can say how to run it again.
 */
import type { RedisClientType } from "redis";

/** The judge's own connection, never seen by the answer and left out of the trace. */
export type JudgeRedis = RedisClientType;

/** What every check gets. */
export interface CheckContext {
  readonly redis: JudgeRedis;
  readonly server: ServerControl;
  readonly random: Random;
  readonly trace: Trace;
  /** Only where the exercise says `proxied: true`; elsewhere each call throws. */
  readonly proxy: FaultProxyControl;
  readonly expect: Expect;
}
export interface ConfigContext extends CheckContext {
  readonly answer: ConfigAnswer;
}
export interface ScriptContext extends CheckContext {
  readonly answer: ScriptAnswer;
}
export interface ModuleContext extends CheckContext {
  readonly answer: ModuleAnswer;
}
export interface ProgramContext extends CheckContext {
  readonly answer: ProgramAnswer;
}
export interface AppContext extends CheckContext {
  readonly answer: AppAnswer;
}
export interface WorkerContext extends CheckContext {
  readonly answer: ProgramAnswer;
}
export interface TestsContext extends CheckContext {
  readonly answer: TestsAnswer;
}

/** The answer's Redis server, as the judge holds it. */
export interface ServerControl {
  /** "7.0.15". */
  readonly version: string;
  /** Kills it as `kill -9` would. */
  kill(): Promise<void>;
  /** Starts it again on the same data folder after `kill`, and waits until it answers. */
  restart(): Promise<void>;
}

/** Randomness from the seed: the same seed draws the same values for the same check. */
export interface Random {
  /** A whole number, both ends included. */
  integer(min: number, max: number): number;
  pick<T>(values: readonly T[]): T;
  /** `count` different members of `values`, in random order. */
  sample<T>(values: readonly T[], count: number): T[];
  shuffle<T>(values: readonly T[]): T[];
  /** `count` values made by `make`, which gets the index. */
  list<T>(count: number, make: (index: number) => T): T[];
  /** A lower-case word of letters alone, fit for a key or a field name. */
  word(): string;
  /** `count` different words. */
  words(count: number): string[];
  /** Text with spaces, quotes and characters outside ASCII: what breaks careless quoting. */
  text(): string;
  /** Letters and digits, 12 long: an id that nobody can guess. */
  id(): string;
}

/** One command that the answer sent, as MONITOR showed it. */
export interface TracedCommand {
  /** Upper case: "HSET". */
  readonly name: string;
  /** Without the name. */
  readonly args: readonly string[];
  /** The connection it came by; commands of one connection share it. */
  readonly connection: string;
  /** True for a command that a Lua script called. */
  readonly byScript: boolean;
  /** True for a command between MULTI and EXEC, and for these two. */
  readonly inTransaction: boolean;
}

/** What Redis received from the answer since this check began. */
export interface Trace {
  /** Everything up to now; nothing sent before the call is missed. */
  commands(): Promise<readonly TracedCommand[]>;
  /** Forget what was received so far. */
  clear(): Promise<void>;
}

/** Faults between the answer and Redis. Each check begins without any. */
export interface FaultProxyControl {
  /** Delay what the answer sends by this much, so that each round trip takes at least as long. */
  delay(ms: number): void;
  /** Stop passing anything on, in both directions, without closing; `heal` lets it through. */
  hang(): void;
  /** Keep back what the answer sends from now on, until `release` or `heal`; replies pass. */
  hold(): void;
  /** Pass on what is kept back now, but nothing that is sent later. */
  release(): void;
  /** Close every connection and refuse new ones until `heal`. */
  cut(): void;
  /** Settles once new connections are accepted again. */
  heal(): Promise<void>;
  /**
   * How often an answer's connection sent something and then waited for a reply, since the last reset: commands
   * sent together (pipelined, up to 64 KiB) are one. What a new connection sends to begin with counts too.
   */
  roundTrips(): number;
  resetRoundTrips(): void;
}

/** Why a thing is probably wrong, from the check that knows it. */
export interface Because {
  /** One likely cause, in a sentence; a function may look at what was there instead. */
  readonly cause?: string | ((actual: unknown) => string | undefined) | undefined;
}

/** Expectations. Each throws the student's failure, with what was expected and what was there. */
export interface Expect {
  /** A value that the answer gave back, compared as data. `what` names it: "the school". */
  value(actual: unknown, what?: string): ValueExpectation;
  /** What is at a key. */
  key(key: string): KeyExpectation;
  /** What Redis received from the answer. */
  commands(commands: readonly TracedCommand[]): CommandsExpectation;
  /** A response of an app. */
  response(response: HttpResponse): ResponseExpectation;
  /** Anything else: fails with `message` unless `holds`. */
  that(holds: boolean, message: string, detail?: Because & { expected?: unknown; actual?: unknown }): void;
  /**
   * Polls until `read` satisfies `until`; fails with `message` and the last value after `withinMs` (2000), or as soon
   * as that has not changed for `unchangedMs`: a busy machine is given time for as long as something goes on.
   */
  eventually<T>(
    read: () => Promise<T> | T,
    until: (value: T) => boolean,
    message: string,
    options?: Because & { withinMs?: number; unchangedMs?: number; expected?: unknown },
  ): Promise<T>;
  /**
   * For what only time can show: calls `look` again and again for `forMs`, the last time when they are over, and fails
   * as soon as `look` does. Where many answers are graded, another one has the machine meanwhile.
   */
  stays(forMs: number, look: () => Promise<void> | void): Promise<void>;
}
export interface ValueExpectation {
  equals(expected: unknown, because?: Because): void;
  /** The same members in any order. */
  hasMembers(expected: readonly unknown[], because?: Because): void;
  atMost(limit: number, because?: Because): void;
  atLeast(limit: number, because?: Because): void;
}
export interface KeyExpectation {
  isMissing(because?: Because): Promise<void>;
  isString(expected: string, because?: Because): Promise<void>;
  isHash(expected: Readonly<Record<string, string>>, because?: Because): Promise<void>;
  isList(expected: readonly string[], because?: Because): Promise<void>;
  isSet(expected: readonly string[], because?: Because): Promise<void>;
  isSortedSet(expected: Readonly<Record<string, number>>, because?: Because): Promise<void>;
  hasType(type: string, because?: Because): Promise<void>;
  hasTtl(minSeconds: number, maxSeconds: number, because?: Because): Promise<void>;
  hasNoTtl(because?: Because): Promise<void>;
}
export interface CommandsExpectation {
  /** Sent at least once, or exactly `times`. */
  include(name: string, because?: Because & { times?: number }): void;
  exclude(names: string | readonly string[], because?: Because): void;
}
export interface ResponseExpectation {
  status(expected: number, because?: Because): ResponseExpectation;
  /** The body is JSON equal to this. */
  json(expected: unknown, because?: Because): ResponseExpectation;
}

/** How a call of a module's function ended. */
export type Outcome =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly error: AnswerError }
  | { readonly kind: "unanswered"; readonly afterMs: number };

/** An error thrown in the answer. */
export interface AnswerError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** "schools.ts:12", where it is known. */
  readonly at?: string;
}

export interface ModuleAnswer {
  /**
   * Calls an exported function with a connected node-redis client before `args`, and gives back what it
   * resolves to. Functions among the arguments are called back in the judge. Fails the check when it throws.
   */
  call(name: string, ...args: unknown[]): Promise<unknown>;
  /** As `call`, but tells how it ended; given up after `limitMs` without losing the next call. */
  outcome(name: string, args: readonly unknown[], limitMs?: number): Promise<Outcome>;
  /**
   * As `call`, for functions that must wait for Redis: what they send is held back until they are seen to wait, and
   * the check fails where they come back before. Needs `proxied: true`.
   */
  callAndWait(name: string, ...args: unknown[]): Promise<unknown>;
  /**
   * Many calls at once, by turns in all processes that the exercise asks for. Nothing reaches Redis before each has
   * begun its calls and sent something, so who reads first and writes later is overtaken for certain; the check fails
   * where one of them sends nothing. Gives what each call gave. Needs `processes: 2` or more, and `proxied: true`.
   */
  callAtOnce(calls: readonly (readonly [name: string, ...args: unknown[]])[]): Promise<unknown[]>;
  /** The same answer in another process, with a connection of its own. */
  another(): Promise<ModuleAnswer>;
}

export interface ConfigAnswer {
  /** Starts redis-server with the student's file, on a port of the judge's choice; fails the check if it does not start. */
  boot(): Promise<BootedServer>;
  /** The arguments of the last directive of that name in the file, as Redis would take it. */
  directive(name: string): readonly string[] | undefined;
  /** The arguments of each directive of that name, in the order of the file: there may be several `user` lines. */
  directives(name: string): readonly (readonly string[])[];
}
export interface BootedServer {
  /** Runs redis-cli beside the server, at its port; gives what it printed (standard output, then error). */
  cli(...args: string[]): Promise<string>;
  /** As `kill -9`. */
  kill(): Promise<void>;
  /** Starts it again on the same data folder. */
  restart(): Promise<void>;
}

export interface ScriptAnswer {
  /** Sends each line as redis-cli would, over one connection; the replies in order. */
  run(): Promise<readonly ScriptReply[]>;
}
export interface ScriptReply {
  readonly line: number;
  /** The line as it was typed. */
  readonly text: string;
  readonly command: readonly string[];
  /** The reply as data; undefined when it was an error. */
  readonly value: unknown;
  readonly error?: string;
}

/** A started program, app or worker. */
export interface RunningAnswer {
  /** What it printed so far, capped: both streams, or one of them. */
  output(stream?: "stdout" | "stderr"): string;
  /** The end of it for a verdict, without stack frames that are not the answer's; says so where there is none. */
  shown(): string;
  signal(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): void;
  /** Waits until it has ended; fails the check when it has not after `withinMs` (5000). */
  ended(withinMs?: number): Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly isRunning: boolean;
}
export interface StartOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}
export interface ProgramAnswer {
  start(options?: StartOptions): Promise<RunningAnswer>;
}

export interface AppAnswer {
  /** Starts an instance and waits until it listens on PORT; fails the check if it does not. */
  start(options?: StartOptions): Promise<RunningApp>;
  /**
   * A running instance that earlier checks may have used too, because an app takes 0.25 s to start: started where
   * none is left, kept while checks pass. Redis is emptied between checks while it runs, so it is for apps that
   * write nothing when they start.
   */
  instance(): Promise<RunningApp>;
  /** Two of them, started at the same time; the first is the one of `instance`. */
  twoInstances(): Promise<readonly [RunningApp, RunningApp]>;
}
export interface RunningApp extends RunningAnswer {
  /** Sends a request; `body` goes as JSON. Fails the check when no response comes within `limitMs` (3000). */
  request(method: string, path: string, options?: RequestOptions): Promise<HttpResponse>;
}
export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
  /** The likely cause where no response comes. */
  readonly cause?: string;
}
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body parsed as JSON; undefined when it is none. */
  readonly json: unknown;
  /** The request as a curl line. */
  readonly request: string;
}

export interface TestsAnswer {
  /** Runs the student's tests (node:test, or else mocha), in a fresh process, against this version of the subject (TypeScript or JavaScript). */
  runAgainst(subjectSource: string, limitMs?: number): Promise<TestRun>;
}
export interface TestRun {
  readonly passed: number;
  readonly failed: number;
  /** What was printed to standard error, capped. */
  readonly output: string;
  /** Names and messages of the failed ones. */
  readonly failures: readonly { readonly name: string; readonly message: string }[];
}
