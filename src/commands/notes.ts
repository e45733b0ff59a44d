/** What TypeScript sees in an answer that did not pass, as notes below the verdict. */
import type { ExerciseResult } from "../grading/result.ts";
import type { Style } from "../report/style.ts";
import { indented, printable } from "../report/text.ts";
import type { TypeNote } from "../workspace/type-notes.ts";

const SHOWN = 5;

/** None where the answer passed. @param folder of the answer */
export async function notesOf(result: ExerciseResult, folder: string): Promise<readonly TypeNote[]> {
  if (result.status !== "failed") return [];
  // Loaded only now: the verdict is there already.
  const { typeNotes } = await import("../workspace/type-notes.ts");
  return typeNotes(folder);
}

/** Text for the end of a verdict; "" where there is nothing to say. */
export function renderNotes(notes: readonly TypeNote[], { chalk, width, signs }: Style): string {
  if (notes.length === 0) return "";
  const lines = notes
    .slice(0, SHOWN)
    .map(({ file, line, column, message }) =>
      indented(printable(`${file}:${line}:${column}: ${message}`), width, `  ${signs.bar} `),
    );
  const more = notes.length - SHOWN;
  const rest = more > 0 ? [`  ${signs.more} and ${more} more`] : [];
  return `${chalk.dim(["TypeScript notes, which do not count:", ...lines, ...rest].join("\n"))}\n`;
}
