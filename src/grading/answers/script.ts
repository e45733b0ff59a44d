/** redis-cli answers: a file of commands, read as redis-cli reads it and sent over one connection by the judge. */

import type { ScriptReply } from "../../course/vocabulary.ts";
import { connectJudge } from "../../redis/connection.ts";
import { DeadlineExceeded, withDeadline } from "../../system/waiting.ts";
import type { CollectedAnswer } from "../collect.ts";
import { AnswerFault } from "../fault.ts";
import { whyNotText } from "../text-file.ts";
import { splitWords } from "../words.ts";
import type { AnswerDriver, DriverInput } from "./answer.ts";

export interface ScriptLine {
  /** Counted from 1. */
  readonly line: number;
  /** As it was typed, without the spaces around it. */
  readonly text: string;
  readonly words: readonly string[];
}

/** Lines of one script. */
const LINE_LIMIT = 1_000;
/** They turn the connection into a stream that never ends. */
const ENDLESS = new Set(["MONITOR", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "SYNC", "PSYNC"]);

export function scriptDriver(input: DriverInput): AnswerDriver {
  /** It would wait as long in every check. */
  let unanswered: AnswerFault | undefined;
  const parsed = input.answer.then(parseScript);
  parsed.catch(() => {});
  return {
    async prepare(evidence) {
      const { entry } = await input.answer;
      const lines = await parsed;
      return {
        run: async () => {
          evidence.did(`redis-cli < ${entry}`);
          if (unanswered) throw unanswered;
          try {
            return await send(input, entry, lines);
          } catch (error) {
            if (error instanceof AnswerFault && error.status === "timeout") unanswered = error;
            throw error;
          }
        },
      };
    },
    async settle() {},
    async finish() {},
    async dispose() {},
  };
}

/** Blank lines and lines that begin with # are passed over; `exit` and `quit` end it, as they end redis-cli. */
export function parseScript(answer: CollectedAnswer): ScriptLine[] {
  const content = answer.files.find((file) => file.path === answer.entry)?.content ?? Buffer.alloc(0);
  const trouble = whyNotText(answer.entry, content);
  if (trouble) throw new AnswerFault("failed", trouble);
  const text = content.toString("utf8");
  if (text.startsWith("\ufeff")) {
    throw new AnswerFault(
      "failed",
      `${answer.entry} begins with a byte order mark, three bytes that nobody sees`,
      {
        cause: "redis-cli takes them for a part of the first command: save the file as UTF-8 without BOM.",
      },
    );
  }
  const lines = text.split(/\r?\n/);
  const parsed: ScriptLine[] = [];
  let end: ScriptLine | undefined;
  for (const [index, text] of lines.entries()) {
    if (text.trim() === "" || text.trimStart().startsWith("#")) continue;
    if (parsed.length >= LINE_LIMIT)
      throw new AnswerFault("failed", `${answer.entry} has more than ${LINE_LIMIT} commands`);
    if (end) {
      throw new AnswerFault("failed", `${answer.entry}:${end.line}: nothing after ${end.text} would run`, {
        actual: text.trim(),
        cause: `${end.text} ends redis-cli: leave it out, or let it be the last line.`,
      });
    }
    const line = parseLine(answer.entry, index + 1, text.trim());
    if (/^(exit|quit)$/i.test(line.words[0] ?? "")) end = line;
    else parsed.push(line);
  }
  return parsed;
}

/** What is typed into redis-cli by mistake, seen where nothing is quoted; the first that matches. */
const NOT_FOR_REDIS: readonly (readonly [RegExp, string])[] = [
  [/^[\w.:-]*(\[\d+\])?(\(TX\))?[>$](?=\s|\w)/, "leave out the prompt: begin the line with the command"],
  [/^(\/\/|\/\*|--)/, "comments begin with #"],
  [/(^|\s)[“”„‟‘’‚‛]/, "these are typographic quotes: use \" or '"],
  [/;$/, "no ; at the end of a line"],
];

function parseLine(entry: string, line: number, text: string): ScriptLine {
  const at = `${entry}:${line}`;
  const unquoted = text.replace(/"(\\.|[^"\\])*"|'(\\'|[^'])*'/g, '""');
  const mistake = NOT_FOR_REDIS.find(([pattern]) => pattern.test(unquoted))?.[1];
  if (mistake) throw new AnswerFault("failed", `${at}: ${mistake}`, { actual: text });
  const words = splitWords(text);
  if (!words?.[0]) {
    throw new AnswerFault("failed", `${at}: the quotes are not balanced`, {
      actual: text,
      cause: "A quoted argument needs its closing quote, and a space after it.",
    });
  }
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
  return { line, text, words };
}

async function send(input: DriverInput, entry: string, lines: readonly ScriptLine[]): Promise<ScriptReply[]> {
  const session = await input.session;
  const { commandMs } = input.limits;
  const client = await connectJudge({ ...session.server, endpoint: session.service.address });
  const replies: ScriptReply[] = [];
  try {
    for (const { line, text, words } of lines) {
      try {
        const value = await withDeadline(commandMs, client.sendCommand([...words]), text);
        replies.push({ line, text, command: words, value });
      } catch (error) {
        if (error instanceof DeadlineExceeded) {
          throw new AnswerFault(
            "timeout",
            `${entry}:${line}: ${text} was not answered within ${commandMs / 1000} s`,
            {
              cause: "Does this command wait for something that nobody sends, or keep the server busy?",
            },
          );
        }
        replies.push({ line, text, command: words, value: undefined, error: (error as Error).message });
        if (!client.isReady) {
          throw new AnswerFault("crashed", `${entry}:${line}: the connection ended after ${text}`);
        }
      }
    }
    return replies;
  } finally {
    if (client.isOpen) client.destroy();
  }
}
