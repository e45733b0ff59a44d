import { describe, expect, test } from "vitest";
import type { TestsExercise } from "../../src/course/exercise.ts";
import { exerciseOf, folderWith } from "../support/answer.ts";
import { FLAT_MIB, gradeHostile } from "../support/hostile.ts";

const RIGHT = `import type { RedisClientType } from "redis";
  export async function addOnce(client: RedisClientType, key: string, member: string): Promise<boolean> {
    return (await client.sAdd(key, member)) === 1;
  }`;
const ALWAYS_TRUE = RIGHT.replace(
  "(await client.sAdd(key, member)) === 1",
  "await client.sAdd(key, member), true",
);
const FORGETS = RIGHT.replace("(await client.sAdd(key, member)) === 1", "true");

/** The student's tests must pass with the right version, and fail with each wrong one. */
const checks: TestsExercise["checks"] = [
  {
    id: "right",
    limitMs: 20_000,
    title: "the tests pass with a right version",
    async run({ answer, expect: check }) {
      const run = await answer.runAgainst(RIGHT, 15_000);
      check.value(run.failures, "failed tests").equals([]);
      check.value(run.passed, "passed tests").atLeast(1);
    },
  },
  ...Object.entries({ "always-true": ALWAYS_TRUE, forgets: FORGETS }).map(
    ([id, version]): TestsExercise["checks"][number] => ({
      id,
      title: `the tests notice ${id}`,
      limitMs: 20_000,
      after: "right",
      async run({ answer, expect: check }) {
        const run = await answer.runAgainst(version, 15_000);
        check.value(run.failed, "failed tests").atLeast(1);
      },
    }),
  ),
];
const exercise = exerciseOf({
  form: "tests",
  answer: "sets.test.ts",
  subject: "sets",
  checks,
} as unknown as TestsExercise);
const grade = (source: string) => gradeHostile(exercise, folderWith({ "sets.test.ts": source }), {});

const head = `import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createClient } from "redis";
import { addOnce } from "./sets.js";
const client = createClient({ url: process.env.REDIS_URL });
`;
const GOOD = `${head}
describe("addOnce", () => {
  before(() => client.connect());
  after(() => client.close());
  test("adds", async () => {
    assert.equal(await addOnce(client, "k1", "a"), true);
    assert.deepEqual(await client.sMembers("k1"), ["a"]);
  });
  test("adds once", async () => {
    await addOnce(client, "k2", "a");
    assert.equal(await addOnce(client, "k2", "a"), false);
  });
  test.skip("is not counted", () => assert.fail());
  test.todo("is not counted either");
});
`;

describe("a test file", () => {
  test("that tells right from wrong passes", async () => {
    const graded = await grade(GOOD);
    expect(graded.result.checks.map((check) => check.message)).toEqual([undefined, undefined, undefined]);
    expect(graded.result.status).toBe("passed");
  });

  test("that prints a lot beside its tests loses none of them", async () => {
    const graded = await grade(
      `${GOOD}\nfor (let i = 0; i < 3000; i++) console.log("a line of noise without an end".repeat(3));`,
    );
    expect(graded.result.status).toBe("passed");
  });

  test("that tests too little is told which version it did not notice", async () => {
    const graded = await grade(
      `${head}test("adds", async () => {
        await client.connect();
        assert.equal(await addOnce(client, "k", "a"), true);
        await client.close();
      });`,
    );
    expect(graded.statuses).toEqual({ right: "passed", "always-true": "failed", forgets: "failed" });
    expect(graded.check("forgets").message).toBe("failed tests is too small");
  });

  test("that fails with the right version shows the failed test", async () => {
    const graded = await grade(`${head}test("is wrong", () => assert.equal(1, 2, "one is not two"));`);
    expect(graded.statuses).toEqual({ right: "failed", "always-true": "skipped", forgets: "skipped" });
    expect(graded.check("right").actual).toMatch(/name: 'is wrong'[\s\S]*one is not two/);
  });

  test("without tests fails", async () => {
    const graded = await grade("export {};");
    expect(graded.statuses.right).toBe("failed");
    expect(graded.check("right").message).toBe("passed tests is too small");
  });

  test("that throws while it is loaded fails, with the reason", async () => {
    const graded = await grade(`${head}\nthrow new Error("not today");`);
    expect(["failed", "crashed"]).toContain(graded.statuses.right);
    expect(JSON.stringify(graded.check("right"))).toContain("not today");
    expect(graded.result.score).toBe(0);
  });

  test("that never ends is a timeout", async () => {
    const run: TestsExercise["checks"][number] = {
      id: "run",
      title: "run",
      run: async ({ answer }) => void (await answer.runAgainst(RIGHT, 800)),
    };
    const endless = exerciseOf({
      form: "tests",
      answer: "sets.test.ts",
      subject: "sets",
      checks: [run],
    } as unknown as TestsExercise);
    const graded = await gradeHostile(
      endless,
      folderWith({
        "sets.test.ts": `${head}test("waits", () => new Promise(() => setInterval(() => {}, 1000)));`,
      }),
      {},
    );
    expect(graded.check("run")).toMatchObject({
      status: "timeout",
      message: "the tests were still running after 0.8 s",
    });
  });

  test("cannot import what is not there", async () => {
    const graded = await grade('import "vitest";');
    expect(graded.check("right").message).toContain('"vitest" cannot be imported here');
  });
});

