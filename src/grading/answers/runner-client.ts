/** The judge's end of a runner: calls functions of a module answer in a cell, and treats what comes back as data. */
import type { AnswerError, Outcome } from "../../course/vocabulary.ts";
import { decode, encode, type PlainError } from "../../sandbox/runner/codec.ts";
import {
  CHANNEL_LIMIT_BYTES,
  type FromRunner,
  isFromRunner,
  MESSAGE_LIMIT_BYTES,
  type ToRunner,
} from "../../sandbox/runner/protocol.ts";
import type { Cell, CellProcess } from "../../sandbox/sandbox.ts";
import { AnswerFault } from "../fault.ts";
import { answerLine, endedFault } from "./answer.ts";

export interface RunnerClient {
  /** Loads the bundle. Gives the names of the exported functions. */
  load(file: string, redisUrl: string, limitMs: number): Promise<readonly string[]>;
  /** Given up after `limitMs`, when there is one; a reply that comes later is ignored. */
  call(name: string, args: readonly unknown[], limitMs?: number): Promise<Outcome>;
  /**
   * Resolves when the runner's event loop has turned and its timers are done, for which it waits up to `graceMs`;
   * rejects with an AnswerFault where it crashed.
   */
  settle(graceMs: number): Promise<void>;
  /** Why it can no longer be used: the answer's fault, or the sandbox' own trouble. */
  readonly fault: Error | undefined;
}

/** Bytes that may wait in the reader: the largest message, and what its encoding adds. */
const READ_LIMIT_BYTES = MESSAGE_LIMIT_BYTES + 64 * 1024;
/** Pieces in which a line may wait. */
const PIECE_LIMIT = 256;
/** Callbacks that the judge works on at once for one answer. */
const CALLBACK_LIMIT = 10_000;

interface Waiter {
  resolve(message: FromRunner): void;
  reject(fault: Error): void;
}

export async function startRunner(cell: Cell, sources: () => readonly string[]): Promise<RunnerClient> {
  const runner: CellProcess = await cell.start({ entry: { kind: "runner" }, stdout: "channel" });
  const waiters = new Map<number | "load", Waiter>();
  /** Asked and not answered, also where nobody waits any longer. */
  const open = new Set<number | "load">();
  const functions = new Map<number, (...args: unknown[]) => unknown>();
  let nextId = 1;
  let nextFunction = 1;
  let callbacks = 0;
  let receivedBytes = 0;
  let fault: Error | undefined;

  const fail = (reason: Error) => {
    fault ??= reason;
    for (const waiter of waiters.values()) waiter.reject(fault);
    waiters.clear();
  };
  const breakOff = (what: string) => {
    fail(malformed(what));
    runner.signal("SIGKILL");
  };

  const send = (message: ToRunner) => {
    const table = (fn: (...args: unknown[]) => unknown) => {
      functions.set(nextFunction, fn);
      return nextFunction++;
    };
    if (fault) return;
    runner.stdin.write(`${encode(message, table)}\n`);
    if (runner.stdin.writableLength > CHANNEL_LIMIT_BYTES) breakOff("it asks, and does not read the replies");
  };
  const receive = (line: string) => {
    let message: unknown;
    try {
      message = decode(line);
    } catch {
      return breakOff("a line that is no message");
    }
    if (!isFromRunner(message)) return breakOff("a message of an unknown form");
    switch (message.kind) {
      case "crashed":
        return fail(crashFault(message.error, sources(), "your program crashed", message.origin));
      case "callback":
        return void answerCallback(message.id, functions.get(message.fn), message.args);
      case "loaded":
      case "load failed":
        return settleWaiter("load", message);
      default:
        return settleWaiter(message.id, message);
    }
  };
  const settleWaiter = (id: number | "load", message: FromRunner) => {
    if (!open.delete(id)) return breakOff("to nothing that was asked");
    waiters.get(id)?.resolve(message);
    waiters.delete(id);
  };
  const answerCallback = async (
    id: number,
    fn: ((...args: unknown[]) => unknown) | undefined,
    args: readonly unknown[],
  ) => {
    if (!fn) return breakOff("a call of a function that it was not given");
    if (++callbacks > CALLBACK_LIMIT) return breakOff(`more than ${CALLBACK_LIMIT} callbacks at once`);
    try {
      send({ kind: "reply", id, ok: true, value: await fn(...args) });
    } catch (error) {
      send({
        kind: "reply",
        id,
        ok: false,
        value: error instanceof Error ? error : new Error(String(error)),
      });
    } finally {
      callbacks--;
    }
  };

  let pieces: Buffer[] = [];
  let pending = 0;
  runner.stdout?.on("data", (chunk: Buffer) => {
    if (fault) return;
    receivedBytes += chunk.length;
    if (receivedBytes > CHANNEL_LIMIT_BYTES) return breakOff("more than 128 MiB in all");
    for (let rest = chunk; rest.length > 0 && !fault; ) {
      const end = rest.indexOf(10);
      const piece = end < 0 ? rest : rest.subarray(0, end);
      pieces.push(piece);
      pending += piece.length;
      // Each piece takes memory of its own, however small it is.
      if (pieces.length > PIECE_LIMIT) pieces = [Buffer.concat(pieces)];
      if (pending > READ_LIMIT_BYTES) return breakOff("larger than 8 MiB");
      if (end < 0) return;
      const line = Buffer.concat(pieces).toString("utf8");
      pieces = [];
      pending = 0;
      receive(line);
      rest = rest.subarray(end + 1);
    }
  });
  runner.exit.then(
    (exit) =>
      fail(endedFault(exit, runner.output.text(), sources(), "your program ended before it answered")),
    fail,
  );

  const wait = (id: number | "load", limitMs?: number): Promise<FromRunner | undefined> =>
    new Promise((resolve, reject) => {
      if (fault) return reject(fault);
      open.add(id);
      const timer =
        limitMs === undefined
          ? undefined
          : setTimeout(() => {
              waiters.delete(id);
              resolve(undefined);
            }, limitMs);
      waiters.set(id, {
        resolve(message) {
          clearTimeout(timer);
          resolve(message);
        },
        reject(reason) {
          clearTimeout(timer);
          reject(reason);
        },
      });
    });

  return {
    async load(file, redisUrl, limitMs) {
      const loaded = wait("load", limitMs);
      send({ kind: "load", file, redisUrl });
      const message = await loaded;
      if (message?.kind === "loaded") return message.exports;
      if (message?.kind === "load failed")
        throw crashFault(message.error, sources(), "the file could not be loaded");
      runner.signal("SIGKILL");
      throw new AnswerFault("timeout", `the file was still loading after ${limitMs / 1000} s`, {
        cause: "Is there a loop, or an await that never ends, outside of the functions?",
      });
    },
    async call(name, args, limitMs) {
      const id = nextId++;
      const replied = wait(id, limitMs);
      send({ kind: "call", id, name, args });
      const message = await replied;
      switch (message?.kind) {
        case undefined:
          return { kind: "unanswered", afterMs: limitMs ?? 0 };
        case "returned":
          return { kind: "returned", value: message.value };
        case "threw":
          return { kind: "threw", error: answerError(message.error, sources()) };
        case "refused":
          throw new AnswerFault("failed", `what ${name} gave back cannot be compared: ${message.reason}`);
        default:
          throw malformed("not to what was asked");
      }
    },
    async settle(graceMs) {
      const id = nextId++;
      const settled = wait(id);
      send({ kind: "settle", id, graceMs });
      if ((await settled)?.kind !== "settled") throw malformed("not to what was asked");
    },
    get fault() {
      return fault;
    },
  };
}

