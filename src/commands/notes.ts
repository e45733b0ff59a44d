/** What TypeScript sees in an answer that did not pass, as notes below the verdict. */
import type { ExerciseResult } from "../grading/result.ts";
import type { Style } from "../report/style.ts";
import { indented, printable } from "../report/text.ts";

const SHOWN = 5;

/** Text for the end of a verdict; "" where there is nothing to say. */
export async function notesBelow(result: ExerciseResult, folder: string, style: Style): Promise<string> {
  if (result.status !== "failed") return "";
  // Loaded only now: the verdict is there already.
  const { typeNotes } = await import("../workspace/type-notes.ts");
  const notes = await typeNotes(folder);
  if (notes.length === 0) return "";
  const { chalk, width, signs } = style;
  const lines = notes
    .slice(0, SHOWN)
    .map(({ file, line, column, message }) =>
      indented(printable(`${file}:${line}:${column}: ${message}`), width, `  ${signs.bar} `),
    );
  const more = notes.length - SHOWN;
  const rest = more > 0 ? [`  ${signs.more} and ${more} more`] : [];
  return `${chalk.dim(["TypeScript notes, which do not count:", ...lines, ...rest].join("\n"))}\n`;
}