const MOCHA = `import { expect } from "chai";
import { createClient } from "redis";
import { addOnce } from "./sets.js";
describe("addOnce", function () {
  const client = createClient({ url: process.env.REDIS_URL });
  before(() => client.connect());
  it("adds", async function () {
    this.timeout(3000);
    expect(await addOnce(client, "k1", "a")).to.equal(true);
    expect(await client.sMembers("k1")).to.deep.equal(["a"]);
  });
  it("adds once", (done) => {
    addOnce(client, "k2", "a").then(() => addOnce(client, "k2", "a")).then((added) => {
      expect(added).to.be.false;
      done();
    }).catch(done);
  });
  it.skip("is not counted", () => expect.fail());
  it("is not counted either");
});
`;

describe("a test file for mocha", () => {
  test("with chai tells right from wrong, also where it leaves its client open", async () => {
    const graded = await grade(MOCHA);
    expect(graded.result.checks.map((check) => check.message)).toEqual([undefined, undefined, undefined]);
    expect(graded.result.status).toBe("passed");
    expect(graded.check("right").reproduce).toBeUndefined();
  });

  test("may import its functions", async () => {
    const graded = await grade(`import { before, describe, it } from "mocha";\n${MOCHA}`);
    expect(graded.result.status).toBe("passed");
  });

  test("that fails with the right version shows the failed test and how to run it", async () => {
    const graded = await grade(`${MOCHA}\nit("is wrong", () => expect(1).to.equal(2, "one is not two"));`);
    expect(graded.statuses).toEqual({ right: "failed", "always-true": "skipped", forgets: "skipped" });
    expect(graded.check("right").actual).toMatch(/name: 'is wrong'[\s\S]*one is not two/);
    expect(graded.check("right").reproduce).toContain("npx mocha --exit sets.test.ts");
  });

  test("whose hook fails has failed", async () => {
    const graded = await grade(
      MOCHA.replace("before(() =>", 'before(() => { throw new Error("no hook"); });\nbefore(() =>'),
    );
    expect(JSON.stringify(graded.check("right"))).toContain("no hook");
  });

  test("whose test throws later has failed", async () => {
    const graded = await grade(
      MOCHA.replace(
        "it.skip(",
        'it("throws late", (done) => void setTimeout(() => { throw new Error("too late"); }, 5));\nit.skip(',
      ),
    );
    expect(graded.check("right").actual).toContain("too late");
  });

  test("that throws while it is loaded fails, with the reason", async () => {
    const graded = await grade(`${MOCHA}\nthrow new Error("not today");`);
    expect(JSON.stringify(graded.check("right"))).toContain("not today");
    expect(graded.result.score).toBe(0);
  });
});

describe("a hostile test file", () => {
  test("that ends in the middle is a crash: what ran until then is no result", async () => {
    const graded = await grade(`${GOOD}\ntest("ends", () => process.exit(0));`);
    expect(graded.check("right")).toMatchObject({
      status: "crashed",
      message: "the test file ended before its tests were done (exit code 0)",
    });
    expect(graded.result.score).toBe(0);
  });

  test("that reports what no test did notices no wrong version by it", async () => {
    // It reads the reporter's mark, and says that one test passed; it cannot tell which version it runs with.
    const graded = await grade(`import { readFileSync } from "node:fs";
      const mark = /yield "\\\\n(\\w+)"/.exec(readFileSync("reporter.mjs", "utf8"))?.[1];
      const say = (value) => process.stdout.write("\\n" + mark + JSON.stringify(value) + "\\n");
      say({ passed: true, name: "all", message: "" });
      for (const other of [null, 7, [], {}, { passed: "yes", name: {}, message: [] }]) say(other);
      say("done");
      process.exit(0);`);
    expect(graded.result.score).toBeLessThan(graded.result.maxScore);
    expect(Object.values(graded.statuses)).not.toContain("error");
  });

  test("that prints a gigabyte is ended, and the judge's memory stays flat", async () => {
    const graded = await grade(`import "node:test";
      const piece = "x".repeat(1 << 20);
      const write = () => process.stdout.write(piece, write);
      write();`);
    expect(graded.check("right")).toMatchObject({
      status: "crashed",
      message: "the test file ended before a test ran: it printed more than 64 MiB",
    });
    expect(graded.grownMiB).toBeLessThan(FLAT_MIB);
  });
});
