import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Exercise, ModuleExercise, ProgramExercise, ScriptExercise } from "../../src/course/exercise.ts";
import { exerciseOf, folderWith } from "../support/answer.ts";
import { bootedWith, fixture, gradeFixture, gradeHostile, hashes, longLimits } from "../support/hostile.ts";
import { isStrong } from "../support/place.ts";

let exercise: Exercise;
let solution: Buffer;
beforeAll(async () => {
  exercise = await hashes();
  solution = readFileSync(join(exercise.solution, "schools.ts"));
});

describe("26. an answer that is no clean text", () => {
  const run = async (files: Readonly<Record<string, string | Uint8Array>>) =>
    (await gradeHostile(exercise, folderWith(files), longLimits)).result;
  const first = async (files: Readonly<Record<string, string | Uint8Array>>) => (await run(files)).checks[0];

  test("binary is refused, in every form", async () => {
    const bytes = Uint8Array.from({ length: 4_096 }, (_, i) => (i * 7_919) % 256);
    expect(await first({ "schools.ts": bytes })).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/schools\.ts is no text file/),
    });
    for (const [form, name] of [
      ["program", "answer.js"],
      ["worker", "answer.js"],
      ["app", "answer.js"],
      ["tests", "answer.js"],
      ["redis-cli", "answer.redis"],
      ["config", "redis.conf"],
    ] as const) {
      const checks = [{ id: "one", title: "one", run: async () => {} }];
      const other = exerciseOf({
        form,
        answer: name,
        subject: "subject",
        checks,
      } as unknown as ProgramExercise);
      const graded = await gradeHostile(other, folderWith({ [name]: bytes }), longLimits);
      expect(graded.check("one")).toMatchObject({
        status: "failed",
        message: expect.stringMatching(/is no text file$/),
      });
    }
  });

  test("a byte order mark and Windows' line ends are read", async () => {
    const text = `\ufeff${solution.toString("utf8").replaceAll("\n", "\r\n")}`;
    expect(await run({ "schools.ts": text })).toMatchObject({ status: "passed" });
  });

  test("a NUL in the text is refused", async () => {
    expect(await first({ "schools.ts": `${solution}\n// \0` })).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/is no text file/),
    });
  });

  test("Latin-1 in a comment is read, UTF-16 is refused", async () => {
    const latin = Buffer.concat([Buffer.from("// caf\xe9\n", "latin1"), solution]);
    expect(await run({ "schools.ts": latin })).toMatchObject({ status: "passed" });
    const wide = Buffer.from(`\ufeff${solution.toString("utf8")}`, "utf16le");
    expect((await first({ "schools.ts": wide }))?.message).toMatch(/is saved as UTF-16: save it as UTF-8/);
  });

  test("an empty file exports nothing", async () => {
    expect(await first({ "schools.ts": "" })).toMatchObject({
      status: "failed",
      message: "schools.ts does not export a function saveSchool",
    });
  });

  test("a script with Windows' line ends and bytes that are no UTF-8 is run", async () => {
    const checks: ScriptExercise["checks"] = [
      {
        id: "run",
        title: "run",
        async run({ answer, redis, expect: check }) {
          await answer.run();
          check.value(await redis.get("k")).equals("v");
        },
      },
    ];
    const script = exerciseOf({ form: "redis-cli", answer: "a.redis", checks } as unknown as ScriptExercise);
    const content = Buffer.concat([Buffer.from("SET k v\r\n"), Buffer.from([0x23, 0xff, 0xfe, 0x0d, 0x0a])]);
    expect((await gradeHostile(script, folderWith({ "a.redis": content }), longLimits)).result.status).toBe(
      "passed",
    );
  });
});

describe("13. what configures tools", () => {
  test("is not used", async () => {
    const files = { ...fixture("13-configures"), "node_modules/redis/index.js": "throw new Error('mine')" };
    const graded = await gradeHostile(exercise, folderWith(files), longLimits);
    expect(graded.check("save").message).toBeUndefined();
    expect(graded.result.status).toBe("passed");
  });
});

describe("12, 31. what an answer can tell of who grades it", () => {
  test("is no environment, argument or file of the judge's (met by choosing what it is given)", async () => {
    process.env.LAB_TEST_SECRET = "swordfish";
    process.env.NODE_OPTIONS ??= "";
    onTestFinished(() => {
      delete process.env.LAB_TEST_SECRET;
    });
    let seen: { env: string[]; values: string; argv: string[]; files: string[] } | undefined;
    const checks: ModuleExercise["checks"] = [
      {
        id: "look",
        title: "look",
        async run({ answer }) {
          seen = (await answer.call("look")) as typeof seen;
        },
      },
    ];
    const looking = exerciseOf({ form: "module", answer: "answer.ts", checks } as ModuleExercise);
    const graded = await gradeFixture(looking, "12-looks-around", longLimits);
    expect(graded.result.status).toBe("passed");
    expect(seen?.values).not.toContain("swordfish");
    // PWD is the shell's.
    expect(seen?.env.filter((name) => name !== "PWD")).toEqual([
      "HOME",
      "LANG",
      "PATH",
      "REDIS_URL",
      "TMPDIR",
    ]);
    expect(seen?.argv).toHaveLength(2);
    const packages = isStrong ? [] : ["node_modules"];
    expect(seen?.files).toEqual(["answer.mjs", ...packages, "tmp"]);
  });
});

test("30. a file that grows without end is capped at 64 MiB (the disk as a whole is not)", async () => {
  const graded = await gradeFixture(exercise, "30-fills-the-disk", longLimits);
  expect(graded.check("save")).toMatchObject({ status: "failed" });
  expect(graded.check("save").message).toMatch(/EFBIG|file too large/i);
  expect(graded.statuses.fields).toBe("passed");
});

test.runIf(isStrong)("30. many files are capped, by their size and by their number", async () => {
  const filled = await gradeFixture(exercise, "30-fills-with-files", longLimits);
  expect(filled.check("save")).toMatchObject({ status: "failed", message: expect.stringMatching(/ENOSPC/) });
  const many = await gradeFixture(exercise, "30-makes-many-files", longLimits);
  expect(many.check("save").message).toMatch(/ENOSPC|more than 10000 files/);
  expect(many.statuses.fields).toBe("passed");
});

test("folders without permissions, or nested deeper than a path may be long, are removed with the cell", async () => {
  const graded = await gradeFixture(exercise, "30-nests-folders", longLimits);
  expect(graded.result.status).toBe("passed");
});

describe("19. a redis.conf that names what is the lab's own", () => {
  test.each(["bind 127.0.0.1\r\nport 1\r\n", "pidfile /tmp/lab-hostile.pid\n", 'daemonize no\nlogfile ""\n'])(
    "but %j is harmless",
    async (text) => {
      expect((await bootedWith(text)).message).toBeUndefined();
      expect(existsSync("/tmp/lab-hostile.pid")).toBe(false);
    },
  );
});
