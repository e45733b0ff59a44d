/** What a failed check says, without what is another each time. */
import type { CheckResult } from "../../src/grading/result.ts";
import { makeStyle } from "../../src/report/style.ts";
import { indented } from "../../src/report/text.ts";

const { width } = makeStyle({ isTTY: false, columns: 100, environment: {}, noColor: true });

/**
 * The title of the check, the problem and the likely cause; where no cause is told, what was expected and got.
 * Numbers are N and ids made by chance are ID: times, counts of lost races and versions are others in each run.
 */
export function verdictText({ title, message, expected, actual, hint }: CheckResult): string {
  const told = [["Problem", message] as const];
  const rows = hint
    ? [...told, ["Likely", hint] as const]
    : [...told, ["Expected", expected] as const, ["Got", actual] as const];
  const lines = rows.flatMap(([label, text]) =>
    text === undefined ? [] : [indented(steady(text), width, `  ${label.padEnd(9)} `, " ".repeat(12))],
  );
  return [steady(title), ...lines].join("\n");
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

function steady(text: string): string {
  return text.replace(UUID, "ID").replace(/\d+(\.\d+)*/g, "N");
}
