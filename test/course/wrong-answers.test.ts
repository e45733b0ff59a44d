/**
 * Each exercise proves its checks, and what they say to a beginner: the verdicts of the starter and of wrong answers,
 * up to their first failure, as they would be read. Of the wrong answers one for each check is graded;
 * LAB_TEST_WRONG=all grades every one, and must be set where the transcripts are written anew (`vitest -u`).
 */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import pLimit from "p-limit";
import { afterAll, describe, expect, test } from "vitest";
import type { Exercise } from "../../src/course/exercise.ts";
import { exerciseIds, loadExercise } from "../../src/course/load.ts";
import { type GradeFolder, inspectExercise, verifyExercise } from "../../src/course/verify.ts";
import { gradeExercise } from "../../src/grading/grade.ts";
import { packageRoot } from "../../src/system/package-root.ts";
import { testPlace } from "../support/place.ts";
import { verdictText } from "../support/verdicts.ts";

const isWhole = process.env.LAB_TEST_WRONG === "all";
/** Many verdicts wait most of their time. */
const AT_ONCE = 3;
const BETWEEN = "\n\n\n";
/** Races, which are always lost, but not always in the same way. */
const IN_MORE_WAYS_THAN_ONE: Readonly<Record<string, readonly string[]>> = {
  "12-sets": ["wrong/until-empty"],
  "19-pub-sub": ["wrong/subscribes-again", "wrong/listener-arguments-swapped"],
  "21-cache": [
    "wrong/shares-and-looks-then-locks",
    "wrong/no-second-look",
    "wrong/waits-once",
    "wrong/five-tries",
  ],
  "22-express-stock": ["wrong/tries-again-after-503"],
  "24-kue-jobs": ["wrong/no-return"],
  "25-kue-progress": ["wrong/sending-not-awaited"],
  "27-express-seats": ["wrong/gives-up"],
};

const place = testPlace();
afterAll(() => place.pool.drain());

describe.each(exerciseIds())("%s", (id) => {
  test("tells right from wrong, and says why", { timeout: 300_000 }, async () => {
    const exercise = await loadExercise(packageRoot, id);
    expect(inspectExercise(exercise)).toEqual([]);

    const verdicts = new Map<string, string>();
    const grade: GradeFolder = async (_, folder) => {
      const result = await gradeExercise(exercise, folder, place, { seed: "wrong", untilFailure: true });
      const failed = result.checks.find((check) => check.status !== "passed");
      const name = relative(exercise.folder, folder);
      const isSteady = !IN_MORE_WAYS_THAN_ONE[id]?.includes(name);
      if (failed) verdicts.set(name, `${name}\n${isSteady ? verdictText(failed) : failed.title}`);
      return result;
    };
    const limit = pLimit(AT_ONCE);
    const tried: Exercise = isWhole ? exercise : { ...exercise, wrong: oneForEachCheck(exercise) };
    expect(await verifyExercise(tried, (one, folder) => limit(grade, one, folder))).toEqual([]);

    const names = ["starter", ...tried.wrong.map(({ name }) => join("wrong", name))];
    const transcript = names.map((name) => verdicts.get(name)).join(BETWEEN);
    const file = join(import.meta.dirname, "verdicts", `${id}.txt`);
    if (isWhole) await expect(`${transcript}\n`).toMatchFileSnapshot(file);
    else expect(transcript).toBe(excerpt(file, names));
  });
});

function oneForEachCheck({ wrong }: Exercise): Exercise["wrong"] {
  return wrong.filter(({ fails }, index) => wrong.findIndex((one) => one.fails === fails) === index);
}

/** What a transcript of all says of these. */
function excerpt(file: string, names: readonly string[]): string {
  const blocks = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split(BETWEEN) : [];
  const byName = new Map(blocks.map((block) => [block.split("\n")[0], block]));
  return names.map((name) => byName.get(name)).join(BETWEEN);
}
