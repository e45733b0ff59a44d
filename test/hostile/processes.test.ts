import { beforeAll, describe, expect, test } from "vitest";
import type { Exercise } from "../../src/course/exercise.ts";
import {
  FLAT_MIB,
  gradeFixture,
  hashes,
  longLimits,
  onlySaveIs,
  processesWith,
  withoutSave,
} from "../support/hostile.ts";
import { isStrong } from "../support/place.ts";

let exercise: Exercise;
beforeAll(async () => {
  exercise = await hashes();
});

describe("1. an answer that never ends", () => {
  test.each(["01-loop", "01-loop-after-the-call", "01-promises-for-ever", "01-never-answers"])(
    "is a timeout of that check, and the rest is graded: %s",
    async (name) => {
      const graded = await gradeFixture(exercise, name);
      expect(graded.statuses).toEqual(onlySaveIs("timeout"));
      expect(graded.result.score).toBe(withoutSave);
      expect(graded.check("save").message).toBe("this took longer than 1.5 s");
    },
  );

  test("while it is loaded is a timeout, and nothing else is tried", async () => {
    const graded = await gradeFixture(exercise, "01-loop-at-import", { loadMs: 900 });
    expect(graded.check("save")).toMatchObject({
      status: "timeout",
      message: "the file was still loading after 0.9 s",
    });
    expect(graded.check("fields")).toMatchObject({ status: "skipped", points: 0 });
    expect(graded.result.score).toBe(0);
  });
});

test("2. an answer that catches everything around its loop is killed from outside", async () => {
  const graded = await gradeFixture(exercise, "02-catches-everything");
  expect(graded.statuses).toEqual(onlySaveIs("timeout"));
});

test.runIf(process.platform === "linux")(
  "3. an answer that forks again and again: nothing of it survives (the process sandbox does not limit how many)",
  async () => {
    const graded = await gradeFixture(exercise, "03-forks-and-forks");
    expect(graded.statuses).toEqual(onlySaveIs("timeout"));
  },
);

test.runIf(isStrong)(
  "3. an answer that forks without end meets the limit of processes, and nothing of it survives",
  async () => {
    const graded = await gradeFixture(exercise, "03-forks-node", longLimits);
    expect(graded.statuses).toEqual(onlySaveIs("crashed"));
    expect(graded.check("save").message).toMatch(/EAGAIN|more than 256 processes|ran out of memory/);
  },
);

describe("4. an answer that keeps everything it makes", () => {
  test.each([
    ["in JavaScript's heap", "04-keeps-everything"],
    ["in buffers (seen by their process' size, on Linux)", "04-keeps-buffers"],
  ])("is a crash, out of memory, %s", async (_where, name) => {
    const graded = await gradeFixture(exercise, name, longLimits);
    expect(graded.statuses).toEqual(onlySaveIs("crashed"));
    expect(graded.check("save").message).toBe("your program ended before it answered: it ran out of memory");
    expect(graded.grownMiB).toBeLessThan(FLAT_MIB);
  });
});

describe("6. an answer that ends", () => {
  test.each([
    ["06-exit", "your program ended before it answered (exit code 0)"],
    ["06-abort", "your program ended before it answered (killed by SIGABRT)"],
    ["06-kills-itself", "your program ended before it answered (killed by SIGKILL)"],
    ["06-exit-after-the-call", "your program ended before it answered (exit code 0)"],
  ])("in the middle of a call is a crash of that check: %s", async (name, message) => {
    const graded = await gradeFixture(exercise, name, longLimits);
    expect(graded.statuses).toEqual(onlySaveIs("crashed"));
    expect(graded.check("save").message).toBe(message);
  });

  test("while it is loaded is a crash, and nothing else is tried", async () => {
    const graded = await gradeFixture(exercise, "06-exit-at-import", longLimits);
    expect(graded.check("save")).toMatchObject({
      status: "crashed",
      message: "your program ended before it answered (exit code 0)",
    });
    expect(graded.statuses.fields).toBe("skipped");
    expect(graded.result.score).toBe(0);
  });
});

describe("20. an answer that starts others", () => {
  test("is graded, and none of them survives the verdict, in whatever session and environment they are", async () => {
    const graded = await gradeFixture(exercise, "20-orphans-of-node", longLimits);
    expect(graded.result.status).toBe("passed");
    expect(processesWith("setTimeout(() => {}, 30000)")).toEqual([]);
  });

  test.skipIf(isStrong)(
    "by a shell is graded, and none of them survives (a strong sandbox has no shell)",
    async () => {
      const graded = await gradeFixture(exercise, "20-orphans", longLimits);
      expect(graded.result.status).toBe("passed");
      expect(processesWith("sleep 30; :")).toEqual([]);
    },
  );

  test("which hold its pipes is not waited for", async () => {
    const graded = await gradeFixture(exercise, "20-holds-the-pipes", longLimits);
    expect(graded.statuses).toEqual(onlySaveIs("crashed"));
    expect(graded.check("save").durationMs).toBeLessThan(5_000);
  });
});

describe("21. an answer that fails after it answered", () => {
  test("with a rejection that nobody hears is a crash with its own line", async () => {
    const graded = await gradeFixture(exercise, "21-rejects-unheard", longLimits);
    expect(graded.statuses).toEqual(onlySaveIs("crashed"));
    expect(graded.check("save").message).toBe(
      "your program crashed at schools.ts:6: TypeError: nobody listens",
    );
  });

  test("in a timer is a crash of the check during which it did, with its own line", async () => {
    const graded = await gradeFixture(exercise, "21-throws-later", longLimits);
    const crashed = graded.result.checks.filter((check) => check.status === "crashed");
    expect(crashed).toHaveLength(1);
    expect(crashed[0]?.message).toMatch(/your program crashed at schools\.ts:6: RangeError: too late$/);
    expect(graded.result.status).toBe("failed");
  });

  test("in a timer after the last check is a crash of that one", async () => {
    const graded = await gradeFixture(exercise, "21-throws-after-the-last-check", longLimits);
    expect(graded.check("fields")).toMatchObject({
      status: "crashed",
      points: 0,
      message: "your program crashed at schools.ts:6: RangeError: too late",
    });
    expect(graded.result.score).toBe(graded.result.maxScore - 1);
  });
});

test("22. an answer that leaves servers, timers and connections open is graded by effect", async () => {
  const graded = await gradeFixture(exercise, "22-leaves-all-open", { ...longLimits, graceMs: 100 });
  expect(graded.result.status).toBe("passed");
});
