import { describe, expect, test } from "vitest";
import type { ModuleExercise } from "../../src/course/exercise.ts";
import { exerciseOf, gradeFiles } from "../support/answer.ts";

type Checks = ModuleExercise["checks"];
const moduleExercise = (checks: Checks, more: Partial<ModuleExercise> = {}) =>
  exerciseOf({ form: "module", answer: "answer.ts", checks, ...more } as ModuleExercise);

describe("a module answer", () => {
  test("gets a connected client and gives back every kind of value as data", async () => {
    const exercise = moduleExercise([
      {
        id: "values",
        title: "values come back",
        async run({ answer, expect: check }) {
          const value = await answer.call("values", new Date(0), new Map([["k", new Set([1])]]));
          check.value(value).equals({
            nothing: undefined,
            none: null,
            date: new Date(0),
            map: new Map([["k", new Set([1])]]),
            bytes: Buffer.from("æ"),
            big: 10n,
            nan: Number.NaN,
            point: { x: 1 },
            error: new Error("no"),
          });
        },
      },
    ]);
    const result = await gradeFiles(exercise, {
      "answer.ts": `class Point { x = 1; get far() { return 9; } }
        export async function values(client: any, date: Date, map: Map<string, Set<number>>) {
          await client.set("k", "v");
          return { nothing: undefined, none: null, date, map, bytes: Buffer.from("æ"), big: 10n, nan: NaN, point: new Point(), error: new Error("no") };
        }`,
    });
    expect(result.checks[0]?.message).toBeUndefined();
    expect(result.status).toBe("passed");
  });

  test("is tried by no further check after its first failure, where that is all one wants to know", async () => {
    const fails: Checks[number]["run"] = async ({ expect: check }) => check.that(false, "no");
    const exercise = moduleExercise([
      { id: "right", title: "right", run: async () => {} },
      { id: "wrong", title: "wrong", run: fails },
      { id: "later", title: "wrong too", run: fails },
    ]);
    const answer = { "answer.ts": "export const nothing = 1;" };
    const statuses = async (untilFailure: boolean) =>
      (await gradeFiles(exercise, answer, { untilFailure })).checks.map(({ status }) => status);
    expect(await statuses(true)).toEqual(["passed", "failed", "skipped"]);
    expect(await statuses(false)).toEqual(["passed", "failed", "failed"]);
  });

  test("is watched for as long as a check says, or until something changes, while others have its turn", async () => {
    const whileWatched = (id: string, changesAfterMs: number): Checks[number] => ({
      id,
      title: id,
      async run({ answer, redis, expect: check }) {
        await answer.call("changeAfter", changesAfterMs);
        await check.stays(400, async () => check.value(await redis.get("k"), "k").equals(null));
      },
    });
    const exercise = moduleExercise([whileWatched("later", 60_000), whileWatched("at once", 100)]);
    const answer = {
      "answer.ts": `export async function changeAfter(client: any, ms: number) {
        setTimeout(() => void client.set("k", "v").catch(() => {}), ms).unref();
      }`,
    };
    let rests = 0;
    const { checks } = await gradeFiles(exercise, answer, {
      turn: (work) =>
        work((passing) => {
          rests++;
          return passing;
        }),
    });
    expect(checks.map(({ status }) => status)).toEqual(["passed", "failed"]);
    expect(checks[1]?.message).toBe("k is not right");
    expect(checks[0]?.durationMs).toBeGreaterThanOrEqual(390);
    expect(rests).toBe(2);
  });

  test("runs nothing of its own before its turn has come, and does not pay for the waiting", async () => {
    const WAIT_MS = 600;
    let turnAt = Number.POSITIVE_INFINITY;
    const check: Checks[number] = {
      id: "turn",
      title: "loaded when its turn has come",
      run: async ({ answer, expect: check }) => {
        const loadedAt = Number(await answer.call("loadedAt"));
        check.that(loadedAt >= turnAt, "it was loaded before its turn");
      },
    };
    const asked = performance.now();
    const result = await gradeFiles(
      moduleExercise([check]),
      { "answer.ts": "const now = Date.now(); export async function loadedAt() { return now; }" },
      {
        turn: async (work) => {
          await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
          turnAt = Date.now();
          return work((passing) => passing);
        },
      },
    );
    expect(result.checks[0]?.message).toBeUndefined();
    expect(result.status).toBe("passed");
    expect(performance.now() - asked - result.durationMs).toBeGreaterThan(WAIT_MS * 0.9);
  });

  test.each([
    ["the only command", 'client.set("a", "1");', "failed"],
    ["the last of three", 'await client.get("a"); await client.get("b"); client.set("a", "1");', "failed"],
    ["a command in a function of its own", 'await client.get("a"); store();', "failed"],
    ["nothing", 'await client.get("a"); await client.set("a", "1");', "passed"],
    [
      "an earlier one of the same round trip",
      'const set = client.set("a", "1"); await client.get("b"); await set;',
      "passed",
    ],
    [
      "a connection of its own",
      "const own = await client.duplicate().connect(); await own.close();",
      "passed",
    ],
  ])("that leaves unawaited %s is seen to", async (_, code, status) => {
    const check: Checks[number] = {
      id: "waits",
      title: "waits",
      run: async ({ answer }) => void (await answer.callAndWait("work")),
    };
    const result = await gradeFiles(moduleExercise([check], { proxied: true }), {
      "answer.ts": `export async function work(client: any) {
        const store = async () => { await client.set("c", "1"); };
        ${code}
      }`,
    });
    expect(result.checks[0]).toMatchObject({ status });
    if (status === "failed")
      expect(result.checks[0]?.message).toBe("work came back before Redis had answered");
  });

  test("calls a function that it was given back in the judge", async () => {
    const calls: unknown[] = [];
    const exercise = moduleExercise([
      {
        id: "callback",
        title: "calls back",
        async run({ answer, expect: check }) {
          const load = async (key: unknown) => {
            calls.push(key);
            return `loaded ${String(key)}`;
          };
          check.value(await answer.call("through", load)).equals("loaded a");
        },
      },
    ]);
    const result = await gradeFiles(exercise, {
      "answer.ts": "export const through = async (client, load) => load('a');",
    });
    expect(result.status).toBe("passed");
    expect(calls).toEqual(["a"]);
  });

  test("can have a call given up without losing the next one", async () => {
    const exercise = moduleExercise([
      {
        id: "given-up",
        title: "given up",
        async run({ answer, expect: check }) {
          check.value((await answer.outcome("never", [], 50)).kind).equals("unanswered");
          check.value(await answer.call("ping")).equals("PONG");
        },
      },
    ]);
    const result = await gradeFiles(exercise, {
      "answer.ts":
        "export const never = () => new Promise(() => {}); export const ping = (client) => client.ping();",
    });
    expect(result.checks[0]?.message).toBeUndefined();
    expect(result.status).toBe("passed");
  });

  test("that throws is told with its own line", async () => {
    const exercise = moduleExercise([
      {
        id: "call",
        title: "call",
        async run({ answer }) {
          await answer.call("broken");
        },
      },
    ]);
    const result = await gradeFiles(exercise, {
      "answer.ts": "import { fail } from './lib/fail.js';\nexport async function broken() {\n  fail();\n}\n",
      "lib/fail.ts": "\n\nexport function fail(): never {\n  throw new TypeError('not today');\n}\n",
    });
    expect(result.checks[0]).toMatchObject({
      status: "failed",
      message: "broken threw TypeError: not today (lib/fail.ts:4)",
    });
  });

  test("with a syntax error fails at its own line, and nothing else is tried", async () => {
    const exercise = moduleExercise([
      { id: "one", title: "one", run: async () => {} },
      { id: "two", title: "two", run: async () => {} },
    ]);
    const result = await gradeFiles(exercise, { "answer.ts": "export function a() {\n  return (1;\n}\n" });
    expect(result.checks.map((check) => check.status)).toEqual(["failed", "skipped"]);
    expect(result.checks[0]?.message).toMatch(/^answer\.ts:2:12: Expected "\)"/);
  });

  test("without the export says what it exports instead", async () => {
    const exercise = moduleExercise([
      {
        id: "call",
        title: "call",
        async run({ answer }) {
          await answer.call("wanted");
        },
      },
    ]);
    const result = await gradeFiles(exercise, { "answer.ts": "export const other = () => 1;" });
    expect(result.checks[0]).toMatchObject({
      status: "failed",
      message: "answer.ts does not export a function wanted",
      actual: "it exports other",
    });
  });

  test("runs in as many processes as a check asks for", async () => {
    const exercise = moduleExercise([
      {
        id: "two",
        title: "two",
        async run({ answer, expect: check }) {
          const other = await answer.another();
          const [one, two] = await Promise.all([answer.call("pid"), other.call("pid")]);
          check.that(one !== two, "two processes");
        },
      },
    ]);
    const result = await gradeFiles(exercise, { "answer.ts": "export const pid = () => process.pid;" });
    expect(result.status).toBe("passed");
  });
});

