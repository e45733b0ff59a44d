import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AppExercise } from "../../src/course/exercise.ts";
import { exerciseOf, folderWith } from "../support/answer.ts";
import { FLAT_MIB, gradeHostile, longLimits } from "../support/hostile.ts";

/** Two checks: an instance that answers `GET /`, and one more of its own. */
const checks: AppExercise["checks"] = [
  {
    id: "answers",
    title: "answers",
    async run({ answer, expect: check }) {
      const app = await answer.instance();
      check
        .response(await app.request("GET", "/", { limitMs: 1_500 }))
        .status(200)
        .json({ ok: true });
    },
  },
  {
    id: "again",
    title: "again",
    async run({ answer, expect: check }) {
      const app = await answer.start();
      check
        .response(await app.request("GET", "/again", { limitMs: 1_500 }))
        .status(200)
        .json({ ok: true });
    },
  },
];
const app = exerciseOf({ form: "app", answer: "app.js", checks } as unknown as AppExercise);
const grade = (source: string, listenMs = 10_000) =>
  gradeHostile(app, folderWith({ "app.js": source }), { ...longLimits, listenMs });

const head = 'import { createServer } from "node:http";\nconst ok = (_, res) => res.end(\'{"ok":true}\');\n';

describe("23. an app that does not listen where it was told", () => {
  test("but on another port is told which", async () => {
    const port = await unusedPort();
    const graded = await grade(`${head}createServer(ok).listen(${port}, "127.0.0.1");`);
    expect(graded.check("answers")).toMatchObject({
      status: "failed",
      points: 0,
      message: "the app should listen on the port in process.env.PORT",
      actual: `it listens on port ${port}`,
    });
    expect(graded.result.score).toBe(0);
  });

  test("but on none is told so", async () => {
    const graded = await grade(`${head}setInterval(() => {}, 1000);`, 700);
    expect(graded.check("answers")).toMatchObject({
      status: "failed",
      actual: "it listens on no port\nit printed nothing",
    });
    expect(graded.result.score).toBe(0);
  });

  test("and on a second one is told both", async () => {
    const port = await unusedPort();
    const graded = await grade(
      `${head}createServer(ok).listen(${port}, "127.0.0.1", () => createServer(ok).listen(process.env.PORT));`,
    );
    expect(graded.check("answers")).toMatchObject({
      status: "failed",
      message: "the app should listen on the port in process.env.PORT, and on no other",
    });
    expect(graded.check("answers").actual).toMatch(new RegExp(`^it listens on port \\d+ and ${port}$`));
    expect(graded.result.score).toBe(0);
  });

  test("but on a privileged one is told which, or that it may not", async () => {
    const graded = await grade(`${head}createServer(ok).listen(81, "127.0.0.1");`);
    const check = graded.check("answers");
    expect(graded.result.score).toBe(0);
    if (check.status === "failed") expect(check.actual).toBe("it listens on port 81");
    else {
      expect(check).toMatchObject({ status: "crashed", hint: expect.stringMatching(/^Ports below 1024/) });
    }
  });

  test("but leaves that to a process of its own is ended with it", async () => {
    const graded = await grade(`import { spawn } from "node:child_process";
      const code = 'require("http").createServer((_, res) => res.end("{\\\\"ok\\\\":true}")).listen(process.env.PORT)';
      spawn(process.execPath, ["-e", code], { detached: true, stdio: "ignore" }).unref();
      setInterval(() => {}, 1000);`);
    expect(graded.result.status).toBe("passed");
  });
});

describe("an app that answers in a way that is meant to harm", () => {
  test.each([
    [
      "a body without end",
      'res.writeHead(200); (function more() { res.write("x".repeat(65536), more); })()',
      "the body is larger than 1 MiB",
    ],
    [
      "a body that never comes",
      "res.writeHead(200); res.flushHeaders()",
      "GET / was not answered within 1.5 s",
    ],
    [
      "one byte at a time",
      'res.writeHead(200); setInterval(() => res.write("x"), 20)',
      "GET / was not answered within 1.5 s",
    ],
    ["no HTTP", 'res.socket.end("PASS\\n")', "GET / got no proper response"],
    [
      "headers without end",
      'res.socket.write("HTTP/1.1 200 OK\\r\\n" + "a: b\\r\\n".repeat(1e6))',
      "GET / got no proper response",
    ],
    [
      "a redirect to itself",
      'res.writeHead(302, { location: "/" }).end()',
      "the status code should be 200, but is 302",
    ],
    [
      "an upgrade",
      'res.socket.write("HTTP/1.1 101 Switching\\r\\nconnection: upgrade\\r\\nupgrade: x\\r\\n\\r\\n")',
      "GET / ",
    ],
    ["an exit", "process.exit(0)", "the app ended while it answered GET / (exit code 0)"],
    ["a loop", "for (;;) {}", "GET / was not answered within 1.5 s"],
    ["__proto__", 'res.end(\'{"__proto__":{"ok":true}}\')', "the body is not right"],
    ["brackets without end", 'res.end("[".repeat(500000))', "the body is not right: it is no JSON"],
    ["brackets with an end", 'res.end("[".repeat(400000) + "]".repeat(400000))', "the body is not right"],
  ])("%s", async (_what, body, message) => {
    const graded = await grade(
      `${head}createServer((req, res) => { if (req.url === "/again") return ok(req, res); ${body} }).listen(process.env.PORT);`,
    );
    expect(graded.check("answers").message).toContain(message);
    expect(graded.statuses.answers).toBe(_what === "an exit" ? "crashed" : "failed");
    expect(graded.statuses.again).toBe("passed");
    expect(graded.grownMiB).toBeLessThan(FLAT_MIB);
  });

  test("is a crash where it ends after it answered, also after the last check, with its own line", async () => {
    const late = exerciseOf({ form: "app", answer: "app.js", checks: [checks[1]] } as unknown as AppExercise);
    const graded = await gradeHostile(
      late,
      folderWith({
        "app.js": `${head}createServer((req, res) => {
  ok(req, res);
  setImmediate(() => { throw new Error("late"); });
}).listen(process.env.PORT);`,
      }),
    );
    expect(graded.result.score).toBe(0);
    for (const check of graded.result.checks) {
      expect(check.status).toBe("crashed");
      expect(check.message).toContain("app.js:5");
    }
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
