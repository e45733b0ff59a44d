import { describe, expect, test } from "vitest";
import { shownOutput } from "../../src/grading/answers/answer.ts";

const CRASH = `connected
/opt/lab/dist/packages/node_modules/redis/bundle.cjs:18467
          throw new errors_1.ClientClosedError();
          ^

ClientClosedError: The client is closed
    at RedisSocket.close (/opt/lab/dist/packages/node_modules/redis/bundle.cjs:18467:17)
    at new Promise (<anonymous>)
    at main (file:///tmp/redis-lab-1/cell-2/connect.ts:22:16)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)

Node.js v20.20.2
`;

describe("what a program printed, in a verdict", () => {
  test("is what it said, and where in its own files", () => {
    expect(shownOutput(CRASH, ["connect.ts"])).toBe(
      "connected\nClientClosedError: The client is closed\n    at main (connect.ts:22:16)",
    );
  });

  test("keeps what only looks like a stack", () => {
    const output = "meet me\n  at noon\n/etc/hosts: no such file";
    expect(shownOutput(output, [])).toBe(output);
  });

  test("says so where there is none", () => {
    expect(shownOutput("\n", ["connect.ts"])).toBe("it printed nothing");
  });

  test.each([
    ["slashes", "/".repeat(100_000)],
    ["carets", `/a:1\n${"^".repeat(100_000)}`],
    ["spaces", " ".repeat(100_000)],
    ["frames", "    at x (/a.ts:1:1)\n".repeat(50_000)],
  ])("is made in a moment of many %s", (_, output) => {
    const started = performance.now();
    shownOutput(output, ["connect.ts", "a+(b).ts"]);
    // Quadratic time would be minutes.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