describe("a check", () => {
  test("begins on an empty keyspace, and after the one it depends on", async () => {
    const exercise = moduleExercise([
      { id: "first", title: "first", run: async ({ answer }) => void (await answer.call("fill")) },
      {
        id: "second",
        title: "second",
        async run({ redis, expect: check }) {
          check.value(await redis.dbSize()).equals(0);
          check.that(false, "always");
        },
      },
      { id: "third", title: "third", after: "second", points: 3, run: async () => {} },
    ]);
    const result = await gradeFiles(exercise, {
      "answer.ts": "export const fill = (client) => client.set('k', 'v');",
    });
    expect(result.checks.map((check) => [check.status, check.message])).toEqual([
      ["passed", undefined],
      ["failed", "always"],
      ["skipped", 'needs "second" first'],
    ]);
    expect(result).toMatchObject({ status: "failed", score: 1, maxScore: 5 });
  });

  test("that throws something of its own is an error of the lab's, and costs nothing silently", async () => {
    const exercise = moduleExercise([
      {
        id: "own",
        title: "own",
        async run() {
          throw new RangeError("a mistake in the check");
        },
      },
    ]);
    const result = await gradeFiles(exercise, { "answer.ts": "export {}" });
    expect(result.status).toBe("error");
    expect(result.checks[0]).toMatchObject({ status: "error", message: "a mistake in the check" });
  });
});
