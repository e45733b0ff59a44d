/** What is wrong with an exercise's definition, as sentences: what the type alone cannot say. */
import type { Check, ExerciseDefinition, Form } from "./exercise.ts";

const FORMS: readonly Form[] = ["config", "redis-cli", "module", "program", "app", "worker", "tests"];
const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

export function definitionFaults(definition: ExerciseDefinition): string[] {
  const faults: string[] = [];
  const require = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  require(Boolean(definition.title), "title is empty");
  require(FORMS.includes(definition.form), `form "${definition.form}" is none of ${FORMS.join(", ")}`);
  require(Boolean(definition.answer), "answer names no file");
  require((definition.objectives ?? []).length > 0, "objectives is empty");
  require((definition.hints ?? []).length >= 3, "it has fewer than three hints");
  require((definition.checks ?? []).length > 0, "it has no checks");
  require((definition.wrong ?? []).length > 0, "it has no wrong answers");
  const seen = new Set<string>();
  for (const check of (definition.checks ?? []) as readonly Check[]) {
    require(ID.test(check.id), `check id "${check.id}" is not in kebab-case`);
    require(!seen.has(check.id), `two checks have the id "${check.id}"`);
    require(check.after === undefined ||
      seen.has(check.after), `check "${check.id}" comes after "${check.after}", which is no earlier check`);
    require(Boolean(check.title), `check "${check.id}" has no title`);
    require(typeof check.run === "function", `check "${check.id}" has no run`);
    require((check.points ?? 1) > 0, `check "${check.id}" is worth nothing`);
    seen.add(check.id);
  }
  for (const wrong of definition.wrong ?? []) {
    require(seen.has(
      wrong.fails,
    ), `wrong answer "${wrong.name}" names the check "${wrong.fails}", which does not exist`);
  }
  return faults;
}
