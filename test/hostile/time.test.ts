import { beforeAll, describe, expect, test } from "vitest";
import type { Exercise, ModuleExercise } from "../../src/course/exercise.ts";
import { exerciseOf, folderWith } from "../support/answer.ts";
import { gradeFixture, gradeHostile, hashes } from "../support/hostile.ts";

let exercise: Exercise;
beforeAll(async () => {
  exercise = await hashes();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const moduleExercise = (checks: ModuleExercise["checks"]) =>
  exerciseOf({ form: "module", answer: "answer.ts", checks } as ModuleExercise);

describe("28. an answer that sleeps until just before each deadline", () => {
  test("is bounded by the total time of the exercise", async () => {
    const graded = await gradeFixture(exercise, "28-sleeps", { checkMs: 900, exerciseMs: 1_600 });
    expect(graded.result.durationMs).toBeLessThan(8_000);
    expect(graded.check("fields")).toMatchObject({
      status: "timeout",
      message: "the exercise took longer than 1.6 s in all",
    });
    expect(graded.result.status).toBe("failed");
  });

  test("while it is loaded as well", async () => {
    const graded = await gradeFixture(exercise, "28-sleeps-at-import", { loadMs: 5_000, exerciseMs: 800 });
    expect(graded.result.durationMs).toBeLessThan(8_000);
    expect(graded.check("save")).toMatchObject({
      status: "timeout",
      message: "the exercise took longer than 0.8 s in all",
    });
    expect(graded.result.score).toBe(0);
  });
});

describe("a check that goes on after its time is over", () => {
  test("does not reach into the next one", async () => {
    const reached: string[] = [];
    const slow = moduleExercise([
      {
        id: "zombie",
        title: "goes on",
        async run({ answer, redis, server, trace, expect: check }) {
          // Nobody awaits it: it must not end the judge when the runner is killed.
          void answer.call("never");
          await pause(250);
          for (const act of [
            () => redis.set("left", "over"),
            () => server.kill(),
            () => trace.clear(),
            () => answer.call("save", "left", "over"),
            () => check.key("left").isMissing(),
          ]) {
            void Promise.resolve(act()).then(
              () => reached.push("done"),
              () => reached.push("failed"),
            );
          }
        },
      },
      {
        id: "next",
        title: "the next one",
        limitMs: 2_000,
        async run({ answer, redis, trace, expect: check }) {
          await answer.call("save", "k", "v");
          await pause(300);
          check.value(await redis.keys("*")).equals(["k"]);
          check.commands(await trace.commands()).include("SET", { times: 1 });
        },
      },
    ]);
    const answer = `export const never = () => new Promise(() => {});
      export const save = (client: any, key: string, value: string) => client.set(key, value);`;
    const graded = await gradeHostile(slow, folderWith({ "answer.ts": answer }), {
      checkMs: 120,
      redisMs: 5_000,
    });
    expect(graded.statuses).toEqual({ zombie: "timeout", next: "passed" });
    expect(reached).toEqual([]);
  });
});

describe("trouble of the judge's that an answer made", () => {
  const answers = {
    harmless: "export const act = async () => {};",
    harmful:
      'export const act = (client: any) => client.sendCommand(["CLIENT", "KILL", "TYPE", "normal"]).catch(() => {});',
  };
  const checks: ModuleExercise["checks"] = [
    {
      id: "act",
      title: "then the judge writes",
      async run({ answer, redis }) {
        await answer.outcome("act", []);
        await redis.set("k", "v");
      },
    },
    {
      id: "next",
      title: "the next one",
      async run({ redis }) {
        await redis.set("k", "v");
      },
    },
  ];

  test("is a crash of the answer where the reference answer passes in the same place", async () => {
    const solution = folderWith({ "answer.ts": answers.harmless });
    const broken = exerciseOf({ form: "module", answer: "answer.ts", checks, solution } as ModuleExercise & {
      solution: string;
    });
    const graded = await gradeHostile(broken, folderWith({ "answer.ts": answers.harmful }));
    expect(graded.statuses).toEqual({ act: "crashed", next: "passed" });
    expect(graded.check("act").message).toMatch(/^your answer broke what it was graded with \(/);
    expect(graded.result).toMatchObject({ status: "failed", score: 1 });
  });

  test("is an error of the lab's where the reference answer fails too", async () => {
    const solution = folderWith({ "answer.ts": answers.harmful });
    const broken = exerciseOf({ form: "module", answer: "answer.ts", checks, solution } as ModuleExercise & {
      solution: string;
    });
    const graded = await gradeHostile(broken, folderWith({ "answer.ts": answers.harmful }));
    expect(graded.statuses).toEqual({ act: "error", next: "passed" });
    expect(graded.result.status).toBe("error");
  });
});
