import { describe, expect, test } from "vitest";
import type { ModuleExercise } from "../../src/course/exercise.ts";
import { exerciseOf } from "../support/answer.ts";
import { gradeFixture, type HostileGrading } from "../support/hostile.ts";

/** By the function that gives it: how it ends when the judge expects "right". */
type Outcome = [name: string, status: string, message: RegExp, actual?: RegExp];
const outcomes: Outcome[] = [
  ["proto", "failed", /^what proto gave back cannot be compared: .*__proto__/],
  ["constructorKey", "failed", /^the result is not right/, /polluted/],
  ["cycle", "failed", /^the result is not right/, /name: 'self'/],
  ["big", "failed", /cannot be compared: it is larger than 8 MiB$/],
  ["folded", "failed", /^the result is not right/, /…/],
  ["nested", "failed", /cannot be compared: /],
  ["sparse", "crashed", /^malformed reply/],
  ["manySparse", "crashed", /^malformed reply/],
  ["proxy", "failed", /cannot be compared: no keys for you/],
  ["getter", "failed", /cannot be compared: not today/],
  ["thenable", "timeout", /^this took longer/],
  ["toJson", "failed", /cannot be compared: a function/],
  ["bigint", "failed", /^the result is not right/, /^10{100}n$/],
  ["hugeBigint", "failed", /cannot be compared: a bigint of more than 10000 digits/],
  ["nan", "failed", /^the result is not right/, /^NaN$/],
  ["symbol", "failed", /cannot be compared: .*ymbol/],
  ["fn", "failed", /cannot be compared: a function/],
  ["throwsNothing", "failed", /threw Error: a value that is no Error: undefined/],
  ["throwsProxy", "failed", /threw Error: an error that cannot be read/],
  ["throwsLong", "failed", /threw Error: x+… \(\d+ more characters\)$/],
  ["right", "passed", /^$/],
];

describe("11. a value that is meant to break whoever reads it", () => {
  const checks: ModuleExercise["checks"] = outcomes.map(([name]) => ({
    id: name.toLowerCase(),
    title: name,
    limitMs: name === "thenable" ? 500 : 5_000,
    async run({ answer, expect: check }) {
      const value = await answer.call(name);
      check.that(({} as { polluted?: boolean }).polluted === undefined, "prototypes are clean");
      check.value(value).equals("right");
    },
  }));
  const exercise = exerciseOf({ form: "module", answer: "answer.ts", checks } as ModuleExercise);
  let grading: Promise<HostileGrading> | undefined;

  test.each(outcomes)(
    "is compared as data, or refused with the reason: %s",
    async (name, status, message, actual) => {
      grading ??= gradeFixture(exercise, "11-values", {});
      const check = (await grading).check(name.toLowerCase());
      expect(check).toMatchObject({ status, points: status === "passed" ? 1 : 0 });
      expect(check.message ?? "").toMatch(message);
      if (actual) expect(check.actual).toMatch(actual);
      expect(JSON.stringify(check).length).toBeLessThan(20_000);
    },
  );
});