function malformed(what: string): AnswerFault {
  return new AnswerFault("crashed", `malformed reply: ${what}`, {
    cause: "Only the runner writes to its channel: print with console.log, and give back smaller values.",
  });
}

function answerError(error: PlainError, sources: readonly string[]): AnswerError {
  const at = answerLine(error.stack, sources);
  const inner = error.errors?.length ? ` (${[...new Set(error.errors)].slice(0, 3).join("; ")})` : "";
  return {
    name: error.name,
    message: error.message + inner,
    ...(error.code === undefined ? {} : { code: error.code }),
    ...(at === undefined ? {} : { at }),
  };
}

function crashFault(
  error: PlainError,
  sources: readonly string[],
  what: string,
  origin?: keyof typeof ORIGIN_CAUSES,
): AnswerFault {
  const at = answerLine(error.stack, sources);
  return new AnswerFault("crashed", `${what}${at ? ` at ${at}` : ""}: ${error.name}: ${error.message}`, {
    actual: `${error.name}: ${error.message}`,
    // How it got away says more than what it was: an error that a caller receives is no crash.
    cause: origin === undefined ? errorCause(error) : ORIGIN_CAUSES[origin],
  });
}

/** Why an error ended the program and did not reach whoever called the function. */
const ORIGIN_CAUSES = {
  uncaughtException:
    "It was thrown in a timer or an event listener, where no await and no catch can receive it: reject a promise there instead.",
  unhandledRejection:
    "A promise was rejected and nobody listened: await or return it, or give it a catch. Each then(…) and finally(…) makes a new promise, for which the same holds. An await inside the list of Promise.race waits before the race begins.",
} as const;

/** What the errors mean that beginners meet most often. */
export function errorCause(error: { readonly name: string; readonly message: string }): string | undefined {
  if (error.message.startsWith("WRONGTYPE"))
    return "A command was sent to a key that holds another type of value.";
  if (error.name === "ClientClosedError")
    return "The client is closed. The one that you get is open, and the lab closes it; one from duplicate() needs await connect() first.";
  if (error.name === "WatchError")
    return "A key that was watched has changed before EXEC, so Redis did nothing of the transaction: catch this error and begin again.";
  if (error.message.includes("WATCH inside MULTI"))
    return "WATCH comes before multi(): what is watched is watched until EXEC.";
  if (error.message.startsWith("ENOENT"))
    return "Only the TypeScript and JavaScript files of your answer are there when it runs: write such a text into one of them.";
  if (error.message.startsWith("OOM"))
    return "Redis reached its memory limit of 256 MB: something is written without end.";
  if (/ECONNRESET|EPIPE|Socket closed unexpectedly|invalid bulk length/.test(error.message))
    return "Redis ended the connection: it takes values up to 64 MB here. Or was it told to end (SHUTDOWN, CLIENT KILL)?";
  if (error.message.includes("bit is not an integer"))
    return "setBit takes the key, then the number of the bit, then 0 or 1.";
  if (/is not a function$/.test(error.message))
    return "A method that does not exist: node-redis writes commands as hSet, hGetAll, pfAdd, …";
  if (error.message.includes("Cannot read properties of"))
    return "Something that is null or undefined was used as an object.";
  if (/^"arguments\[\d+\]" must be of type .* got object/.test(error.message))
    return "null (or an object) was used as a key or a value: get gives null where a key is missing, and then there is nothing more to read.";
  if (/^Invalid argument type|^"arguments\[\d+\]" must be of type/.test(error.message))
    return "node-redis takes strings: turn numbers into text with String(…), and look for null and undefined first.";
  return undefined;
}
