import { beforeAll, describe, expect, test } from "vitest";
import type { Exercise, ProgramExercise } from "../../src/course/exercise.ts";
import { makeStyle } from "../../src/report/style.ts";
import { renderVerdict } from "../../src/report/verdict.ts";
import { exerciseOf } from "../support/answer.ts";
import {
  FLAT_MIB,
  gradeFixture,
  hashes,
  longLimits,
  onlySaveIs,
  shortLimits,
  withoutSave,
} from "../support/hostile.ts";

let exercise: Exercise;
beforeAll(async () => {
  exercise = await hashes();
});

describe("5. an answer that prints without end", () => {
  test.each(["05-prints-lines", "05-prints-one-line"])(
    "is ended, with what it printed cut, and the judge's memory stays flat: %s",
    async (name) => {
      const graded = await gradeFixture(exercise, name, longLimits);
      expect(graded.statuses).toEqual(onlySaveIs("crashed"));
      expect(graded.check("save").message).toBe(
        "your program ended before it answered: it printed more than 64.0 MiB",
      );
      expect(graded.check("save").actual?.length).toBeLessThan(3_000);
      expect(graded.grownMiB).toBeLessThan(FLAT_MIB);
    },
  );

  test("as a program is ended as well, whichever stream it uses", async () => {
    const prints = (how: string, stream: string): ProgramExercise["checks"][number] => ({
      id: `${how}-${stream}`,
      title: "prints",
      async run({ answer, expect: check }) {
        const running = await answer.start({ args: [how, stream] });
        await check.eventually(
          () => running.isRunning,
          (isRunning) => !isRunning,
          "it was ended",
          { withinMs: 15_000 },
        );
        check.value(running.output().length).atMost(40_000);
        check.that(running.output().includes("output cut: "), "the cut is said");
        await running.ended();
      },
    });
    const program = exerciseOf({
      form: "program",
      answer: "program.js",
      checks: [prints("lines", "stdout"), prints("one-line", "stdout"), prints("one-line", "stderr")],
    } as unknown as ProgramExercise);
    const graded = await gradeFixture(program, "05-program", longLimits);
    for (const one of graded.result.checks) {
      expect(one).toMatchObject({
        status: "crashed",
        message: "program.js was ended: it printed more than 64.0 MiB",
      });
    }
    expect(graded.grownMiB).toBeLessThan(FLAT_MIB);
  });

  test("without ever waiting fills its own memory alone", async () => {
    const graded = await gradeFixture(exercise, "05-prints-and-blocks", { checkMs: 1_500 });
    // By whichever limit is met first, of its heap or of its time.
    expect(["crashed", "timeout"]).toContain(graded.statuses.save);
    expect(graded.result.score).toBe(withoutSave);
    expect(graded.grownMiB).toBeLessThan(FLAT_MIB);
  });

  test("that prints only a little too much is graded", async () => {
    const graded = await gradeFixture(exercise, "05-prints-a-little-too-much", longLimits);
    expect(graded.result.status).toBe("passed");
  });
});

describe("9. an answer that writes to the runner's channel", () => {
  test.each([
    ["09-noise-on-the-channel", "malformed reply: a line that is no message"],
    ["09-unknown-message", "malformed reply: a message of an unknown form"],
    ["09-answers-nothing-asked", "malformed reply: to nothing that was asked"],
    ["09-endless-line", "malformed reply: larger than 8 MiB"],
    ["09-endless-messages", "malformed reply: a call of a function that it was not given"],
  ])("is a crash, and the judge's memory stays flat: %s", async (name, message) => {
    const graded = await gradeFixture(exercise, name, longLimits);
    expect(graded.statuses).toEqual(onlySaveIs("crashed"));
    expect(graded.check("save").message).toBe(message);
    expect(graded.grownMiB).toBeLessThan(FLAT_MIB);
  });

  test.each(["09-forged-replies", "09-forges-the-right-number"])(
    "earns nothing by well-formed replies and exit codes: %s",
    async (name) => {
      const graded = await gradeFixture(exercise, name);
      expect(graded.result).toMatchObject({ status: "failed", score: 0 });
    },
  );

  test("or closes and writes to every other descriptor gets no further", async () => {
    const graded = await gradeFixture(exercise, "09-other-descriptors");
    expect(["crashed", "timeout"]).toContain(graded.statuses.save);
    expect(graded.result.score).toBe(withoutSave);
  });
});

test("10. commands to CI systems and terminals are shown, not run", async () => {
  const graded = await gradeFixture(exercise, "10-escapes", longLimits);
  expect(graded.statuses).toEqual(onlySaveIs("failed"));
  const shown = renderVerdict(
    graded.result,
    makeStyle({ isTTY: false, columns: 80, environment: {}, noColor: true }),
  );
  expect(shown).toContain("\\x1b[2J");
  expect(shown).toContain("::error file=a::stopped");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  for (const line of shown.split("\n")) expect(line).not.toMatch(/^\s*(::|##)/);
});

test("8. result files of an answer are ignored, and gone with it", async () => {
  const graded = await gradeFixture(exercise, "08-writes-results", longLimits);
  expect(graded.result).toMatchObject({ status: "failed", score: 0 });
});

test.each(["07-patches", "07-patches-the-lot"])("7. patched globals earn no points: %s", async (name) => {
  const graded = await gradeFixture(exercise, name, shortLimits);
  expect(graded.result).toMatchObject({ status: "failed", score: 0 });
  expect(Object.values(graded.statuses)).not.toContain("error");
});
