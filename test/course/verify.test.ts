/** `lab course verify` finds what is wrong with a course: tried on a new exercise, whole and then broken. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtEntry, indexEntry } from "../../src/course/course-index.ts";
import { courseSummaries, loadCourse } from "../../src/course/load.ts";
import { newExerciseFiles } from "../../src/course/scaffold.ts";
import { inspectExercise, verifyExercise } from "../../src/course/verify.ts";
import { gradeExercise } from "../../src/grading/grade.ts";
import { folderWith } from "../support/answer.ts";
import { testPlace } from "../support/place.ts";

const ID = "01-greeting";
const STARTER = `exercises/${ID}/starter/greeting.ts`;
const WRONG = `exercises/${ID}/wrong/wrong-key/greeting.ts`;
const SOLUTION = `solutions/${ID}/greeting.ts`;
const DEFINITION = `exercises/${ID}/exercise.ts`;

/** What verifying says of a new exercise after `change`. */
async function findings(change: (files: Record<string, string>) => void = () => {}): Promise<string[]> {
  const files = newExerciseFiles(ID);
  change(files);
  const course = await loadCourse(folderWith(files));
  const place = testPlace();
  try {
    const found = await Promise.all(
      course.exercises.map((exercise) =>
        verifyExercise(exercise, (one, folder) => gradeExercise(one, folder, place, { seed: "verify" })),
      ),
    );
    const inspected = course.exercises.flatMap((exercise) =>
      inspectExercise(exercise).map((problem) => `${exercise.id}: ${problem}`),
    );
    return [...inspected, ...found.flat().map(({ exercise, problem }) => `${exercise}: ${problem}`)];
  } finally {
    await place.pool.drain();
  }
}

const replaced = (files: Record<string, string>, path: string, from: string, to: string) => {
  const before = files[path] ?? "";
  expect(before).toContain(from);
  files[path] = before.replace(from, to);
};

describe("verifying a course", () => {
  test("is clean for the exercise that `lab course new` makes", async () => {
    expect(await findings()).toEqual([]);
  });

  test("finds a solution that was broken, with the check", async () => {
    const found = await findings((files) =>
      replaced(files, SOLUTION, '"greeting", name', '"greeting", "always this"'),
    );
    expect(found).toEqual([
      expect.stringMatching(/^01-greeting: the solution does not pass, at check "stored" \(failed\)/),
    ]);
  });

  test("finds a wrong answer that lost its fault, with the check", async () => {
    const found = await findings((files) => {
      files[WRONG] = files[SOLUTION] ?? "";
    });
    expect(found).toEqual(['01-greeting: wrong answer "wrong-key" passes; it should fail at "stored"']);
  });

  test("finds a check that always passes", async () => {
    const found = await findings((files) =>
      replaced(files, DEFINITION, 'await expect.key("greeting").isString(name);', ""),
    );
    expect(found).toContain('01-greeting: wrong answer "wrong-key" passes; it should fail at "stored"');
    expect(found).toContain('01-greeting: the starter passes: nothing is left to do for "stored"');
  });

  test("finds a starter that is solved already, with the check", async () => {
    const found = await findings((files) => {
      files[STARTER] = `// TODO\n${files[SOLUTION]}`;
    });
    expect(found).toEqual(['01-greeting: the starter passes: nothing is left to do for "stored"']);
  });

  test("finds a starter that is an error of the lab's", async () => {
    const found = await findings((files) =>
      replaced(files, DEFINITION, "const name", 'if (!name) throw new Error("mine");\n        const name'),
    );
    expect(found[0]).toMatch(
      /^01-greeting: the starter should fail, but is "error", at check "stored" \(error\)/,
    );
  });

  test("finds a wrong answer that fails at another check than it names", async () => {
    const found = await findings((files) => {
      const definition = files[DEFINITION] ?? "";
      const check = / {4}\{\n {6}id: "stored"[\s\S]*?\n {4}\},\n/.exec(definition)?.[0] ?? "";
      files[DEFINITION] = definition
        .replace(check, check + check.replace('"stored"', '"again"'))
        .replace('fails: "stored"', 'fails: "again"');
    });
    expect(found).toContain(
      '01-greeting: check "stored" is failed by no wrong answer: nothing shows that it can fail',
    );
    expect(found).toContainEqual(
      expect.stringMatching(/wrong answer "wrong-key" should fail at "again", but fails first at "stored"/),
    );
  });

  test("finds folders and files that are missing or that nobody lists", async () => {
    const found = await findings((files) => {
      delete files[`solutions/${ID}/why.md`];
      files[`exercises/${ID}/wrong/unlisted/greeting.ts`] = "export {}";
    });
    expect(found).toEqual([
      expect.stringMatching(/the explanation of the solution is missing: .*why\.md$/),
      "01-greeting: wrong/unlisted is not listed in exercise.ts",
    ]);
  });
});

describe("an exercise's definition", () => {
  test.each([
    ["hints: [", 'hints: ["a"], // [', "fewer than three hints"],
    ['id: "stored"', 'id: "Not Kebab"', 'check id "Not Kebab" is not in kebab-case'],
    ['fails: "stored"', 'fails: "nothing"', 'names the check "nothing", which does not exist'],
    ["async run(", "async nothing(", 'check "stored" has no run'],
    ['form: "module"', 'form: "novel"', 'form "novel" is none of'],
    ["export default {", "export default {{", "cannot be loaded"],
  ])("with %j changed to %j is refused, with the file and the reason", async (from, to, reason) => {
    const files = newExerciseFiles(ID);
    replaced(files, DEFINITION, from, to);
    const folder = folderWith(files);
    await expect(loadCourse(folder)).rejects.toThrow(reason);
    await expect(loadCourse(folder)).rejects.toThrow(join(folder, DEFINITION));
  });
});

test("the build notes of each exercise what loading it gives", async () => {
  const course = await loadCourse();
  expect(course.exercises.length).toBeGreaterThan(0);
  for (const exercise of course.exercises)
    expect([exercise.id, builtEntry(course.folder, exercise.id)]).toEqual([
      exercise.id,
      indexEntry(exercise.folder, exercise),
    ]);
});

test("a course that was not built is listed as well", async () => {
  const files = newExerciseFiles(ID);
  replaced(files, DEFINITION, "Title of the lesson", "Another title");
  const [listed] = await courseSummaries(folderWith(files));
  expect(listed).toMatchObject({ id: ID, title: "Another title", maxScore: expect.any(Number) });
});
