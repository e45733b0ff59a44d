/** What the judge refuses before a sandbox has anything to do with it: the same in all of them, so graded in one. */
import { execFileSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Exercise } from "../../src/course/exercise.ts";
import { folderWith } from "../support/answer.ts";
import { bootedWith, FLAT_MIB, gradeHostile, hashes, longLimits } from "../support/hostile.ts";
import { testPlace } from "../support/place.ts";

let exercise: Exercise;
let solution: Buffer;
beforeAll(async () => {
  exercise = await hashes();
  solution = readFileSync(join(exercise.solution, "schools.ts"));
});

/** Every check fails with this message, and what is right beside it earns nothing. */
async function expectRefused(folder: string, message: string | RegExp): Promise<void> {
  const graded = await gradeHostile(exercise, folder, longLimits);
  expect(graded.result).toMatchObject({ status: "failed", score: 0 });
  expect(graded.result.checks).toHaveLength(exercise.checks.length);
  for (const check of graded.result.checks.filter(({ status }) => status !== "skipped")) {
    expect(check.status).toBe("failed");
    expect(check.message).toMatch(message);
  }
  expect(graded.grownMiB).toBeLessThan(FLAT_MIB);
}

describe("24. an answer that is no folder of regular files is refused by name", () => {
  const rightFolder = () => folderWith({ "schools.ts": solution });

  test("a link in place of the folder", async () => {
    const folder = rightFolder();
    symlinkSync(folder, `${folder}-link`);
    onTestFinished(() => unlinkSync(`${folder}-link`));
    await expectRefused(`${folder}-link`, /is refused: it should be a folder$/);
  });

  test("a file in place of the folder", async () => {
    await expectRefused(
      join(rightFolder(), "schools.ts"),
      /^"schools.ts" is refused: it should be a folder$/,
    );
  });

  test.each([
    ["the answer itself, a link to a right one", "schools.ts", "right/schools.ts"],
    ["a link out of the folder", "secret.json", "/etc/passwd"],
    ["a link with ..", "secret.json", "../../../../etc/passwd"],
    ["a link to itself", "loop.ts", "loop.ts"],
    ["a link to a folder", "all", "/"],
    ["a link to nothing", "gone.ts", "nowhere"],
  ])("%s", async (_what, name, target) => {
    const folder = rightFolder();
    mkdirSync(join(folder, "right"));
    renameSync(join(folder, "schools.ts"), join(folder, "right", "schools.ts"));
    symlinkSync(target, join(folder, name));
    await expectRefused(folder, `"${name}" is refused: it is a symbolic link`);
  });

  test("a fifo, at which nobody waits", async () => {
    const folder = rightFolder();
    execFileSync("mkfifo", [join(folder, "a-pipe")]);
    await expectRefused(folder, '"a-pipe" is refused: it is no regular file');
  });

  test("a socket", async () => {
    const folder = rightFolder();
    const server = createServer().listen(join(folder, "a-socket"));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    await expectRefused(folder, '"a-socket" is refused: it is no regular file');
  });

  test.runIf(process.getuid?.() === 0)("a device", async () => {
    const folder = rightFolder();
    execFileSync("mknod", [join(folder, "zero.ts"), "c", "1", "5"]);
    await expectRefused(folder, '"zero.ts" is refused: it is no regular file');
  });

  test.each([
    ["a newline", "two\nlines.ts", '"two\\\\nlines.ts" is refused: its name holds a control character'],
    [
      "an escape sequence",
      "\u001b[2J.ts",
      '"\\\\u001b\\[2J.ts" is refused: its name holds a control character',
    ],
    [
      "a backslash",
      "..\\up.ts",
      '"..\\\\\\\\up.ts" is refused: its name holds a control character or a backslash',
    ],
  ])("a name with %s", async (_what, name, message) => {
    const folder = rightFolder();
    writeFileSync(join(folder, name), "");
    await expectRefused(folder, new RegExp(message));
  });

  test("a name that is not UTF-8", async () => {
    const folder = rightFolder();
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe, 0x2e, 0x74, 0x73])]),
      "",
    );
    await expectRefused(folder, /is refused: its name is not UTF-8$/);
  });

  test("two names that are one to others", async () => {
    await expectRefused(
      folderWith({ "schools.ts": solution, "Schools.ts": "export {};" }),
      "another file has the same name but for capital letters or accents",
    );
    await expectRefused(
      folderWith({ "schools.ts": solution, "e\u0301.ts": "", "\u00e9.ts": "" }),
      "another file has the same name but for capital letters or accents",
    );
  });

  test("imports that leave the folder find nothing", async () => {
    const outside = folderWith({ "schools.ts": solution });
    for (const path of [`../${outside.split("/").at(-1)}/schools.ts`, join(outside, "schools.ts")]) {
      const folder = folderWith({ "schools.ts": `export * from ${JSON.stringify(path)};` });
      await expectRefused(folder, /there is no file|cannot be imported here/);
    }
  });

  test("a hard link is the file that it is", async () => {
    const folder = folderWith({ "README.md": "" });
    linkSync(join(exercise.solution, "schools.ts"), join(folder, "schools.ts"));
    expect((await gradeHostile(exercise, folder, longLimits)).result.status).toBe("passed");
  });
});

