/** Right answers in other styles than the solution's: each must score in full. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { exerciseIds, loadExercise } from "../../src/course/load.ts";
import { gradeExercise } from "../../src/grading/grade.ts";
import { packageRoot } from "../../src/system/package-root.ts";
import { testPlace } from "../support/place.ts";

const styles = join(import.meta.dirname, "..", "fixtures", "right");
const place = testPlace();
afterAll(() => place.pool.drain());

describe.each(exerciseIds())("%s", (id) => {
  const names = readdirSync(join(styles, id));

  test("has at least two other right answers", () => {
    expect(names.length).toBeGreaterThanOrEqual(2);
  });

  test.each(names)("accepts %s", async (name) => {
    const exercise = await loadExercise(packageRoot, id);
    const result = await gradeExercise(exercise, join(styles, id, name), place, { seed: "right" });
    expect(result.checks.filter((check) => check.status !== "passed")).toEqual([]);
    expect(result.status).toBe("passed");
  });
});
