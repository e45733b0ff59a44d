/** Lessons for a terminal: Markdown parsed by marked, tables laid out by cli-table3, text wrapped by fast-wrap-ansi. */
import Table from "cli-table3";
import stringWidth from "fast-string-width";
import { Marked, type Token, type Tokens } from "marked";
import { ASCII_SIGNS } from "./signs.ts";
import type { Style } from "./style.ts";
import { indented, prose } from "./text.ts";

export function renderLesson(markdown: string, style: Style): string {
  return renderBlocks(new Marked().lexer(markdown), style).join("\n\n");
}

/** A hint: one paragraph, for which marked need not load its rules for blocks (20 ms); or a short lesson. */
export function renderHint(markdown: string, style: Style): string {
  if (markdown.includes("\n")) return renderLesson(markdown, style);
  return prose(renderInline(new Marked().Lexer.lexInline(markdown), style), style.width);
}

function renderBlocks(tokens: readonly Token[], style: Style): string[] {
  return tokens.flatMap((token) => {
    const block = renderBlock(token, style);
    return block === undefined ? [] : [block];
  });
}

function renderBlock(token: Token, style: Style): string | undefined {
  const { chalk, width } = style;
  switch (token.type) {
    case "heading": {
      const text = renderInline(token.tokens, style);
      return token.depth === 1 ? chalk.bold.cyan(underlined(text, style)) : chalk.bold(text);
    }
    case "paragraph":
    case "text":
      return prose(renderInline(token.tokens ?? [token], style), width);
    case "code":
      return codeLines(token.text, style);
    case "list":
      return renderList(token as Tokens.List, style);
    case "table":
      return renderTable(token as Tokens.Table, style);
    case "blockquote":
      return renderBlocks(token.tokens ?? [], { ...style, width: width - 2 })
        .map((block) => block.replaceAll(/^/gm, `${chalk.dim(style.signs.quote)} `))
        .join("\n");
    case "hr":
      return chalk.dim(style.signs.rule.repeat(width));
    default:
      return undefined;
  }
}

function underlined(title: string, { signs, isPlain }: Style): string {
  return isPlain ? title : `${title}\n${signs.underline.repeat(stringWidth(title))}`;
}

/** Code is never wrapped: a broken line could not be copied. */
function codeLines(code: string, { chalk }: Style): string {
  return code
    .replaceAll(/^(?=.)/gm, "    ")
    .split("\n")
    .map((line) => chalk.yellow(line))
    .join("\n");
}

function renderList(list: Tokens.List, style: Style): string {
  const items = list.items.map((item, index) => {
    const bullet = list.ordered ? `${Number(list.start || 1) + index}. ` : `${style.signs.bullet} `;
    const rest = " ".repeat(bullet.length);
    const inner = { ...style, width: style.width - bullet.length };
    const text = renderBlocks(item.tokens, inner).join("\n");
    return `${bullet}${text.replaceAll("\n", `\n${rest}`)}`;
  });
  return items.join("\n");
}

function renderTable(table: Tokens.Table, style: Style): string {
  const cells = (row: readonly Tokens.TableCell[]) => row.map((cell) => renderInline(cell.tokens, style));
  const rows = [cells(table.header).map((text) => style.chalk.bold(text)), ...table.rows.map(cells)];
  if (style.isPlain) return spokenTable(rows);
  const widths = columnWidths(rows, style.width);
  const laidOut = new Table({
    ...(style.signs === ASCII_SIGNS ? { chars: ASCII_BORDERS } : {}),
    colWidths: widths,
    style: { head: [], border: style.chalk.level > 0 ? ["grey"] : [] },
  });
  // A word that is longer than its column is broken here: the table would cut it off.
  laidOut.push(
    ...rows.map((row) => row.map((text, i) => indented(text, Math.max(1, (widths[i] ?? 3) - 2), ""))),
  );
  return laidOut.toString();
}

/** A row after the other, each value after the name of its column. */
function spokenTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const spoken = rows.map((row) =>
    row.map((text, column) => (head[column] ? `${head[column]}: ${text}` : text)).join("; "),
  );
  return spoken.map((row) => `- ${row}`).join("\n");
}

/** As wide as the text needs, the widest columns narrowed until the table fits. */
function columnWidths(rows: readonly (readonly string[])[], width: number): number[] {
  const columns = Math.max(...rows.map((row) => row.length));
  // One space at each side of a text.
  const widths = Array.from(
    { length: columns },
    (_, i) => 2 + Math.max(...rows.map((row) => stringWidth(row[i] ?? ""))),
  );
  const borders = columns + 1;
  while (widths.reduce((sum, one) => sum + one, borders) > width) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= 8) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function renderInline(tokens: readonly Token[] | undefined, style: Style): string {
  const { chalk } = style;
  return (tokens ?? [])
    .map((token) => {
      const inner = () => renderInline("tokens" in token ? token.tokens : [], style);
      switch (token.type) {
        case "strong":
          return chalk.bold(inner());
        case "em":
          return chalk.italic(inner());
        case "codespan":
          // Without colours the backticks stay: they tell code from words.
          return chalk.level > 0 ? chalk.yellow(token.text) : token.raw;
        case "link":
          return `${inner()} ${chalk.dim(token.href)}`;
        case "br":
          return "\n";
        case "text":
          // Lines of a paragraph are joined: the terminal's width decides where they end.
          return "tokens" in token && token.tokens ? inner() : unescaped(token.text).replaceAll("\n", " ");
        default:
          return unescaped("text" in token ? String(token.text) : token.raw);
      }
    })
    .join("");
}

/** marked escapes for HTML; a terminal wants the characters. */
function unescaped(text: string): string {
  const characters: Readonly<Record<string, string>> = {
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
    "&amp;": "&",
  };
  return text.replaceAll(/&(?:lt|gt|quot|amp|#39);/g, (entity) => characters[entity] ?? entity);
}

const ASCII_BORDERS = {
  ...Object.fromEntries(["top", "bottom", "mid"].map((line) => [line, "-"])),
  ...Object.fromEntries(
    [
      "top-mid",
      "top-left",
      "top-right",
      "bottom-mid",
      "bottom-left",
      "bottom-right",
      "left-mid",
      "mid-mid",
      "right-mid",
    ].map((corner) => [corner, "+"]),
  ),
  ...Object.fromEntries(["left", "middle", "right"].map((side) => [side, "|"])),
};
