/** What the lessons show is what happens. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { createClient, MultiErrorReply, type RedisClientType, WatchError } from "redis";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { GIVEN } from "../../exercises/26-kue-tests/versions.ts";
import type {
  AppExercise,
  ProgramExercise,
  TestsExercise,
  WorkerExercise,
} from "../../src/course/exercise.ts";
import { exerciseIds } from "../../src/course/load.ts";
import { splitWords } from "../../src/grading/words.ts";
import { type ConfiguredServer, redisUrl } from "../../src/redis/server.ts";
import { packageRoot } from "../../src/system/package-root.ts";
import { poll } from "../../src/system/waiting.ts";
import { exerciseOf, gradeFiles } from "../support/answer.ts";
import { clientForTest, machineSource, startForTest } from "../support/redis.ts";
import { type Sample, samplesOf, says, typedCommands, withComparisons } from "../support/samples.ts";

const samplesIn = (id: string) =>
  samplesOf(readFileSync(join(packageRoot, "exercises", id, "README.md"), "utf8"));
const isScript = ({ language }: Sample) => language === "ts" || language === "js";
/** A whole program, which is run as one below. */
const isProgram = (sample: Sample) => isScript(sample) && /^import |createQueue/m.test(sample.text);

/** What is in Redis before the samples of a lesson. */
const BEFORE: Readonly<Record<string, (client: RedisClientType) => Promise<unknown>>> = {
  "07-strings": (client) => client.set("motto", ""),
  "09-async": (client) => Promise.all([client.set("visitors", "7"), client.rPush("orders", ["a", "b", "c"])]),
};

const withSnippets = exerciseIds().filter((id) =>
  samplesIn(id).some((one) => isScript(one) && !isProgram(one)),
);
const withTyping = exerciseIds().filter((id) => samplesIn(id).some(({ language }) => language === "console"));

describe("a sample that uses a client", () => {
  test.each(withSnippets)("gives what its comments say: %s", async (id) => {
    const { primary } = await startForTest(machineSource());
    const client = await clientForTest(primary);
    await BEFORE[id]?.(client);
    const gives = async (value: unknown, comment: string) => {
      const found = await value;
      expect(says(comment, found), `${JSON.stringify(found)} is what "${comment}" says`).toBe(true);
      compared++;
    };
    let compared = 0;
    let expected = 0;
    for (const sample of samplesIn(id)) {
      if (!isScript(sample) || isProgram(sample)) continue;
      const { code, count } = withComparisons(sample.text);
      expected += count;
      const isObject = code.startsWith("{");
      await run(isObject ? `(${code.trim()})` : code.replaceAll(/^( *)gives/gm, "$1await gives"), {
        client,
        gives,
        createClient,
        MultiErrorReply,
        WatchError,
        url: redisUrl(primary.endpoint, primary.password),
      });
    }
    expect(compared).toBe(expected);
  });
});

/** Runs TypeScript in which these names are known. */
async function run(code: string, names: Readonly<Record<string, unknown>>): Promise<void> {
  const wrapped = `export async function sample(${Object.keys(names).join(", ")}) {\n${code}\n}`;
  const javaScript = transformSync(wrapped, { loader: "ts", format: "cjs" }).code;
  const module = { exports: {} as { sample?: (...args: unknown[]) => Promise<void> } };
  new Function("module", "exports", javaScript)(module, module.exports);
  await module.exports.sample?.(...Object.values(names));
}

describe("what a lesson types into redis-cli", () => {
  test.each(withTyping)("is answered as it says: %s", async (id) => {
    let server: ConfiguredServer | undefined;
    let login: readonly string[] = [];
    let count = 0;
    for (const { language, text } of samplesIn(id)) {
      if (language === "conf" || server === undefined) {
        server = await machineSource().boot(language === "conf" ? text : "");
        const started = server;
        onTestFinished(() => started.stop());
      }
      if (language !== "console") continue;
      for (const { line, database, reply } of typedCommands(text)) {
        const words = splitWords(line) ?? [];
        const ask = async () =>
          (await started(server).cli(["--no-raw", ...login, "-n", database, ...words])).trim();
        if (words[0] === "AUTH" && words[1]) login = ["-a", words[1], "--no-auth-warning"];
        if (words[0] === "LASTSAVE") await laterThanBefore(reply, ask);
        else expect(await ask(), line).toBe(reply);
        count++;
      }
    }
    expect(count).toBeGreaterThan(2);
  });

  /** What LASTSAVE said last, and what the lesson shows for it. */
  let before: { readonly shown: number; readonly found: number } | undefined;
  afterEach(() => {
    before = undefined;
  });
  const seconds = (reply: string) => Number(/^\(integer\) (\d{10})$/.exec(reply)?.[1]);

  /** Times are others than the lesson's, but come one after the other as it shows them. */
  async function laterThanBefore(shown: string, ask: () => Promise<string>): Promise<void> {
    const last = before;
    const found = await poll(15_000, async () => {
      const now = seconds(await ask());
      return last === undefined || now > last.found ? now : undefined;
    });
    expect(found).toBeGreaterThan(1_700_000_000);
    if (last) expect(seconds(shown)).toBeGreaterThan(last.shown);
    before = { shown: seconds(shown), found: found ?? 0 };
  }
});

