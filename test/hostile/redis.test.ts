import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Exercise, ModuleExercise } from "../../src/course/exercise.ts";
import { exerciseOf, folderWith, gradeFiles } from "../support/answer.ts";
import {
  FLAT_MIB,
  fixture,
  gradeFixture,
  gradeHostile,
  hashes,
  longLimits,
  onlySaveIs,
  shortLimits,
} from "../support/hostile.ts";
import { isStrong } from "../support/place.ts";
import { clientForTest, machineSource, startForTest } from "../support/redis.ts";

let exercise: Exercise;
beforeAll(async () => {
  exercise = await hashes();
});

const fixtureFolder = (name: string) => join(import.meta.dirname, "..", "fixtures", "hostile", name);

describe("14, 15. an answer that does not use its Redis", () => {
  test("but the values of the lesson's example fails", async () => {
    const graded = await gradeFixture(exercise, "14-the-lessons-example", longLimits);
    expect(graded.statuses).toMatchObject({
      save: "failed",
      read: "failed",
      update: "failed",
      count: "failed",
    });
    expect(graded.result.score).toBe(0);
  });

  test("but its own memory fails: state and trace are the judge's", async () => {
    const graded = await gradeFixture(exercise, "15-from-memory", longLimits);
    expect(graded.statuses).toMatchObject({
      save: "failed",
      read: "failed",
      update: "failed",
      count: "failed",
    });
    expect(graded.result.score).toBe(0);
  });

  test("but a server of its own that says OK to everything fails", async () => {
    const graded = await gradeFixture(exercise, "15-fake-server", { checkMs: 400 });
    expect(graded.result).toMatchObject({ status: "failed", score: 0 });
  });

  test("and hides what it sends behind twenty thousand other commands fails", async () => {
    const graded = await gradeFixture(exercise, "15-hides-in-the-trace", longLimits);
    expect(graded.statuses).toEqual({ ...onlySaveIs("passed"), "one-command": "failed" });
    expect(graded.check("one-command").message).toMatch(/^Redis received more than 20,000 commands/);
  });
});

describe("16. an answer that turns on its Redis", () => {
  /** What the check notices itself; the others only change what comes after, or are refused. */
  const noticed = [
    "flushAll",
    "shutdown",
    "killClients",
    "killMonitor",
    "pauseClients",
    "setMemory",
    "aclSetUser",
    "hideStatistics",
  ];
  const harms = [
    "flushAll",
    "shutdown",
    "debugSleep",
    "killClients",
    "killMonitor",
    "pauseClients",
    "setPassword",
    "setMemory",
    "setLimits",
    "loadModule",
    "replicaOf",
    "aclSetUser",
    "hideStatistics",
    "leavesFunctions",
  ];
  /** After each harm a check that needs a working, empty Redis. */
  const exerciseOfHarms = (names: readonly string[]): Exercise => {
    const checks: ModuleExercise["checks"] = names.flatMap((name) => [
      {
        id: name.toLowerCase(),
        title: name,
        async run({ answer, redis, random, trace, expect: check }) {
          const [key, value] = [random.id(), random.id()];
          await redis.set("judge", "was here");
          await answer.outcome(name, [], 500);
          await answer.outcome("save", [key, value], 500);
          await check.key(key).isString(value);
          await check.key("judge").isString("was here");
          check.commands(await trace.commands()).include("SET");
        },
      },
      {
        id: `after-${name.toLowerCase()}`,
        title: "a working Redis",
        async run({ answer, redis, random, trace, expect: check }) {
          check.value(await redis.dbSize()).equals(0);
          check.value(await redis.sendCommand(["FUNCTION", "LIST"])).equals([]);
          const [key, value] = [random.id(), random.id()];
          await answer.call("save", key, value);
          await check.key(key).isString(value);
          check.commands(await trace.commands()).include("SET", { times: 1 });
        },
      },
    ]);
    return exerciseOf({
      form: "module",
      answer: "answer.ts",
      checks,
      solution: fixtureFolder("16-harmless"),
    } as ModuleExercise & { solution: string });
  };

  test.each([harms.slice(0, 5), harms.slice(5, 10), harms.slice(10)])(
    "harms that alone, and the next check has a working one: %s, %s, %s, %s",
    async (...names) => {
      const graded = await gradeHostile(exerciseOfHarms(names), folderWith(fixture("16-harms")), shortLimits);
      for (const name of names) {
        const status = graded.statuses[name.toLowerCase()];
        expect({ [name]: status === "passed" }).toEqual({ [name]: !noticed.includes(name) });
        expect({ [name]: status }).not.toEqual({ [name]: "error" });
        expect({ [name]: graded.statuses[`after-${name.toLowerCase()}`] }).toEqual({ [name]: "passed" });
      }
    },
  );
});

