/** Lessons for a terminal: Markdown with headings, code, tables and links, by marked and marked-terminal. */
import { Marked } from "marked";
import { markedTerminal } from "marked-terminal";
import wrapAnsi from "wrap-ansi";
import type { Style } from "./style.ts";

export function renderLesson(markdown: string, { chalk, width }: Style): string {
  const plain = (text: string) => text;
  const options = {
    width,
    reflowText: true,
    showSectionPrefix: false,
    tab: 2,
    emoji: false,
    firstHeading: chalk.bold.cyan,
    heading: chalk.bold,
    code: chalk.yellow,
    codespan: chalk.yellow,
    strong: chalk.bold,
    em: chalk.italic,
    link: chalk.blue,
    href: chalk.blue.underline,
    blockquote: chalk.dim,
    del: plain,
    tableOptions: { wordWrap: true, style: { head: [], border: [] } },
  };
  // The package's types are of an older marked: what it gives is an extension all the same.
  const extension = markedTerminal(options) as unknown as Parameters<Marked["use"]>[0];
  const rendered = new Marked().use(extension).parse(markdown, { async: false });
  return wrapAnsi(rendered.trim(), width, { trim: false, hard: false });
}
