import { expect, test } from "vitest";
import { gradeRepeatedly } from "../../src/batch/repeat.ts";
import type { ModuleExercise } from "../../src/course/exercise.ts";
import { gradeExercise } from "../../src/grading/grade.ts";
import { exerciseOf, folderWith } from "../support/answer.ts";
import { fixture } from "../support/hostile.ts";
import { testPlace } from "../support/place.ts";

test("32. an answer that is right only now and then gets the worst of several gradings, which say so", async () => {
  const checks: ModuleExercise["checks"] = [
    {
      id: "keeps",
      title: "keeps a number",
      async run({ answer, random, expect: check }) {
        const number = random.integer(1, 1_000);
        await answer.call("keep", number);
        await check.key("number").isString(String(number));
      },
    },
  ];
  const exercise = exerciseOf({ form: "module", answer: "answer.ts", checks } as ModuleExercise);
  const folder = folderWith(fixture("32-now-and-then"));
  const place = testPlace();
  const statuses: string[] = [];
  const grade = async (seed: string) => {
    const result = await gradeExercise(exercise, folder, place, { seed });
    statuses.push(result.status);
    return result;
  };
  const result = await gradeRepeatedly(grade, "hostile", 8);
  await place.pool.drain();
  const passed = statuses.filter((status) => status === "passed").length;
  expect(statuses).toHaveLength(8);
  expect(passed).toBeGreaterThan(0);
  expect(passed).toBeLessThan(8);
  expect(result).toMatchObject({ status: "failed", score: 0, repeats: { times: 8, passed } });
});
