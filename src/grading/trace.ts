/** What Redis received from the answer, by MONITOR on a connection of the judge's. */
import type { RedisClientType } from "redis";
import type { Trace, TracedCommand } from "../course/vocabulary.ts";
import { openMonitor } from "../redis/monitor.ts";
import type { RedisServer } from "../redis/server.ts";
import { DeadlineExceeded, withDeadline } from "../system/waiting.ts";
import { AnswerFault } from "./fault.ts";
import { typedWords } from "./words.ts";

/** Kept of one check: a student's endless loop must not grow the judge. */
const KEPT_COMMANDS = 20_000;
const KEPT_CHARACTERS = 16 * 1024 * 1024;
/** Characters kept of one argument. */
const KEPT_ARGUMENT = 65_536;

/** What client libraries send by themselves when they connect. */
const HOUSEKEEPING = new Set(["HELLO", "AUTH", "CLIENT", "MONITOR", "RESET", "QUIT"]);

export interface TraceRecorder extends Trace {
  /** What was received so far, without asking Redis. */
  received(): readonly TracedCommand[];
  /** False once its connection ended: from then on it would miss what is sent. */
  readonly isRecording: boolean;
  stop(): void;
}

/**
 * Records from now on. `connecting` becomes the judge's connection for commands, whose own are left out; a command
 * of it is waited for up to `limitMs`.
 */
export async function recordTrace(
  server: RedisServer,
  connecting: Promise<RedisClientType>,
  limitMs: number,
): Promise<TraceRecorder> {
  let own = "";
  const waiting = new Map<string, () => void>();
  let received: TracedCommand[] = [];
  let characters = 0;
  let isWhole = true;
  let barriers = 0;
  const transactions = watchTransactions();
  const opening = openMonitor(server, (line) => {
    // Too much was sent already; what of it was our own must still be found.
    if (!isWhole && !line.includes(own)) return;
    const entry = parseMonitorLine(line);
    if (!entry) return;
    if (entry.connection === own) {
      const barrier = entry.name === "PING" ? entry.args[0] : undefined;
      if (barrier !== undefined) waiting.get(barrier)?.();
      return;
    }
    if (HOUSEKEEPING.has(entry.name)) return;
    characters += line.length;
    if (received.length < KEPT_COMMANDS && characters < KEPT_CHARACTERS)
      received.push(transactions.mark(entry));
    else isWhole = false;
  });
  // It is awaited only after the other connection.
  opening.catch(() => {});
  const commands = await connecting.catch(async (error) => {
    await opening.then((link) => link.close()).catch(() => {});
    throw error;
  });
  const [monitor, address] = await Promise.all([opening, addressOf(commands)]);
  own = address;

  /** Redis shows commands in the order in which it ran them: once our PING was seen, so was all before it. */
  const catchUp = async () => {
    const mark = `lab-${++barriers}`;
    const seen = new Promise<void>((resolve) => waiting.set(mark, resolve));
    try {
      await withDeadline(limitMs, Promise.all([commands.ping(mark), seen]), "reading the trace");
    } catch (error) {
      throw error instanceof DeadlineExceeded ? noTrace(limitMs) : error;
    } finally {
      waiting.delete(mark);
    }
  };
  return {
    received: () => received,
    async commands() {
      await catchUp();
      // What is not there cannot be shown to be absent: KEYS may hide behind twenty thousand PINGs.
      if (!isWhole) throw tooMuch();
      return received;
    },
    async clear() {
      await catchUp();
      received = [];
      characters = 0;
      isWhole = true;
    },
    get isRecording() {
      return monitor.isOpen;
    },
    stop: () => monitor.close(),
  };
}

function noTrace(limitMs: number): AnswerFault {
  return new AnswerFault(
    "timeout",
    `Redis did not say within ${limitMs / 1000} s which commands it received`,
    {
      cause: "Is it kept busy, by a script or a very slow command, or were the connections of others ended?",
    },
  );
}

function tooMuch(): AnswerFault {
  return new AnswerFault(
    "failed",
    `Redis received more than ${KEPT_COMMANDS.toLocaleString("en")} commands, or more than 16 MiB of them`,
    { cause: "Is something sent again and again, in a loop that does not end?" },
  );
}

/** The connection as MONITOR shows it, which behind a mapped port is not what this side sees. */
async function addressOf(client: RedisClientType): Promise<string> {
  const info = String(await client.sendCommand(["CLIENT", "INFO"]));
  return /\baddr=(\S+)/.exec(info)?.[1] ?? "";
}

/** Tells of commands, given in their order, whether they are part of a transaction. */
export function watchTransactions(): { mark(command: Omit<TracedCommand, "inTransaction">): TracedCommand } {
  const open = new Set<string>();
  return {
    mark(command) {
      const { name, connection } = command;
      if (name === "MULTI") open.add(connection);
      const inTransaction = open.has(connection);
      if (name === "EXEC" || name === "DISCARD") open.delete(connection);
      return { ...command, inTransaction };
    },
  };
}

