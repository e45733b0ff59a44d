/** Where commands write: data to standard output, talk to standard error, each in the style it can show. */
import { relative } from "node:path";
import { makeStyle, type Style } from "../report/style.ts";

export interface Terminal {
  readonly style: Style;
  /** Data, to standard output. */
  print(text: string): void;
  /** Talk, to standard error. */
  say(line: string): void;
  /** One line of talk that the next one replaces; "" removes it. Nothing where standard error is no terminal. */
  progress(line: string): void;
}

export function openTerminal(noColor: boolean, plain: boolean | undefined): Terminal {
  const { stdout, stderr, env } = process;
  const style = makeStyle({
    isTTY: stdout.isTTY ?? false,
    columns: stdout.columns,
    environment: env,
    noColor,
    ...(plain === undefined ? {} : { plain }),
  });
  return {
    style,
    print: (text) => void stdout.write(text),
    say: (line) => void stderr.write(`${line}\n`),
    progress(line) {
      if (stderr.isTTY) stderr.write(`\r\x1b[2K${line.slice(0, (stderr.columns ?? 80) - 1)}`);
    },
  };
}

/** As a student types it: from the current folder, where it lies below. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
