import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import type { AppExercise } from "../../src/course/exercise.ts";
import { exerciseOf, gradeFiles } from "../support/answer.ts";

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === "::1");

type Checks = AppExercise["checks"];

/** An app that tells its process id, and ends when it is asked to. */
const APP = `
import express from "express";
const app = express();
app.get("/pid", (request, response) => response.json(process.pid));
app.get("/end", () => process.exit(7));
app.get("/end-later", (request, response) => {
  response.json("soon");
  setTimeout(() => process.exit(7), 50);
});
app.get("/hang", () => {});
app.post("/echo", express.json(), (request, response) => response.status(201).json(request.body));
app.listen(process.env.PORT);
`;

async function grade(checks: Checks, source = APP) {
  const exercise = exerciseOf({ form: "app", answer: "app.ts", checks } as AppExercise);
  return (await gradeFiles(exercise, { "app.ts": source })).checks;
}

/** A check that only starts the app. */
const started: Checks[number] = {
  id: "started",
  title: "starts",
  async run({ answer }) {
    await answer.instance();
  },
};

describe("an app answer", () => {
  test("is asked over HTTP, with JSON both ways", async () => {
    const [check] = await grade([
      {
        id: "echo",
        title: "echoes",
        async run({ answer, expect: check }) {
          const app = await answer.start();
          const response = await app.request("POST", "/echo", { body: { a: [1, "æ"] } });
          check
            .response(response)
            .status(201)
            .json({ a: [1, "æ"] });
          check
            .value(response.request)
            .equals(
              `curl -i -X POST -H 'content-type: application/json' -d '{"a":[1,"æ"]}' http://localhost:3000/echo`,
            );
        },
      },
    ]);
    expect(check).toMatchObject({ status: "passed" });
  });

  test("keeps its instances from check to check, and starts others anew", async () => {
    const pids: unknown[] = [];
    const record = (id: string): Checks[number] => ({
      id,
      title: "records the process ids",
      async run({ answer }) {
        const [one, two] = await answer.twoInstances();
        const alone = await answer.instance();
        const other = id === "third" ? await answer.start() : undefined;
        const apps = [one, two, alone, ...(other ? [other] : [])];
        pids.push(await Promise.all(apps.map(async (app) => (await app.request("GET", "/pid")).json)));
      },
    });
    const checks = await grade([record("first"), record("second"), record("third"), record("fourth")]);
    expect(checks.map(({ status }) => status)).toEqual(Array(4).fill("passed"));
    const [first, second, third, fourth] = pids as number[][];
    expect(new Set(first).size).toBe(2);
    expect(first?.[2]).toBe(first?.[0]);
    expect(second).toEqual(first);
    expect(third?.slice(0, 3)).toEqual(first);
    expect(new Set(third).size).toBe(3);
    // What was started for one check alone must not meddle with the next.
    expect(fourth?.filter((pid) => third?.includes(pid))).toEqual([]);
  });

  test("starts anew after a check that did not pass, or that ended an instance", async () => {
    const pids: unknown[] = [];
    const record = (id: string, then: (app: { signal(name: "SIGTERM"): void }) => void): Checks[number] => ({
      id,
      title: "records the process id",
      async run({ answer }) {
        const app = await answer.instance();
        pids.push((await app.request("GET", "/pid")).json);
        then(app);
      },
    });
    const checks = await grade([
      record("signals", (app) => app.signal("SIGTERM")),
      {
        ...record("fails", () => {}),
        async run(context) {
          await record("inner", () => {}).run(context);
          context.expect.that(false, "no");
        },
      },
      record("passes", () => {}),
    ]);
    expect(checks.map(({ status }) => status)).toEqual(["passed", "failed", "passed"]);
    expect(new Set(pids).size).toBe(3);
  });

  test("shows each instance at a port of its own in what was done", async () => {
    const [check] = await grade([
      {
        id: "two",
        title: "asks two instances",
        async run({ answer, expect: check }) {
          const [one, two] = await answer.twoInstances();
          await one.request("GET", "/pid");
          await two.request("GET", "/pid");
          check.that(false, "enough");
        },
      },
    ]);
    expect(check?.reproduce?.split("\n")).toEqual([
      "PORT=3000 node app.ts",
      "PORT=3001 node app.ts",
      "curl -i http://localhost:3000/pid",
      "curl -i http://localhost:3001/pid",
    ]);
  });

  test("that ends while it answers is a crash at its own line", async () => {
    const source = `import express from "express";
const app = express();
app.get("/", (request, response) => {
  Promise.reject(new Error("no such thing"));
});
app.listen(process.env.PORT);`;
    const [check] = await grade(
      [
        {
          id: "crash",
          title: "answers",
          async run({ answer }) {
            await (await answer.start()).request("GET", "/");
          },
        },
      ],
      source,
    );
    expect(check).toMatchObject({
      status: "crashed",
      message: "the app ended while it answered GET / (exit code 1), at app.ts:4",
      actual: expect.stringContaining("Error: no such thing"),
    });
    expect(check?.actual).not.toContain("node_modules");
  });

  test("that ends after it answered is a crash of the next check that uses it, and then starts anew", async () => {
    const ask = (id: string, path: string): Checks[number] => ({
      id,
      title: "asks",
      async run({ answer, expect: check }) {
        const app = await answer.instance();
        await app.request("GET", path);
        if (path === "/end-later") return;
        await check.eventually(
          () => app.isRunning,
          (isRunning) => !isRunning,
          "should end",
          { withinMs: 300 },
        );
      },
    });
    const checks = await grade([ask("first", "/end-later"), ask("second", "/pid"), started]);
    expect(checks.map(({ status }) => status)).toEqual(["passed", "crashed", "passed"]);
  });

  test("that does not answer in time fails with the cause that the check knows", async () => {
    const [check] = await grade([
      {
        id: "hang",
        title: "answers",
        async run({ answer }) {
          await (await answer.start()).request("GET", "/hang", { limitMs: 200, cause: "It hangs." });
        },
      },
    ]);
    expect(check).toMatchObject({
      status: "failed",
      message: "GET /hang was not answered within 0.2 s",
      hint: "It hangs.",
    });
  });

  test("that never answers is not waited for as long in the checks after", async () => {
    const asks: Checks[number] = {
      id: "hang",
      title: "answers",
      async run({ answer }) {
        await (await answer.instance()).request("GET", "/hang");
      },
    };
    const [first, second] = await grade([asks, { ...asks, id: "again" }]);
    expect(first?.message).toBe("GET /hang was not answered within 3 s");
    expect(second?.message).toBe("GET /hang was not answered within 1 s");
  });

  test("that gives a long list of wrong things is told the first, not all", async () => {
    const members = Array.from({ length: 30 }, (_, id) => ({ id, name: `product ${id}` }));
    const [check] = await grade([
      {
        id: "list",
        title: "lists",
        async run({ expect: check }) {
          check.value([members[0], ...members.slice(1).map(() => ({}))], "the list").hasMembers(members);
        },
      },
    ]);
    expect(check).toMatchObject({
      message: "the list does not have the right members: 1 of 30 are right",
      expected: "the first missing: { id: 1, name: 'product 1' }",
      actual: "the first that is too many: {}",
      hint: expect.stringContaining("await Promise.all"),
    });
  });

  test.skipIf(!hasIpv6)("listens on either loopback address", async () => {
    const [check] = await grade([started], APP.replace("process.env.PORT", 'process.env.PORT, "::1"'));
    expect(check).toMatchObject({ status: "passed" });
  });

  test("that listens on another port is told which, soon", async () => {
    const [check] = await grade([started], APP.replace("process.env.PORT", '0, "127.0.0.1"'));
    expect(check).toMatchObject({
      status: "failed",
      message: "the app should listen on the port in process.env.PORT",
      actual: expect.stringMatching(/^it listens on port \d+$/),
    });
    expect(check?.durationMs).toBeLessThan(3_500);
  });

  test("that listens on another port too is told so", async () => {
    const [check] = await grade([started], `${APP}\napp.listen(0);`);
    expect(check).toMatchObject({
      status: "failed",
      message: "the app should listen on the port in process.env.PORT, and on no other",
      actual: expect.stringMatching(/^it listens on port \d+ and \d+$/),
    });
  });

  test("that does not listen fails the first check, and the others are not tried", async () => {
    const [first, second] = await grade(
      [started, { ...started, id: "again" }],
      "setInterval(() => console.log('here'), 1000);",
    );
    expect(first).toMatchObject({ status: "failed", actual: expect.stringContaining("here") });
    expect(second).toMatchObject({ status: "skipped", points: 0 });
  });

  test("that ends before it listens says with what", async () => {
    const [check] = await grade([started], 'console.log("bye");');
    expect(check).toMatchObject({
      status: "crashed",
      message: "the app ended before it listened (exit code 0)",
      actual: "bye",
    });
  });

  test("that waits for a Redis elsewhere is asked whether it uses REDIS_URL", async () => {
    const source = `import { createClient } from "redis";
      const client = createClient({ url: "redis://127.0.0.1:1" });
      client.on("error", (error) => console.error(error.code));
      await client.connect();`;
    const [check] = await grade([started], source);
    expect(check?.hint).toContain("process.env.REDIS_URL");
  });

  test("that listens twice on its port is told that the port is taken", async () => {
    const asks: Checks[number] = {
      ...started,
      async run({ answer }) {
        await (await answer.instance()).request("GET", "/pid");
      },
    };
    const [check] = await grade([asks], `${APP}\napp.listen(process.env.PORT);`);
    expect(check).toMatchObject({
      status: "crashed",
      hint: expect.stringContaining("app.listen called twice"),
    });
  });
});
