import { describe, expect, test } from "vitest";
import type { ProgramExercise, WorkerExercise } from "../../src/course/exercise.ts";
import { exerciseOf, folderWith } from "../support/answer.ts";
import { gradeHostile } from "../support/hostile.ts";

type Checks = ProgramExercise["checks"];

/** A program that stores its second argument at the key of its first one, prints it and ends. */
const store: Checks = [
  {
    id: "stores",
    limitMs: 20_000,
    title: "stores the value",
    async run({ answer, random, trace, expect: check }) {
      const [key, value] = [random.id(), random.text()];
      const program = await answer.start({ args: [key, value] });
      const ended = await program.ended(10_000);
      await check.key(key).isString(value);
      check.value(ended, "how it ended").equals({ code: 0, signal: null });
      check.commands(await trace.commands()).include("SET", { times: 1 });
    },
  },
  {
    id: "prints",
    limitMs: 20_000,
    title: "prints the value",
    async run({ answer, random, expect: check }) {
      const value = random.text();
      const program = await answer.start({ args: ["k", value], env: { GREETING: "stored" } });
      await program.ended(10_000);
      check.value(program.output(), "what it printed").equals(`stored ${value}\n`);
    },
  },
];
const program = exerciseOf({
  form: "program",
  answer: "store.js",
  checks: store,
} as unknown as ProgramExercise);
const grade = (source: string, more: Readonly<Record<string, string>> = {}) =>
  gradeHostile(program, folderWith({ "store.js": source, ...more }), {});

const connected = `import { createClient } from "redis";
const client = await createClient({ url: process.env.REDIS_URL }).connect();
const [key, value] = process.argv.slice(2);
`;