function started(server: ConfiguredServer | undefined): ConfiguredServer {
  if (!server) throw new Error("the lesson has no server before this sample");
  return server;
}

describe("a sample that is a program", () => {
  const programsIn = (id: string) => samplesIn(id).filter(isProgram);
  const expectPass = async (
    definition: Partial<ProgramExercise | AppExercise | WorkerExercise | TestsExercise>,
    files: Readonly<Record<string, string>>,
  ) => {
    const result = await gradeFiles(exerciseOf(definition as ProgramExercise), files);
    expect(result.checks).toMatchObject([{ status: "passed" }]);
  };

  test("06: counts visits, prints them and ends", async () => {
    const [visits] = programsIn("06-connect");
    const check: ProgramExercise["checks"][number] = {
      id: "visits",
      title: "visits",
      async run({ answer, expect: that }) {
        const running = await answer.start();
        that.value((await running.ended()).code).equals(0);
        that.value(running.output("stdout")).equals("1 visits today\n");
        await that.key("visits:today").isString("1");
      },
    };
    await expectPass(
      { form: "program", answer: "visits.js", checks: [check] },
      { "visits.js": visits?.text ?? "" },
    );
  });

  test("22: serves pages and counts their visits", async () => {
    const [pages] = programsIn("22-express-stock");
    const check: AppExercise["checks"][number] = {
      id: "pages",
      title: "pages",
      async run({ answer, expect: that }) {
        const app = await answer.start();
        that
          .response(await app.request("GET", "/pages/home"))
          .status(200)
          .json({ name: "home", visits: 0 });
        that
          .response(await app.request("POST", "/pages/home/visits"))
          .status(202)
          .json({ visits: 1 });
        that.response(await app.request("GET", "/pages/home")).json({ name: "home", visits: 1 });
      },
    };
    await expectPass({ form: "app", answer: "app.ts", checks: [check] }, { "app.ts": pages?.text ?? "" });
  });

  test("23: keeps a cart for the cookie's guest", async () => {
    const [carts] = programsIn("23-express-sessions");
    const check: AppExercise["checks"][number] = {
      id: "cart",
      title: "cart",
      async run({ answer, redis, expect: that }) {
        const app = await answer.start();
        const add = (body: unknown, headers = {}) => app.request("POST", "/cart/items", { body, headers });
        that
          .response(await add({ item: "pen" }))
          .status(201)
          .json({ items: 1 });
        that
          .response(await add({ item: "pen" }))
          .status(201)
          .json({ items: 1 });
        const headers = { cookie: "theme=dark; cart=guest" };
        that.response(await add({ item: "cup" }, headers)).json({ items: 1 });
        that.response(await add({ item: "bag" }, headers)).json({ items: 2 });
        that
          .response(await add({}, headers))
          .status(400)
          .json({ error: "item is needed" });
        await that.key("cart:guest").isList(["cup", "bag"]);
        await that.key("cart:guest").hasTtl(86_000, 86_400);
        that.response(await app.request("DELETE", "/cart", { headers })).status(204);
        await that.key("cart:guest").isMissing();
        that.value((await redis.keys("cart:*")).length, "the carts of the others").equals(2);
      },
    };
    await expectPass({ form: "app", answer: "app.ts", checks: [check] }, { "app.ts": carts?.text ?? "" });
  });

  test("24: one creates a job and ends, the other processes it", async () => {
    const [create = { text: "" }, process = { text: "" }] = programsIn("24-kue-jobs");
    const shrink = "const shrink = (file, width, done) => done(null, width);";
    const source = `import { argv } from "node:process";
      if (argv[2] === "create") await import("./create.ts");
      else await import("./process.ts");`;
    const check: WorkerExercise["checks"][number] = {
      id: "thumbnail",
      title: "thumbnail",
      async run({ answer, redis, expect: that }) {
        await (await answer.start({ args: ["create"] })).ended();
        that.value(await redis.hGet("q:job:1", "type")).equals("thumbnail");
        await answer.start();
        await that.eventually(
          () => redis.hGet("q:job:1", "state"),
          (state) => state === "complete",
          "the job is done",
        );
        that.value(await redis.hGet("q:job:1", "result")).equals('{"bytes":120}');
      },
    };
    await expectPass(
      { form: "worker", answer: "worker.ts", checks: [check] },
      {
        "worker.ts": source,
        "create.ts": create.text,
        "process.ts": `import kue from "kue";\n${shrink}\n${process.text}`,
      },
    );
  });

  test("25: one saves a job with its settings, the other reports progress, fails for good and stops", async () => {
    const [save = { text: "" }, process = { text: "" }] = programsIn("25-kue-progress");
    const convertPart = "const convertPart = async () => {};";
    const source = `import { argv } from "node:process";
      if (argv[2] === "save") await import("./save.ts");
      else await import("./process.ts");`;
    const check: WorkerExercise["checks"][number] = {
      id: "film",
      title: "film",
      async run({ answer, redis, trace, expect: that }) {
        const isNow = (id: number, wanted: string) =>
          that.eventually(
            () => redis.hGet(`q:job:${id}`, "state"),
            (state) => state === wanted,
            `the job is ${wanted}`,
          );
        await answer.start({ args: ["save"] });
        await isNow(1, "inactive");
        const { priority, max_attempts, ttl } = await redis.hGetAll("q:job:1");
        that.value([priority, max_attempts, ttl]).equals(["10", "5", "120000"]);
        const worker = await answer.start();
        await isNow(1, "complete");
        that.value(await redis.hGet("q:job:1", "result")).equals('{"parts":4}');
        const sets = (await trace.commands()).filter(({ args }) => args[1] === "progress");
        that.value(sets.map(({ args }) => args[2])).equals(["25", "50", "75", "100", "100"]);
        await answer.start({ args: ["save"], env: { FILE: "cat.txt" } });
        await isNow(2, "failed");
        worker.signal("SIGTERM");
        that.value((await worker.ended()).code).equals(0);
        that.value(await redis.hGet("q:job:2", "state")).equals("failed");
      },
    };
    await expectPass(
      { form: "worker", answer: "worker.ts", checks: [check] },
      {
        "worker.ts": source,
        "save.ts": `import kue from "kue";\n${save.text.replace('"cat.mov"', 'process.env.FILE ?? "cat.mov"')}`,
        "process.ts": `import kue from "kue";\n${convertPart}\n${process.text}`,
      },
    );
  });

  test("26: a test file whose tests pass, and a program that plays with Kue's test mode", async () => {
    const [greet, plays] = programsIn("26-kue-tests");
    const given = join(packageRoot, "exercises", "26-kue-tests", "starter", "push.ts");
    expect(readFileSync(given, "utf8"), "what students have is what is graded").toBe(GIVEN);
    const passes: TestsExercise["checks"][number] = {
      id: "passes",
      title: "passes",
      limitMs: 15_000,
      async run({ answer, expect: that }) {
        const { passed, failures } = await answer.runAgainst("export {};");
        that.value(failures).equals([]);
        that.value(passed).equals(2);
      },
    };
    await expectPass(
      { form: "tests", answer: "greet.test.js", subject: "none", checks: [passes] },
      { "greet.test.js": greet?.text ?? "" },
    );
    const ends: ProgramExercise["checks"][number] = {
      id: "ends",
      title: "ends",
      limitMs: 10_000,
      run: async ({ answer, expect: that }) => {
        const running = await answer.start();
        that.value(await running.ended(8_000)).equals({ code: 0, signal: null });
        that.value(running.output("stderr")).equals("");
      },
    };
    await expectPass(
      { form: "program", answer: "plays.js", checks: [ends] },
      { "plays.js": plays?.text ?? "" },
    );
  });

  test("27: takes votes, and counts each voter once", async () => {
    const [votes = { text: "" }] = programsIn("27-express-seats");
    const before = `import express from "express";
      import kue from "kue";
      import { createClient } from "redis";
      const client = createClient({ url: process.env.REDIS_URL, disableOfflineQueue: true });
      client.on("error", console.error);
      await client.connect();`;
    const check: AppExercise["checks"][number] = {
      id: "votes",
      title: "votes",
      async run({ answer, redis, expect: that }) {
        const app = await answer.start();
        for (const [job, outcome] of [
          [1, "counted"],
          [2, "known"],
        ]) {
          const response = await app.request("PUT", "/votes/ada");
          that.response(response).status(202).json({ voter: "ada" });
          that.value(response.headers.location).equals("/votes");
          await that.eventually(
            () => redis.hGet(`q:job:${job}`, "result"),
            (result) => result === `{"outcome":"${outcome}"}`,
            "the job is done",
          );
        }
        await that.key("votes").isString("1");
      },
    };
    await expectPass(
      { form: "app", answer: "app.ts", checks: [check] },
      { "app.ts": `${before}\n${votes.text}\napp.listen(Number(process.env.PORT));` },
    );
  });
});
