/** The samples in a lesson: what it shows, taken apart so that a test can run it. */
import { marked } from "marked";

export interface Sample {
  /** "ts", "js", "conf" for a redis.conf, "console" for what one types; "" for a picture. */
  readonly language: string;
  readonly text: string;
}

/** All blocks of code in a lesson, in its order. */
export function samplesOf(lesson: string): Sample[] {
  return marked
    .lexer(lesson)
    .flatMap((token) => (token.type === "code" ? [{ language: token.lang ?? "", text: token.text }] : []));
}

export interface TypedCommand {
  /** As it was typed, without the prompt. */
  readonly line: string;
  readonly database: string;
  /** The lines that redis-cli printed. */
  readonly reply: string;
}

const PROMPT = /^(?:127\.0\.0\.1:\d+(?:\[(\d+)\])?)?> (.*)$/;

/** What is typed into redis-cli, and what it says. Lines that begin with $ are typed into a shell, and left out. */
export function typedCommands(text: string): TypedCommand[] {
  const commands: { line: string; database: string; reply: string }[] = [];
  for (const line of text.split("\n")) {
    const [, database = "0", typed] = PROMPT.exec(line) ?? [];
    const last = commands.at(-1);
    if (typed !== undefined) commands.push({ line: typed, database, reply: "" });
    else if (last && !line.startsWith("$")) last.reply += `${last.reply && "\n"}${line}`;
  }
  return commands.filter(({ line }) => line !== "exit");
}

/** An expression that begins a line, up to its semicolon, and what a comment says that it gives. */
const VALUED =
  /^( *)(?!(?:const|let|for|if|try|return|class|function|async|import|\/\/|[{}])\b)([^\s;][^;]*);(?: *\n?\/\/ (.*(?:\n\/\/ .*)*))/gm;

/**
 * The sample as code in which each `expression; // what it gives` has become `gives(expression, "what it gives")`,
 * for comments that hold a value.
 */
export function withComparisons(text: string): { code: string; count: number } {
  let count = 0;
  const code = text.replace(VALUED, (whole, indent: string, expression: string, comment: string) => {
    const said = comment.replace(/\n\/\/ /g, " ");
    if (/^[)\]}]/.test(expression) || !/["\d[{]|null|true|false/.test(said)) return whole;
    count++;
    return `${indent}gives(${expression}, ${JSON.stringify(said)});`;
  });
  return { code, count };
}

/** A value as lessons write it, without spaces. */
export function asWritten(value: unknown): string {
  if (value instanceof Error) return `${value.constructor.name}:${value.message.split(" ")[0]}…`;
  if (Array.isArray(value)) return `[${value.map(asWritten).join(",")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([name, one]) => `${name}:${asWritten(one)}`)
      .join(",")}}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Whether a comment says this value: first of all, or after "the two cheapest: ". */
export function says(comment: string, value: unknown): boolean {
  const compact = (text: string) => text.replace(/\s+/g, "");
  const isSorted = comment.includes("in no certain order") && Array.isArray(value);
  const wanted = compact(asWritten(isSorted ? [...value].sort() : value));
  return comment.split(/(?<=\w): (?=["[{\d])/).some((_, index, parts) => {
    const rest = compact(parts.slice(index).join(": "));
    return rest.startsWith(wanted) && !/^[\w."]/.test(rest.slice(wanted.length));
  });
}