describe("a program", () => {
  test("gets arguments and an environment, and is judged by what Redis holds and what it printed", async () => {
    const graded = await grade(
      `${connected}await client.set(key, value);\nconsole.log(process.env.GREETING ?? "", value);\nawait client.close();`,
    );
    expect(graded.result.checks.map((check) => check.message)).toEqual([undefined, undefined]);
    expect(graded.result.status).toBe("passed");
  });

  test("may be written in TypeScript, in several files", async () => {
    const graded = await gradeHostile(
      program,
      folderWith({
        "store.ts": `import { store } from "./lib/store.js";\nawait store(process.argv[2] as string, process.argv[3] as string);`,
        "lib/store.ts": `import { createClient } from "redis";
          export async function store(key: string, value: string): Promise<void> {
            const client = createClient({ url: process.env.REDIS_URL ?? "" });
            await client.connect();
            await client.set(key, value);
            console.log(process.env.GREETING ?? "", value);
            client.destroy();
          }`,
      }),
      {},
    );
    expect(graded.result.status).toBe("passed");
  });

  test("that says PASS, writes no key and exits with 0 fails", async () => {
    const graded = await grade('console.log("PASS 2 of 2"); process.exit(0);');
    expect(graded.result).toMatchObject({ status: "failed", score: 0 });
    expect(graded.check("stores").message).toMatch(/^key "\w+" should be a string, but is not there$/);
    expect(graded.check("stores").reproduce).toMatch(/^node store\.js \w+ '/);
  });

  test("that does not end is told what keeps it alive", async () => {
    const checks: Checks = [
      {
        id: "ends",
        title: "ends",
        limitMs: 20_000,
        async run({ answer, expect: check }) {
          const running = await answer.start({ args: ["k", "v"] });
          await check.eventually(() => running.output(), Boolean, "it prints", { withinMs: 10_000 });
          await running.ended(400);
        },
      },
    ];
    const ending = exerciseOf({ form: "program", answer: "store.js", checks } as unknown as ProgramExercise);
    const source = `${connected}await client.set(key, value);\nconsole.log("stored", value);`;
    const graded = await gradeHostile(ending, folderWith({ "store.js": source }), {});
    expect(graded.check("ends")).toMatchObject({
      status: "failed",
      points: 0,
      message: "it is still running after 0.4 s",
      actual: "stored v",
      hint: expect.stringMatching(/a client that was not closed/),
    });
  });

  test("that ends in an error shows it, with the line", async () => {
    const graded = await grade(`${connected}\nthrow new Error("not today");`);
    expect(graded.result.score).toBe(0);
    expect(graded.check("prints").actual).toMatch(/store\.js:5/);
  });

  test("is heard on each stream for itself, and on both together", async () => {
    const checks: Checks = [
      {
        id: "streams",
        title: "streams",
        limitMs: 20_000,
        async run({ answer, expect: check }) {
          const running = await answer.start();
          await running.ended(10_000);
          check.value(running.output("stdout"), "standard output").equals("result\n");
          check.value(running.output("stderr"), "standard error").equals("trouble\n");
          check.value(running.output().split("\n").sort(), "both").equals(["", "result", "trouble"]);
        },
      },
    ];
    const speaking = exerciseOf({
      form: "program",
      answer: "store.js",
      checks,
    } as unknown as ProgramExercise);
    const source = 'console.log("result"); console.error("trouble");';
    const graded = await gradeHostile(speaking, folderWith({ "store.js": source }), {});
    expect(graded.check("streams").message).toBeUndefined();
    expect(graded.result.status).toBe("passed");
  });

  test("with a syntax error fails at its own line, and nothing else is tried", async () => {
    const graded = await grade("const = 1;");
    const [first, ...others] = graded.result.checks;
    expect(first).toMatchObject({ status: "failed", points: 0 });
    expect(first?.message).toMatch(/^store\.js:1:7: /);
    expect(others).not.toHaveLength(0);
    for (const check of others) expect(check).toMatchObject({ status: "skipped", points: 0 });
  });

  test("that cannot find Redis says where it should look", async () => {
    const graded = await grade('import { connect } from "node:net";\nconnect(1, "127.0.0.1");');
    expect(graded.check("stores")).toMatchObject({ status: "failed", points: 0 });
  });

  test("that is not there fails, and says what is", async () => {
    const graded = await gradeHostile(program, folderWith({ "stor.js": "" }), {});
    expect(graded.check("stores")).toMatchObject({
      status: "failed",
      message: "there is no file store.js",
      actual: "stor.js",
    });
  });

  test("is given up at the limit of its check, and what it left is killed before the next one", async () => {
    const checks: Checks = [
      {
        id: "waits",
        title: "waits",
        async run({ answer }) {
          await answer.start({ args: ["again", "and again"] });
          await new Promise(() => {});
        },
      },
      {
        id: "alone",
        title: "nobody writes any longer",
        async run({ redis, expect: check }) {
          await new Promise((resolve) => setTimeout(resolve, 150));
          check.value(await redis.dbSize()).equals(0);
        },
      },
    ];
    const waiting = exerciseOf({ form: "program", answer: "store.js", checks } as unknown as ProgramExercise);
    const graded = await gradeHostile(
      waiting,
      folderWith({ "store.js": `${connected}setInterval(() => client.set(key, value), 5);` }),
      { checkMs: 1_500 },
    );
    expect(graded.statuses).toEqual({ waits: "timeout", alone: "passed" });
  });
});

describe("a worker", () => {
  const checks: WorkerExercise["checks"] = [
    {
      id: "works",
      limitMs: 20_000,
      title: "works until it is told to stop",
      async run({ answer, redis, random, expect: check }) {
        const job = random.id();
        const worker = await answer.start();
        await redis.lPush("jobs", job);
        await check.eventually(
          () => redis.lRange("done", 0, -1),
          (done) => done.includes(job),
          "the job is done",
          { withinMs: 10_000 },
        );
        check.that(worker.isRunning, "it goes on running");
        worker.signal("SIGTERM");
        check.value(await worker.ended(1_500)).equals({ code: 0, signal: null });
      },
    },
  ];
  const worker = exerciseOf({ form: "worker", answer: "worker.js", checks } as unknown as WorkerExercise);
  const source = (stop: string) => `import { createClient } from "redis";
    const client = await createClient({ url: process.env.REDIS_URL }).connect();
    ${stop}
    for (;;) {
      const job = await client.blPop("jobs", 0);
      await client.rPush("done", job.element);
    }`;

  test("is watched while it works, and told to stop", async () => {
    const right = source('process.on("SIGTERM", () => { client.destroy(); process.exit(0); });');
    const graded = await gradeHostile(worker, folderWith({ "worker.js": right }), {});
    expect(graded.check("works").message).toBeUndefined();
    expect(graded.result.status).toBe("passed");
  });

  test("that does not hear is killed, and told", async () => {
    const deaf = source('process.on("SIGTERM", () => {});');
    const graded = await gradeHostile(worker, folderWith({ "worker.js": deaf }), {});
    expect(graded.check("works")).toMatchObject({
      status: "failed",
      message: "it is still running after 1.5 s",
    });
  });
});
