/** What `lab doctor` found, as a checklist. */
import type { Style } from "./style.ts";
import { indented } from "./text.ts";

export interface Diagnosis {
  readonly what: string;
  /** `absent` is no trouble by itself: another one of its kind may do. */
  readonly state: "ok" | "on demand" | "absent" | "broken";
  readonly detail: string;
  /** The command that mends it. */
  readonly mend?: string;
}

export function renderDiagnoses(diagnoses: readonly Diagnosis[], { chalk, width, signs }: Style): string {
  const marks = {
    ok: chalk.green(signs.passed),
    "on demand": chalk.yellow(signs.skipped),
    absent: chalk.yellow(signs.skipped),
    broken: chalk.red(signs.failed),
  };
  const lines = diagnoses.map(({ what, state, detail, mend }) =>
    [
      indented(`${chalk.bold(what)}: ${detail}`, width, `${marks[state]} `, "  "),
      ...(mend ? [indented(`mend it: ${chalk.cyan(mend)}`, width, "  ")] : []),
    ].join("\n"),
  );
  return `${lines.join("\n")}\n`;
}