/** `1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`; a script's commands come from `lua`. */
export function parseMonitorLine(line: string): Omit<TracedCommand, "inTransaction"> | undefined {
  const match = /^[\d.]+ \[\d+ (\S+)\] (.*)$/s.exec(line);
  if (!match?.[1] || match[2] === undefined) return undefined;
  const [name, ...args] = parseQuoted(match[2]);
  if (name === undefined) return undefined;
  return { name: name.toUpperCase(), args, connection: match[1], byScript: match[1] === "lua" };
}

/** MONITOR quotes each argument and escapes every byte that is not printable ASCII. */
function parseQuoted(text: string): string[] {
  const found: string[] = [];
  for (const [, body = ""] of text.matchAll(/"((?:[^"\\]|\\.)*)"/gs)) {
    const bytes = body
      .slice(0, KEPT_ARGUMENT)
      .replace(/\\(x[0-9a-f]{2}|.)/gs, (_, escaped: string) =>
        escaped.length === 3
          ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
          : ({ n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" }[escaped] ?? escaped),
      );
    found.push(Buffer.from(bytes, "latin1").toString("utf8"));
  }
  return found;
}

/** Of one command: words, and characters of a word. */
const SHOWN_WORDS = 24;
const SHOWN_WORD = 120;
/** Characters of a line. */
const SHOWN_LINE = 240;
/** Lines of one trace. */
const SHOWN_LINES = 16;
/** Of them, those of its beginning: what went wrong is mostly near its end. */
const SHOWN_BEGINNING = 5;
/** Neighbours that differ in what they send to the same key, before those in the middle are only counted. */
const SHOWN_ALIKE = 4;

/** A command as one would type it into redis-cli, long arguments cut. */
export function formatCommand(command: TracedCommand): string {
  const words = [command.name, ...command.args];
  const typed = typedWords(words.slice(0, SHOWN_WORDS), SHOWN_WORD);
  const cut = typed.length > SHOWN_LINE ? `${typed.slice(0, SHOWN_LINE)}…` : typed;
  const line = words.length > SHOWN_WORDS ? `${cut} … (${words.length - SHOWN_WORDS} more)` : cut;
  return command.byScript ? `(script) ${line}` : line;
}

/**
 * Lines for a verdict: at most about `limit`, those of the beginning and of the end; neighbours that are equal, or
 * alike, are counted. Where the failure is about `key`, and something was sent about it, the rest is only counted.
 */
export function formatTrace(commands: readonly TracedCommand[], key?: string, limit = SHOWN_LINES): string[] {
  const about = key === undefined ? [] : commands.filter(({ args }) => args.includes(key));
  const others = commands.length - about.length;
  if (about.length === 0 || others === 0) return formatLines(commands, limit);
  return [
    ...formatLines(about, limit),
    `and ${others} ${others === 1 ? "command" : "commands"} about other keys`,
  ];
}

interface Line {
  readonly text: string;
  /** Commands that it stands for. */
  readonly count: number;
}

function formatLines(commands: readonly TracedCommand[], limit: number): string[] {
  const lines = runsOf(commands, sameKey).flatMap(linesOfAlike);
  if (lines.length <= limit) return lines.map(({ text }) => text);
  const beginning = Math.min(SHOWN_BEGINNING, Math.floor(limit / 2));
  const end = lines.length - limit + beginning;
  const count = commandsIn(lines.slice(beginning, end));
  const between = `… ${count} more ${count === 1 ? "command" : "commands"} …`;
  const shown = (some: readonly Line[]) => some.map(({ text }) => text);
  return [...shown(lines.slice(0, beginning)), between, ...shown(lines.slice(end))];
}

/** Of neighbours that send the same key something: all, or the first, the last and how many are between. */
function linesOfAlike(alike: readonly [TracedCommand, ...TracedCommand[]]): Line[] {
  const lines = runsOf(alike.map(formatCommand), (text) => text).map(([text, ...more]): Line => {
    const times = more.length > 0 ? `   (${more.length + 1} times)` : "";
    return { text: `${text}${times}`, count: more.length + 1 };
  });
  if (lines.length <= SHOWN_ALIKE) return lines;
  const [{ name, args, byScript }] = alike;
  const key = args[0] === undefined ? "" : ` ${typedWords([args[0]], SHOWN_WORD)}`;
  const count = commandsIn(lines.slice(1, -1));
  const between = { text: `${byScript ? "(script) " : ""}${name}${key} …   (${count} more)`, count };
  return [...lines.slice(0, 1), between, ...lines.slice(-1)];
}

function commandsIn(lines: readonly Line[]): number {
  return lines.reduce((sum, { count }) => sum + count, 0);
}

function sameKey({ name, args, byScript }: TracedCommand): string {
  return JSON.stringify([name, args[0], byScript]);
}

/** Neighbours of which `key` gives the same. */
function runsOf<T>(list: readonly T[], key: (one: T) => string): [T, ...T[]][] {
  const runs: [T, ...T[]][] = [];
  let previous: string | undefined;
  for (const one of list) {
    const its = key(one);
    if (its === previous) runs.at(-1)?.push(one);
    else runs.push([one]);
    previous = its;
  }
  return runs;
}