describe("25. an answer that is too large is refused by name (archives are not opened here)", () => {
  test("one file of 10 GB", async () => {
    const folder = folderWith({ "schools.ts": solution, "big.json": "" });
    truncateSync(join(folder, "big.json"), 10 * 1024 ** 3);
    await expectRefused(folder, '"big.json" is refused: it is larger than 1 MiB');
  });

  test("many files", async () => {
    const names = Array.from({ length: 3_000 }, (_, i) => [`lib/file${i}.ts`, ""]);
    await expectRefused(
      folderWith({ ...Object.fromEntries(names), "schools.ts": solution }),
      /is refused: an answer has at most 200 files$/,
    );
  });

  test("much in many files", async () => {
    const names = Array.from({ length: 20 }, (_, i) => [`data${i}.json`, Buffer.alloc(1_000_000, " ")]);
    await expectRefused(
      folderWith({ ...Object.fromEntries(names), "schools.ts": solution }),
      /is refused: the files are larger than 8 MiB together$/,
    );
  });

  test("folders in folders, deeper than a path may be long", async () => {
    const folder = folderWith({ "schools.ts": solution });
    const name = "d".repeat(200);
    // By chdir, because no path reaches that deep.
    const nest = `for (let i = 0; i < 60; i++) { fs.mkdirSync("${name}"); process.chdir("${name}"); }`;
    execFileSync(process.execPath, ["-e", nest], { cwd: folder });
    onTestFinished(() => void execFileSync("rm", ["-rf", folder]));
    await expectRefused(folder, /is refused: it lies too deep$/);
  });

  test("more code than esbuild could read is refused, and the next answer is read", async () => {
    const folder = folderWith({ "schools.ts": "[".repeat(1_000_000) });
    await expectRefused(folder, "the files of this answer are larger than 64 KiB together");
    expect((await gradeHostile(exercise, exercise.solution, longLimits)).result.status).toBe("passed");
  });

  test("code that takes esbuild minutes is given up, while others are read", async () => {
    const slow = folderWith({ "schools.ts": `x=${"a<".repeat(32_000)}1` });
    const [hostile, honest] = await Promise.all([
      gradeOnly(slow),
      // Begins while the other is being read, and again when the service is ended.
      gradeOnly(exercise.solution),
    ]);
    expect(hostile.checks[0]?.message).toMatch(/^schools\.ts could not be read within 5 s$/);
    expect(hostile).toMatchObject({ status: "failed", score: 0 });
    expect(honest.status).toBe("passed");
  });
});

describe("19. a redis.conf that reaches outside of its server is refused by directive", () => {
  test.each([
    "include /etc/passwd",
    "INCLUDE /etc/passwd",
    '"include" /etc/passwd',
    "  include\t/etc/passwd",
    '"\\x69nclude" /etc/passwd',
    "loadmodule /tmp/evil.so",
    "aclfile /etc/passwd",
    "unixsocket /tmp/s.sock",
    "daemonize yes",
    "supervised systemd",
    "logfile /tmp/lab-hostile.log",
    "dir /",
    "dbfilename ../../x.rdb",
    "appenddirname ../x",
    "rename-command PING NOPING",
    "replicaof 127.0.0.1 6379",
    "slaveof 127.0.0.1 6379",
    "enable-module-command yes",
    "enable-debug-command yes",
    "tls-cert-file /etc/passwd",
    "tls-ca-cert-dir /etc",
    "cluster-config-file /tmp/lab-hostile.conf",
    "syslog-enabled yes",
    "oom-score-adj yes",
  ])("%s", async (line) => {
    const check = await bootedWith(`bind 127.0.0.1\n${line}\n`);
    expect(check).toMatchObject({ status: "failed", points: 0 });
    expect(check.message).toMatch(/^redis\.conf:2: "[\w-]+" is refused: /);
  });

  test.each([
    "\ufeffbind 127.0.0.1\n",
    "bind 127.0.0.1\nmaxmemory",
    'bind "127.0.0.1',
    "include",
    "a\u0000b",
  ])("%j is told", async (text) => {
    expect(await bootedWith(text)).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/redis\.conf|redis-server/),
    });
  });
});

async function gradeOnly(folder: string) {
  const { gradeExercise } = await import("../../src/grading/grade.ts");
  const place = testPlace();
  try {
    return await gradeExercise(exercise, folder, place, { seed: "hostile" });
  } finally {
    await place.pool.drain();
  }
}
