/**
 * Splitting a line into arguments as Redis does, in redis-cli and in redis.conf alike: spaces separate,
 * double quotes take \n \r \t \b \a \" \\ and \xHH, single quotes take \' alone, and a closing quote must be
 * followed by a space (`sdssplitargs` in Redis' sds.c). Undefined where quotes are not balanced.
 */
export function splitWords(line: string): string[] | undefined {
  // As bytes, one character each, so that \xHH and UTF-8 mix as they do in Redis.
  const bytes = Buffer.from(line, "utf8").toString("latin1");
  const words: string[] = [];
  for (let at = 0; ; ) {
    while (isSpace(bytes[at])) at++;
    if (at >= bytes.length) return words;
    const word = readWord(bytes, at);
    if (!word) return undefined;
    words.push(Buffer.from(word.text, "latin1").toString("utf8"));
    at = word.end;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

function isSpace(char: string | undefined): boolean {
  return char !== undefined && " \t\n\v\f\r".includes(char);
}

function readWord(bytes: string, from: number): { text: string; end: number } | undefined {
  let text = "";
  for (let at = from; at < bytes.length; at++) {
    const char = bytes[at] as string;
    if (isSpace(char)) return { text, end: at };
    if (char !== '"' && char !== "'") {
      text += char;
      continue;
    }
    const quoted = char === '"' ? readDoubleQuoted(bytes, at + 1) : readSingleQuoted(bytes, at + 1);
    if (!quoted || (quoted.end < bytes.length && !isSpace(bytes[quoted.end]))) return undefined;
    return { text: text + quoted.text, end: quoted.end };
  }
  return { text, end: bytes.length };
}

function readDoubleQuoted(bytes: string, from: number): { text: string; end: number } | undefined {
  let text = "";
  for (let at = from; at < bytes.length; at++) {
    const char = bytes[at] as string;
    if (char === '"') return { text, end: at + 1 };
    const hex = /^\\x([0-9a-fA-F]{2})/.exec(bytes.slice(at, at + 4))?.[1];
    if (hex) {
      text += String.fromCharCode(Number.parseInt(hex, 16));
      at += 3;
    } else if (char === "\\" && at + 1 < bytes.length) {
      const escaped = bytes[++at] as string;
      text += ESCAPES[escaped] ?? escaped;
    } else text += char;
  }
  return undefined;
}

function readSingleQuoted(bytes: string, from: number): { text: string; end: number } | undefined {
  let text = "";
  for (let at = from; at < bytes.length; at++) {
    const char = bytes[at] as string;
    if (char === "'") return { text, end: at + 1 };
    if (char === "\\" && bytes[at + 1] === "'") {
      text += "'";
      at++;
    } else text += char;
  }
  return undefined;
}

/** A command as one would type it into redis-cli, words beyond `longest` characters cut. */
export function typedWords(words: readonly string[], longest: number): string {
  return words
    .map((word) => quoteWord(word.length > longest ? `${word.slice(0, longest)}…` : word))
    .join(" ");
}

/** A word as redis-cli would need it typed. */
export function quoteWord(word: string): string {
  return /^[\w:.,@/+*{}[\]()<>=|%^$~-]+$/.test(word) ? word : JSON.stringify(word);
}
