/** What every form of answer has in common, seen from the flow of a grading. */
import type { Exercise } from "../../course/exercise.ts";
import type { RedisSource } from "../../redis/server.ts";
import { redisUrl } from "../../redis/server.ts";
import type { Cell, ProcessExit, Sandbox } from "../../sandbox/sandbox.ts";
import type { Clock } from "../../system/waiting.ts";
import type { CollectedAnswer } from "../collect.ts";
import type { Evidence } from "../evidence.ts";
import { AnswerFault } from "../fault.ts";
import type { Limits } from "../limits.ts";
import type { RedisSession } from "../redis-session.ts";

/** Drives one answer through the checks of its exercise. */
export interface AnswerDriver {
  /**
   * Makes the answer ready for one check and gives what the check sees as `answer`. The check's clock does not
   * run yet, and stands still while the check has the answer started. @throws AnswerFault where the answer cannot be
   * made ready: the same one each time where no check can say more about it.
   */
  prepare(evidence: Evidence, clock: Clock): Promise<unknown>;
  /**
   * After a check's function returned: @throws AnswerFault where the answer crashed meanwhile. `last`: no check
   * follows that would see it crash later.
   */
  settle(last: boolean): Promise<void>;
  /** Ends what the check started. `disturbed`: it did not pass, so that nothing of it may be used again. */
  finish(disturbed: boolean): Promise<void>;
  dispose(): Promise<void>;
}

/** What a driver is made from. */
export interface DriverInput {
  readonly exercise: Exercise;
  /** It may come late: what does not need it is started before. */
  readonly answer: Promise<CollectedAnswer>;
  readonly sandbox: Sandbox;
  readonly source: RedisSource;
  /** Absent for forms that are graded without a Redis of the judge's. */
  readonly session: Promise<RedisSession>;
  readonly limits: Limits;
  /** Start at once what only later checks will need, which makes a verdict sooner and costs more where one fails early. */
  readonly ahead: boolean;
}

/** The address that the answer's processes are told, as the cell reaches it. */
export async function answerRedisUrl(cell: Cell, session: RedisSession): Promise<string> {
  return redisUrl(await cell.reach(session.service), session.server.password);
}

/** The fault of a process that ended when it should not have. */
export function endedFault(
  exit: ProcessExit,
  output: string,
  sources: readonly string[],
  what: string,
): AnswerFault {
  const how = exit.signal ? `killed by ${exit.signal}` : `exit code ${exit.code}`;
  const at = answerLine(output, sources);
  const message = exit.reason ? `${what}: ${exit.reason}` : `${what} (${how})${at ? `, at ${at}` : ""}`;
  return new AnswerFault("crashed", message, {
    actual: shownOutput(output, sources),
    cause: exitCause(exit, output),
  });
}

function exitCause(exit: ProcessExit, output: string): string | undefined {
  if (exit.reason) return "Is there a loop that never ends, or that keeps everything it makes?";
  const unreachable = unreachableRedisCause(output);
  if (unreachable) return unreachable;
  if (/EADDRINUSE/.test(output))
    return "The port is taken: is one written into the program, or app.listen called twice? Use app.listen(process.env.PORT), once.";
  if (/listen EACCES/.test(output))
    return "Ports below 1024 are kept for administrators: use app.listen(process.env.PORT).";
  if (/Emitted 'error' event on Queue instance/.test(output))
    return "Kue's queue emitted an error that nobody listened to, which ends a program: it needs queue.on(\"error\", …), besides the client's.";
  if (/Emitted 'error' event/.test(output))
    return 'Something emitted an error that nobody listened to, which ends a program: a client needs client.on("error", …).';
  if (/ERR_HTTP_HEADERS_SENT/.test(output))
    return "A request was answered twice: after response.json the function goes on, unless there is a return or an else.";
  if (exit.code === 0)
    return "It ended by itself, without an error: was process.exit called, or nothing left to wait for?";
  return undefined;
}

export function unreachableRedisCause(output: string): string | undefined {
  return /ECONNREFUSED/.test(output)
    ? "It could not reach Redis: does it connect to process.env.REDIS_URL?"
    : undefined;
}

/** Characters of a stack, and of an output, that are looked at. */
const STACK_READ = 50_000;
const OUTPUT_READ = 20_000;
const LINE_READ = 1_000;
/** A line of a stack: it ends with line and column, or with where there are none. */
const FRAME = /^\s+at .*(?::\d+:\d+|<anonymous>|native)\)?$/;

/** "schools.ts:12" — the first line of a stack that is in the answer's own files. */
export function answerLine(stack: string | undefined, sources: readonly string[]): string | undefined {
  for (const line of (stack ?? "").slice(0, STACK_READ).split("\n")) {
    for (const source of sources) {
      const at = line.indexOf(`${source}:`);
      const number = at >= 0 ? /^\d+/.exec(line.slice(at + source.length + 1))?.[0] : undefined;
      if (number) return `${source}:${number}`;
    }
  }
  return undefined;
}

/**
 * The end of what a program printed, for a verdict: without the stack frames in Node and in packages, which push the
 * error itself out of sight, and with the names of the answer's own files as the student knows them.
 */
export function shownOutput(output: string, sources: readonly string[]): string {
  const place = placesIn(sources);
  const text = output
    .slice(-OUTPUT_READ)
    .split("\n")
    // Cut, because the time for these patterns grows with the square of a line that a stranger made for it.
    .map((line) => line.slice(0, LINE_READ).replaceAll(place, "$1:"))
    .filter((line) => !FRAME.test(line) || sources.some((source) => line.includes(`${source}:`)))
    .join("\n")
    // Above an error that nobody caught, Node prints the line that threw it, and below it its own version.
    .replaceAll(/^(?:node:|file:\/\/|\/)\S+:\d+\n(?:.*\n){1,2}\s*\^+\n\n?/gm, "")
    .replaceAll(/\n+Node\.js v\d+\.\d+\.\d+\n*$/g, "");
  return lastLines(text) || "it printed nothing";
}

/** Matches where a stack names one of the answer's own files in its cell; the file as the student knows it is $1. */
export function placesIn(sources: readonly string[]): RegExp {
  const own = sources.map((source) => source.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|") || "(?!)";
  return new RegExp(`(?:file://)?/[^\\s():]*/(${own}):(?=\\d)`, "g");
}

/** The end of an output, where the error is. */
export function lastLines(output: string, count = 12): string {
  return output.trim().split("\n").slice(-count).join("\n").slice(-2_000);
}
