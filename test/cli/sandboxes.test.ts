/** The built CLI with each strong sandbox: what users do to it, and what it leaves. */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ResultDocument } from "../../src/grading/result.ts";
import { binariesOnPath } from "../../src/redis/local.ts";
import { findBubblewrap } from "../../src/system/bubblewrap.ts";
import { CONTAINER_LABEL } from "../../src/system/docker/testcontainers.ts";
import { folderWith } from "../support/answer.ts";
import { lab } from "../support/cli.ts";
import { containersWith, nodeImage, redisImages, whyNotInDocker } from "../support/docker.ts";
import { processesOf } from "../support/leftovers.ts";

const solutions = join(import.meta.dirname, "..", "..", "solutions");
const isRequired = process.env.LAB_TEST_SANDBOXES === "required";
const bubblewrap = await findBubblewrap();

const sandboxes = [
  {
    name: "bubblewrap",
    reason: "unavailable" in bubblewrap && !isRequired ? bubblewrap.unavailable : undefined,
    env: { LAB_SANDBOX: "bubblewrap" },
  },
  {
    name: "docker",
    reason: whyNotInDocker(redisImages[1].image) ?? whyNotInDocker(nodeImage),
    env: {
      LAB_SANDBOX: "docker",
      LAB_REDIS: "testcontainers",
      LAB_REDIS_IMAGE: redisImages[1].image,
      LAB_NODE_IMAGE: nodeImage,
      TESTCONTAINERS_RYUK_DISABLED: process.env.TESTCONTAINERS_RYUK_DISABLED ?? "false",
    },
  },
];

/** An exercise of each form. */
const FORMS = ["01-server", "04-cli-basics", "08-hashes", "22-express-stock", "24-kue-jobs"];

function oneOfEachForm(): string {
  const folder = folderWith({});
  for (const id of FORMS) cpSync(join(solutions, id), join(folder, id), { recursive: true });
  return folder;
}

/** Of any lab that this test started: their ids come after ours. */
const containersOf = (pids: readonly number[]) =>
  pids.flatMap((pid) => containersWith(`label=${CONTAINER_LABEL}=${hostname()}/${pid}`));

describe.each(sandboxes)("In the $name sandbox", ({ name, reason, env }) => {
  const title = reason ? ` (skipped: ${reason})` : "";

  test.skipIf(reason)(`two labs at once grade every form, and leave nothing${title}`, async () => {
    const temporary = folderWith({});
    const submission = oneOfEachForm();
    const pids: number[] = [];
    const grade = () =>
      lab(["grade", submission, "--jobs", "1", "--report", "json"], {
        cwd: temporary,
        env: { ...env, TMPDIR: temporary },
        onStart: ({ pid }) => pid && pids.push(pid),
      });
    for (const result of await Promise.all([grade(), grade()])) {
      const { environment, exercises } = JSON.parse(result.stdout) as ResultDocument;
      expect(environment.sandbox).toBe(name);
      const graded = exercises.filter(({ status }) => status !== "missing");
      expect(graded.map(({ id, status }) => `${id} ${status}`)).toEqual(FORMS.map((id) => `${id} passed`));
      expect(result.stderr).not.toContain("Warning");
    }
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(containersOf(pids)).toEqual([]);
  });

  test.skipIf(reason)(`Ctrl-C at random moments leaves nothing${title}`, async () => {
    const temporary = folderWith({});
    const submission = oneOfEachForm();
    const pids: number[] = [];
    for (let time = 0; time < 8; time++) {
      const result = await lab(["grade", submission, "--jobs", "2"], {
        cwd: temporary,
        env: { ...env, TMPDIR: temporary },
        onStart(child) {
          if (child.pid) pids.push(child.pid);
          setTimeout(() => child.pid && process.kill(-child.pid, "SIGINT"), 200 + Math.random() * 2_500);
        },
      });
      expect(result.code).toBe(130);
      expect(result.stderr).not.toMatch(/\n\s+at /);
    }
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(containersOf(pids)).toEqual([]);
  });
});

test("Without a strong sandbox lab grade warns and says why, and grades", async () => {
  const binaries = binariesOnPath();
  if (!binaries) throw new Error("no redis-server on the PATH");
  const folder = folderWith({});
  const path = join(folder, "bin");
  mkdirSync(path);
  for (const [as, file] of [
    ["redis-server", binaries.server],
    ["redis-cli", binaries.cli],
  ] as const) {
    symlinkSync(file, join(path, as));
  }
  const result = await lab(["grade", solutions, "--exercise", "8"], {
    cwd: folder,
    env: {
      LAB_SANDBOX: "",
      PATH: path,
      DOCKER_HOST: "unix:///nowhere/docker.sock",
    },
  });
  expect(result.stderr).toContain("Warning: no strong sandbox here");
  expect(result.stderr).toContain("- bubblewrap: bwrap is not installed");
  expect(result.stdout).toContain("process sandbox");
  expect(result.code).toBe(0);
});

test("A sandbox that was asked for and is not there is an error with the command that mends it", async () => {
  const folder = folderWith({});
  const env = { LAB_REDIS: "auto", DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const missing = await lab(["grade", solutions, "--sandbox", "docker"], { cwd: folder, env });
  expect(missing.stderr).toContain("the docker sandbox cannot be used: there is no Docker socket");
  expect(missing.stderr).toMatch(/next: \S+/);
  expect(missing).toMatchObject({ code: 3, stdout: "" });
  const unknown = await lab(["check", "8", "--sandbox", "jail"], { cwd: folder });
  expect(unknown.code).toBe(2);
});
