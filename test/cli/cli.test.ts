/** The built CLI against what users do to it. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { resultDocument } from "../../src/grading/result.ts";
import { folderWith } from "../support/answer.ts";
import { cliFile, lab, runCommand } from "../support/cli.ts";
import { processesOf } from "../support/leftovers.ts";

const root = join(import.meta.dirname, "..", "..");
const solution = (id: string) => join(root, "solutions", id);

describe("lab grade", () => {
  test("gives the solutions every point, in a document of the published schema", async () => {
    const folder = folderWith({});
    const temporary = folderWith({});
    const file = join(folder, "out.json");
    const result = await lab(["grade", join(root, "solutions"), "--jobs", "2", "--report", `json=${file}`], {
      cwd: folder,
      env: { TMPDIR: temporary },
    });
    const document = z.parse(resultDocument, JSON.parse(readFileSync(file, "utf8")));
    const notPassed = document.exercises.filter((one) => one.status !== "passed");
    expect(notPassed).toEqual([]);
    expect(result.code).toBe(0);
    // In whatever order they were graded.
    const ids = document.exercises.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(document).toMatchObject({
      status: "passed",
      score: document.maxScore,
      submission: { id: "solutions" },
    });
    expect(document.submission.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(document.environment).toMatchObject({ source: "local", sandbox: "process" });
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("of a fresh workspace: every exercise failed, none an error, exit code 1", async () => {
    const folder = folderWith({});
    await lab(["init", "."], { cwd: folder });
    const result = await lab(["grade", ".", "--jobs", "2", "--report", "json"], { cwd: folder });
    const document = z.parse(resultDocument, JSON.parse(result.stdout));
    expect(document.exercises.map((one) => [one.id, one.status])).toEqual(
      document.exercises.map((one) => [one.id, "failed"]),
    );
    expect(document.status).toBe("failed");
    expect(result.code).toBe(1);
  });

  test("writes nothing but the report to standard output, and both reports when both are asked for", async () => {
    const folder = folderWith({});
    cpSync(solution("08-hashes"), join(folder, "alice", "08-hashes"), { recursive: true });
    const args = ["grade", "alice", "--exercise", "8", "--report", "terminal", "--report", "json=r.json"];
    const result = await lab(args, { cwd: folder });
    expect(result.stdout).toContain("100 %");
    expect(JSON.parse(readFileSync(join(folder, "r.json"), "utf8"))).toMatchObject({ status: "passed" });
    const only = await lab(["grade", "alice", "--exercise", "8", "--report", "json"], { cwd: folder });
    expect(() => JSON.parse(only.stdout)).not.toThrow();
  });

  test("draws the same values again with the same seed", async () => {
    const folder = folderWith({});
    cpSync(join(root, "exercises/08-hashes/wrong/json-string"), join(folder, "a", "08-hashes"), {
      recursive: true,
    });
    const args = ["grade", "a", "--exercise", "8", "--seed", "77", "--report", "json"];
    const expected = async () => {
      const document = z.parse(resultDocument, JSON.parse((await lab(args, { cwd: folder })).stdout));
      return document.exercises[0]?.checks[0]?.expected;
    };
    const first = await expected();
    expect(first).toContain("hash {");
    expect(await expected()).toBe(first);
  });

  test("cannot write its report: says so, with exit code 3", async () => {
    const folder = folderWith({ "01-server/redis.conf": "" });
    const result = await lab(["grade", ".", "--exercise", "1", "--report", "json=no/such/folder/r.json"], {
      cwd: folder,
    });
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/lab: .*r\.json cannot be written to/);
  });
});

describe("a workspace", () => {
  test("is found from a folder inside of it", async () => {
    const folder = folderWith({});
    await lab(["init", "."], { cwd: folder });
    expect((await lab(["check", "1"], { cwd: join(folder, "08-hashes") })).code).toBe(1);
  });

  test("keeps an answer when it is made again", async () => {
    const folder = folderWith({});
    await lab(["init", "ws"], { cwd: folder });
    writeFileSync(join(folder, "ws", "08-hashes", "schools.ts"), "// mine\n");
    expect((await lab(["init", "ws"], { cwd: folder })).code).toBe(0);
    expect(readFileSync(join(folder, "ws", "08-hashes", "schools.ts"), "utf8")).toBe("// mine\n");
  });

  test.each(["{", "[]", '{"schema":"redis-lab/workspace/v9"}'])(
    "with a broken lab.json (%s) says what to do",
    async (content) => {
      const folder = folderWith({ "lab.json": content });
      const result = await lab(["check", "1"], { cwd: folder });
      expect(result.code).toBe(2);
      expect(result.stderr).toMatch(/lab\.json .*\n {5}next: .*lab init/);
      expect(result.stderr).not.toMatch(/\n\s+at /);
      // And one of the commands that it names goes on: what is no lab's file is set aside, a newer lab's stays.
      const isNewer = content.includes("v9");
      const made = isNewer ? "my-workspace" : ".";
      expect((await lab(["init", made], { cwd: folder })).code).toBe(0);
      expect((await lab(["list"], { cwd: join(folder, made) })).code).toBe(0);
      const kept = readdirSync(folder).find(
        (name) =>
          /^lab(\.unreadable-.*)?\.json$/.test(name) && readFileSync(join(folder, name), "utf8") === content,
      );
      expect(kept).toMatch(isNewer ? /^lab\.json$/ : /unreadable/);
    },
  );

  test("with broken progress sets it aside, says so, and goes on", async () => {
    const folder = folderWith({});
    await lab(["init", "."], { cwd: folder });
    mkdirSync(join(folder, ".lab"), { recursive: true });
    writeFileSync(join(folder, ".lab", "progress.json"), "{ torn");
    const result = await lab(["list"], { cwd: folder });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("could not be read as progress");
    expect(readdirSync(join(folder, ".lab")).some((name) => name.startsWith("progress.unreadable-"))).toBe(
      true,
    );
  });

  test.runIf(process.getuid?.() === 0)("that cannot be written to says so, with exit code 3", async () => {
    const folder = folderWith({});
    chmodSync(folder, 0o555);
    const args = ["-u", "nobody", "--", process.execPath, cliFile, "init", join(folder, "ws")];
    const result = await runCommand("runuser", args, { cwd: "/" });
    expect(result.stderr).toContain("cannot be written to");
    expect(result.stderr).toContain("next: ");
    expect(result.code).toBe(3);
  });

  test("whose answer is gone or empty fails, and says how to get the starter back", async () => {
    const folder = folderWith({});
    await lab(["init", "."], { cwd: folder });
    rmSync(join(folder, "08-hashes"), { recursive: true });
    const gone = await lab(["check", "8"], { cwd: folder });
    expect(gone.code).toBe(1);
    expect(gone.stdout).toContain("lab reset 08-hashes");
    mkdirSync(join(folder, "08-hashes"));
    writeFileSync(join(folder, "08-hashes", "schools.ts"), "");
    const empty = await lab(["check", "8"], { cwd: folder });
    expect(empty.code).toBe(1);
    expect(empty.stdout).toContain("does not export a function saveSchool");
  });
});

describe("the surroundings", () => {
  test("no Redis at all is told with every reason, exit code 3", async () => {
    const folder = folderWith({});
    await lab(["init", "."], { cwd: folder });
    const env = {
      PATH: folderWith({}),
      XDG_CACHE_HOME: folderWith({}),
      LAB_REDIS_FETCH: "0",
      LAB_REDIS: "auto",
      DOCKER_HOST: "unix:///nonexistent.sock",
    };
    const result = await lab(["check", "8"], { cwd: folder, env });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain("no Redis to grade with");
    expect(result.stderr).toContain("next: lab doctor");
    const doctor = await lab(["doctor"], { cwd: folder, env });
    expect(doctor.code).toBe(3);
    expect(doctor.stdout).toContain("mend it:");
  });

  test("a temporary folder that is not there is told, exit code 3", async () => {
    const folder = folderWith({});
    await lab(["init", "."], { cwd: folder });
    const result = await lab(["check", "8"], { cwd: folder, env: { TMPDIR: "/nonexistent" } });
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/cannot make a temporary folder[\s\S]*next: /);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  test("a reader that closes standard output early is no trouble", async () => {
    const folder = folderWith({});
    const child = spawn("sh", ["-c", `"${process.execPath}" "${cliFile}" list | head -1; exit 0`], {
      cwd: folder,
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    await new Promise((resolve) => child.once("close", resolve));
    expect(stderr).not.toMatch(/EPIPE|Error/);
  });

  test("what a killed lab left in the temporary folder is removed by the next one", async () => {
    const temporary = folderWith({});
    const folder = folderWith({});
    await lab(["init", "."], { cwd: folder });
    cpSync(solution("08-hashes"), join(folder, "08-hashes"), { recursive: true });
    await lab(["check", "8"], {
      cwd: folder,
      env: { TMPDIR: temporary },
      onStart: (child) => setTimeout(() => child.kill("SIGKILL"), 250),
    });
    expect((await lab(["check", "8"], { cwd: folder, env: { TMPDIR: temporary } })).code).toBe(0);
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe("lab course new", () => {
  test("makes an exercise that verifies clean and can be graded", async () => {
    const folder = folderWith({});
    const made = await lab(["course", "new", "greeting", "--course", "."], { cwd: folder });
    expect(made.code).toBe(0);
    expect(existsSync(join(folder, "exercises", "01-greeting", "exercise.ts"))).toBe(true);
    const verified = await lab(["course", "verify", "--course", "."], { cwd: folder });
    expect(verified.stdout).toContain("clean");
    expect(verified.code).toBe(0);
    const again = await lab(["course", "new", "01-other", "--course", "."], { cwd: folder });
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("number 01 is taken by 01-greeting");
  });

  test("a broken course makes verify end with exit code 1 and the exercise and check named", async () => {
    const folder = folderWith({});
    await lab(["course", "new", "greeting", "--course", "."], { cwd: folder });
    writeFileSync(
      join(folder, "solutions", "01-greeting", "greeting.ts"),
      "export const saveGreeting = async () => {};\n",
    );
    const verified = await lab(["course", "verify", "--course", "."], { cwd: folder });
    expect(verified.code).toBe(1);
    expect(verified.stdout).toMatch(/01-greeting: the solution does not pass, at check "stored"/);
  });
});
