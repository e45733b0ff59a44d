/** An answer run by itself, on a Redis of its own, for its author to look at: no check and no verdict. */
import type { Writable } from "node:stream";
import type { Exercise } from "../course/exercise.ts";
import type { ConfigAnswer, ScriptAnswer, ScriptReply, TestRun, TestsAnswer } from "../course/vocabulary.ts";
import { newClock } from "../system/waiting.ts";
import { type AnswerDriver, type DriverInput, placesIn } from "./answers/answer.ts";
import { configDriver } from "./answers/config.ts";
import { openProgram } from "./answers/program.ts";
import { scriptDriver } from "./answers/script.ts";
import { testsDriver } from "./answers/tests.ts";
import { type CollectedAnswer, collectAnswer } from "./collect.ts";
import { firstDifference } from "./compare.ts";
import { collectEvidence } from "./evidence.ts";
import { loadExample } from "./example.ts";
import { AnswerFault } from "./fault.ts";
import { usualLimits } from "./limits.ts";
import type { GradingPlace } from "./place.ts";
import { openRedisSession, type RedisSession } from "./redis-session.ts";
import { type RedisValue, readKey } from "./redis-value.ts";
import { formatTrace } from "./trace.ts";

/** What an answer is when it runs, by its form. */
export type Scratch =
  | { readonly kind: "process"; start(options: ProcessOptions): Promise<ScratchProcess> }
  | { readonly kind: "script"; run(): Promise<readonly ScriptReply[]> }
  | { readonly kind: "server"; cli(args: readonly string[]): Promise<string> }
  | { readonly kind: "tests"; run(): Promise<TestRun> };

export interface ProcessOptions {
  readonly args: readonly string[];
  /** Told of what it prints, as it prints it. */
  readonly printed: (stream: "stdout" | "stderr", text: string) => void;
}

export interface ScratchProcess {
  readonly stdin: Writable;
  /** Where an app listens. */
  readonly url: string | undefined;
  /** Its exit code, or the signal that ended it; a reason where the sandbox did. */
  readonly exit: Promise<{ code: number | null; signal: string | null; reason?: string }>;
  signal(name: NodeJS.Signals): void;
}

export interface OpenedScratch {
  readonly scratch: Scratch;
  /** What Redis received so far, as lines; undefined for an answer that brings its own server. */
  received(): Promise<string[] | undefined>;
  /** The keys that are no longer as they were before it, in order. */
  changes(): Promise<readonly KeyChange[]>;
  end(): Promise<void>;
}

export interface KeyChange {
  readonly key: string;
  /** Undefined where it was not there. */
  readonly before: RedisValue | undefined;
  /** Undefined where it is gone. */
  readonly after: RedisValue | undefined;
}

/** Keys that are looked at; an answer may have made a million. */
const KEY_LIMIT = 1_000;
/** Milliseconds in which a time to live may differ from what is left of the one before. */
const TTL_SLACK_MS = 2_000;
/** Commands shown of what Redis received. */
const SHOWN_COMMANDS = 200;
/** Milliseconds between looks at what a process has printed. */
const LOOK_AT_OUTPUT_MS = 25;
const CALLS_FILE = "lab-calls.ts";

/**
 * @param example what Redis holds before it, as commands.
 * @throws AnswerFault where there is no answer, or one that is refused or cannot be read.
 */
export async function openScratch(
  exercise: Exercise,
  folder: string,
  place: GradingPlace,
  example?: string,
): Promise<OpenedScratch> {
  const answer = await collectAnswer(folder, exercise.answer);
  if (!answer) throw new AnswerFault("failed", "there is no answer yet");
  const session =
    exercise.form === "config"
      ? undefined
      : await openRedisSession(place.pool, {
          makeProxy: undefined,
          keepScripts: true,
          limitMs: usualLimits.redisMs,
        });
  const input = driverInput(exercise, answer, place, session);
  let opened: { scratch: Scratch; end(): Promise<void> };
  try {
    opened = await OPENERS[exercise.form](input, answer);
    if (session && example !== undefined) await loadExample(example, session.redis);
    await session?.trace.clear();
  } catch (error) {
    await session?.close();
    throw error;
  }
  const before = session ? await readKeys(session) : new Map<string, RedisValue>();
  const since = performance.now();
  return {
    scratch: opened.scratch,
    async received() {
      return session && formatTrace(await session.received(), undefined, SHOWN_COMMANDS);
    },
    async changes() {
      const after = session ? await readKeys(session) : new Map<string, RedisValue>();
      const passedMs = performance.now() - since;
      return [...new Set([...before.keys(), ...after.keys()])]
        .sort()
        .map((key) => ({ key, before: before.get(key), after: after.get(key) }))
        .filter((change) => hasChanged(change, passedMs));
    },
    async end() {
      await opened.end();
      await session?.close();
    },
  };
}

async function readKeys({ redis }: RedisSession): Promise<Map<string, RedisValue>> {
  const names: string[] = [];
  for await (const page of redis.scanIterator()) {
    names.push(...page);
    if (names.length >= KEY_LIMIT) break;
  }
  const read = names.slice(0, KEY_LIMIT).map(async (key) => [key, await readKey(redis, key)] as const);
  return new Map(await Promise.all(read));
}

function hasChanged({ before, after }: KeyChange, passedMs: number): boolean {
  if (!before || !after) return true;
  if (before.type !== after.type || firstDifference(before.value, after.value)) return true;
  if (before.ttlMs < 0 || after.ttlMs < 0) return before.ttlMs !== after.ttlMs;
  return Math.abs(before.ttlMs - passedMs - after.ttlMs) > TTL_SLACK_MS;
}

