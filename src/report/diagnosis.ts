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

/** What serves one purpose, and how much of it is needed. */
export interface DiagnosisGroup {
  readonly title: string;
  readonly diagnoses: readonly Diagnosis[];
}

export function renderDiagnoses(groups: readonly DiagnosisGroup[], style: Style): string {
  return groups
    .map(({ title, diagnoses }) =>
      [style.chalk.bold(title), ...diagnoses.map((one) => renderDiagnosis(one, style)), ""].join("\n"),
    )
    .join("\n");
}

function renderDiagnosis({ what, state, detail, mend }: Diagnosis, { chalk, width, signs }: Style): string {
  const marks = {
    ok: chalk.green(signs.passed),
    "on demand": chalk.yellow(signs.skipped),
    absent: chalk.yellow(signs.skipped),
    broken: chalk.red(signs.failed),
  };
  return [
    indented(`${what}: ${detail}`, width, `  ${marks[state]} `, "    "),
    ...(mend ? [indented(`mend it: ${chalk.cyan(mend)}`, width, "    ")] : []),
  ].join("\n");
}
