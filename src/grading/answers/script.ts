/** redis-cli answers: a file of commands, read as redis-cli reads it and sent over one connection by the judge. */
import type { ScriptReply } from "../../course/vocabulary.ts";
import { connectJudge } from "../../redis/connection.ts";
import { DeadlineExceeded, withDeadline } from "../../system/waiting.ts";
import type { CollectedAnswer } from "../collect.ts";
import { AnswerFault } from "../fault.ts";
import { splitWords } from "../words.ts";
import type { AnswerDriver, DriverInput } from "./answer.ts";

export interface ScriptLine {
  /** Counted from 1. */
  readonly line: number;
  readonly words: readonly string[];
}

/** Lines of one script. */
const LINE_LIMIT = 1_000;
/** Milliseconds for one command; a blocking one with no end would hold everything up. */
const COMMAND_LIMIT_MS = 2_000;
/** They turn the connection into a stream that never ends. */
const ENDLESS = new Set(["MONITOR", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "SYNC", "PSYNC"]);

export function scriptDriver(input: DriverInput): AnswerDriver {
  return {
    async prepare(evidence) {
      const lines = parseScript(input.answer);
      return {
        run: async () => {
          evidence.did(`redis-cli < ${input.answer.entry}`);
          return send(input, lines);
        },
      };
    },
    async settle() {},
    async finish() {},
    async dispose() {},
  };
}

/** Blank lines and lines that begin with # are passed over. */
export function parseScript(answer: CollectedAnswer): ScriptLine[] {
  const content = answer.files.find((file) => file.path === answer.entry)?.content ?? Buffer.alloc(0);
  if (content.includes(0)) throw new AnswerFault("failed", `${answer.entry} is no text file`);
  const lines = content
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .split(/\r?\n/);
  const parsed: ScriptLine[] = [];
  for (const [index, text] of lines.entries()) {
    if (text.trim() === "" || text.trimStart().startsWith("#")) continue;
    if (parsed.length >= LINE_LIMIT)
      throw new AnswerFault("failed", `${answer.entry} has more than ${LINE_LIMIT} commands`);
    parsed.push(parseLine(answer.entry, index + 1, text));
  }
  return parsed;
}

function parseLine(entry: string, line: number, text: string): ScriptLine {
  const words = splitWords(text);
  if (!words?.[0]) {
    throw new AnswerFault("failed", `${entry}:${line}: the quotes are not balanced`, {
      actual: text,
      cause: "A quoted argument needs its closing quote, and a space after it.",
    });
  }
  const at = `${entry}:${line}`;
  if (words[0].toLowerCase() === "redis-cli") {
    throw new AnswerFault("failed", `${at}: write the command alone, without redis-cli before it`, {
      actual: text,
    });
  }
  if (ENDLESS.has(words[0].toUpperCase())) {
    throw new AnswerFault(
      "failed",
      `${at}: ${words[0].toUpperCase()} never ends, so nothing after it would run`,
      { actual: text },
    );
  }
  return { line, words };
}

async function send(input: DriverInput, lines: readonly ScriptLine[]): Promise<ScriptReply[]> {
  const session = await input.session;
  const client = await connectJudge({ ...session.server, endpoint: session.front });
  const replies: ScriptReply[] = [];
  try {
    for (const { line, words } of lines) {
      try {
        const value = await withDeadline(COMMAND_LIMIT_MS, client.sendCommand([...words]), words.join(" "));
        replies.push({ line, command: words, value });
      } catch (error) {
        if (error instanceof DeadlineExceeded) {
          throw new AnswerFault(
            "timeout",
            `${input.answer.entry}:${line}: ${words.join(" ")} was not answered within ${COMMAND_LIMIT_MS / 1000} s`,
            {
              cause: "Does this command wait for something that nobody sends, or keep the server busy?",
            },
          );
        }
        replies.push({ line, command: words, value: undefined, error: (error as Error).message });
        if (!client.isReady) {
          throw new AnswerFault(
            "crashed",
            `${input.answer.entry}:${line}: the connection ended after ${words.join(" ")}`,
          );
        }
      }
    }
    return replies;
  } finally {
    if (client.isOpen) client.destroy();
  }
}