describe("17. an answer that keeps Redis busy for ever", () => {
  test.each(["17-endless-script", "17-endless-script-not-awaited"])(
    "is a timeout, and the next check has a working Redis: %s",
    async (name) => {
      const graded = await gradeFixture(exercise, name);
      expect(graded.statuses).toEqual(onlySaveIs("timeout"));
    },
  );
});

describe("18. an answer that writes too much", () => {
  const checks: ModuleExercise["checks"] = [
    {
      id: "million-keys",
      title: "a million keys",
      async run({ answer, trace }) {
        await answer.call("millionKeys");
        await trace.commands();
      },
    },
    {
      id: "huge-value",
      title: "a value of 512 MB",
      run: async ({ answer }) => void (await answer.call("hugeValue")),
    },
    {
      id: "growing",
      title: "more and more of 60 MB",
      run: async ({ answer }) => void (await answer.call("growing")),
    },
    {
      id: "large-key",
      title: "a key of 12 MiB",
      async run({ answer, expect: check }) {
        await answer.call("largeKey", "large");
        await check.key("large").isString("small");
      },
    },
    {
      id: "unread-replies",
      title: "asks for 8 GB and reads nothing",
      async run({ answer, redis, expect: check }) {
        await answer.call("unreadReplies");
        const used = /used_memory_peak:(\d+)/.exec(await redis.info("memory"))?.[1];
        check.value(Number(used)).atMost(400 * 1024 * 1024);
      },
    },
    {
      id: "after",
      title: "a working Redis",
      async run({ answer, expect: check }) {
        await answer.call("save", "k", "v");
        await check.key("k").isString("v");
      },
    },
  ];
  const large = exerciseOf({ form: "module", answer: "answer.ts", checks } as ModuleExercise);

  test("meets Redis' memory limit, which is said; the judge's memory stays flat", async () => {
    const graded = await gradeFixture(large, "18-too-much", { checkMs: 4_000 });
    expect(["failed", "timeout"]).toContain(graded.statuses["million-keys"]);
    expect(graded.check("growing")).toMatchObject({
      status: "failed",
      hint: "Redis reached its memory limit of 256 MB: something is written without end.",
    });
    expect(graded.check("growing").message).toMatch(/OOM command not allowed/);
    expect(graded.check("huge-value")).toMatchObject({ status: "failed" });
    expect(graded.check("huge-value").hint).toMatch(
      /^Redis ended the connection: it takes values up to 64 MB/,
    );
    expect(graded.check("large-key")).toMatchObject({
      status: "failed",
      message: 'key "large" is far too large',
      expected: "at most 8 MiB",
    });
    expect(graded.statuses).toMatchObject({ "unread-replies": "passed", after: "passed" });
    expect(graded.grownMiB).toBeLessThan(FLAT_MIB);
  });
});

describe("27. an answer that looks for other servers", () => {
  test("finds no way into another submission's Redis, which asks for a password", async () => {
    const { primary } = await startForTest(machineSource());
    const other = await clientForTest(primary);
    await other.set("secret", "of somebody else");
    const checks: ModuleExercise["checks"] = [
      {
        id: "reach",
        title: "reaches another Redis",
        async run({ answer, expect: check }) {
          check.value(await answer.call("ask", primary.endpoint.port)).equals("of somebody else");
        },
      },
    ];
    const reaching = exerciseOf({ form: "module", answer: "answer.ts", checks } as ModuleExercise);
    const [check] = (await gradeFiles(reaching, fixture("27-another-redis"))).checks;
    expect(check).toMatchObject({ status: "failed" });
    // In a strong sandbox it does not even reach it.
    expect(check?.message).toMatch(isStrong ? /ECONNREFUSED/ : /NOAUTH/);
    expect(await other.get("secret")).toBe("of somebody else");
  });
});