function driverInput(
  exercise: Exercise,
  answer: CollectedAnswer,
  place: GradingPlace,
  session: RedisSession | undefined,
): DriverInput {
  const noSession = Promise.reject(new Error("this form of exercise has no Redis of the lab's"));
  noSession.catch(() => {});
  return {
    exercise,
    answer: Promise.resolve(answer),
    sandbox: place.sandbox,
    source: place.pool.source,
    session: session ? Promise.resolve(session) : noSession,
    limits: usualLimits,
    ahead: false,
  };
}

type Opener = (
  input: DriverInput,
  answer: CollectedAnswer,
) => Promise<{ scratch: Scratch; end(): Promise<void> }>;

const OPENERS: Readonly<Record<Exercise["form"], Opener>> = {
  config: async (input) => {
    const [answer, driver] = await prepared<ConfigAnswer>(configDriver(input));
    const server = await answer.boot();
    return { scratch: { kind: "server", cli: (args) => server.cli(...args) }, end: () => driver.dispose() };
  },
  "redis-cli": async (input) => {
    const [answer, driver] = await prepared<ScriptAnswer>(scriptDriver(input));
    return { scratch: { kind: "script", run: () => answer.run() }, end: () => driver.dispose() };
  },
  tests: async (input, { files }) => {
    const [answer, driver] = await prepared<TestsAnswer>(testsDriver(input));
    const subject = "subject" in input.exercise ? input.exercise.subject : "";
    const source = files.find(({ path }) => path.replace(/\.[cm]?[jt]s$/, "") === subject)?.content;
    if (!source) throw new AnswerFault("failed", `there is no file ${subject}.ts, which the tests are for`);
    const run = () => answer.runAgainst(source.toString("utf8"));
    return { scratch: { kind: "tests", run }, end: () => driver.dispose() };
  },
  module: (input, answer) => openProcess({ ...input, answer: Promise.resolve(withCalls(answer)) }, false),
  program: (input) => openProcess(input, false),
  worker: (input) => openProcess(input, false),
  app: (input) => openProcess(input, true),
};

async function prepared<T>(driver: AnswerDriver): Promise<[T, AnswerDriver]> {
  const clock = newClock(usualLimits.checkMs, "the answer");
  try {
    return [(await driver.prepare(collectEvidence(), clock)) as T, driver];
  } catch (error) {
    await driver.dispose();
    throw error;
  }
}

async function openProcess(input: DriverInput, listens: boolean) {
  const program = openProgram(input);
  try {
    await program.ready();
  } catch (error) {
    await program.dispose();
    throw error;
  }
  const start = async ({ args, printed }: ProcessOptions): Promise<ScratchProcess> => {
    const process = await program.launch({ args: [...args] }, listens);
    const places = placesIn(program.sources());
    const told = { stdout: "", stderr: "" };
    const look = () => {
      for (const stream of ["stdout", "stderr"] as const) {
        const text = process.streams[stream].text();
        const before = told[stream];
        if (text === before) continue;
        told[stream] = text;
        // Of a flood only the beginning and the end are kept, and the end moves on.
        const added = text.startsWith(before) ? text.slice(before.length) : text;
        printed(stream, added.replaceAll(places, "$1:"));
      }
    };
    const looking = setInterval(look, LOOK_AT_OUTPUT_MS);
    const exit = process.exit.finally(() => {
      clearInterval(looking);
      look();
    });
    exit.catch(() => {});
    return {
      stdin: process.stdin,
      url: process.listening && `http://127.0.0.1:${process.listening.told}`,
      exit,
      signal: (name) => process.signal(name),
    };
  };
  return { scratch: { kind: "process", start } as const, end: () => program.dispose() };
}

/** A module as a program: it evaluates its arguments, or the lines of its input, with the functions at hand. */
function withCalls({ files, entry }: CollectedAnswer): CollectedAnswer {
  const source = CALLS.replaceAll("ANSWER", `./${entry}`);
  return { files: [...files, { path: CALLS_FILE, content: Buffer.from(source) }], entry: CALLS_FILE };
}

const CALLS = `
import { createInterface } from "node:readline";
import { inspect } from "node:util";
import { createClient } from "redis";
import * as answer from "ANSWER";

const client = createClient({ url: process.env.REDIS_URL });
client.on("error", () => {});
await client.connect();
const NOT_OWN = /node_modules|lab-calls|eval at evaluate|node:|<anonymous>/;
const scope = { client, ...answer };
const shown = (error) => {
  if (!(error instanceof Error)) return inspect(error);
  const frames = (error.stack ?? "").split("\\n").filter((line) => /^ +at /.test(line) && !NOT_OWN.test(line));
  return [error.name + ": " + error.message, ...frames].join("\\n");
};
const evaluate = async (text) => {
  try {
    const run = new Function(...Object.keys(scope), "return (async () => (" + text + "\\n))()");
    console.log(inspect(await run(...Object.values(scope)), { depth: 6, colors: process.env.FORCE_COLOR === "1" }));
    return true;
  } catch (error) {
    console.error(shown(error));
    return false;
  }
};
const calls = process.argv.slice(2);
let good = true;
if (calls.length > 0) {
  for (const call of calls) good = (await evaluate(call)) && good;
} else {
  for await (const line of createInterface({ input: process.stdin }))
    if (line.trim() !== "") good = (await evaluate(line)) && good;
}
await client.close().catch(() => {});
process.exitCode = good ? 0 : 1;
`;
