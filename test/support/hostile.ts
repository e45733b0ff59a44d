/** Grading answers that mean harm, and looking at what they leave behind. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { ConfigExercise, Exercise } from "../../src/course/exercise.ts";
import { loadExercise } from "../../src/course/load.ts";
import { gradeExercise } from "../../src/grading/grade.ts";
import type { Limits } from "../../src/grading/limits.ts";
import type { GradingPlace } from "../../src/grading/place.ts";
import type { CheckResult, ExerciseResult } from "../../src/grading/result.ts";
import { CONTAINER_LABEL, containerOwner } from "../../src/system/docker/testcontainers.ts";
import { packageRoot } from "../../src/system/package-root.ts";
import { poll } from "../../src/system/waiting.ts";
import { exerciseOf, folderWith } from "./answer.ts";
import { containersWith } from "./docker.ts";
import { sandboxName, testPlace } from "./place.ts";

/** The exercise that most of them pretend to solve. */
export const hashes = (): Promise<Exercise> => loadExercise(packageRoot, "08-hashes");

/** MiB that the judge's memory may grow while an answer floods it: what the garbage collector leaves for later. */
export const FLAT_MIB = 160;

/** For answers that never end: short enough for a test, long enough for the honest checks on a busy machine. */
export const shortLimits: Partial<Limits> = { checkMs: 1_500, redisMs: 600 };
/** For answers that end, or are ended, by themselves. */
export const longLimits: Partial<Limits> = { checkMs: 20_000 };

export interface HostileGrading {
  readonly result: ExerciseResult;
  /** Status by check. */
  readonly statuses: Readonly<Record<string, string>>;
  /** The most that the judge's memory grew, in MiB. */
  readonly grownMiB: number;
  check(id: string): CheckResult;
}

/** The files of `test/fixtures/hostile/NAME/`; beside them lies the right answer of 08-hashes as `right.ts`. */
export function fixture(name: string): Record<string, Buffer> {
  const folder = join(import.meta.dirname, "..", "fixtures", "hostile", name);
  const right = join(packageRoot, "solutions", "08-hashes", "schools.ts");
  const files: Record<string, Buffer> = { "right.ts": readFileSync(right) };
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files[file.slice(folder.length + 1)] = readFileSync(file);
  }
  return files;
}

/** Grades a fixture, and looks that nothing of it is left. */
export async function gradeFixture(
  exercise: Exercise,
  name: string,
  limits: Partial<Limits> = shortLimits,
): Promise<HostileGrading> {
  return gradeHostile(exercise, folderWith(fixture(name)), limits);
}

/** The check of a redis.conf with this text: that a server starts with it and answers. */
export async function bootedWith(text: string): Promise<CheckResult> {
  const check: ConfigExercise["checks"][number] = {
    id: "boot",
    title: "starts",
    async run({ answer, expect: that }) {
      const server = await answer.boot();
      that.value(await server.cli("PING")).equals("PONG");
    },
  };
  const config = exerciseOf({
    form: "config",
    answer: "redis.conf",
    checks: [check],
  } as unknown as ConfigExercise);
  return (await gradeHostile(config, folderWith({ "redis.conf": text }), longLimits)).check("boot");
}

export async function gradeHostile(
  exercise: Exercise,
  folder: string,
  limits: Partial<Limits> = shortLimits,
): Promise<HostileGrading> {
  const place = testPlace();
  const before = process.memoryUsage().rss;
  let most = before;
  const looking = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  try {
    const [result, honest] = await Promise.all([
      gradeExercise(exercise, folder, place, { seed: "hostile", limits }),
      gradeHonest(place),
    ]);
    await place.pool.drain();
    await expectNothingLeft();
    expect(honest).toMatchObject({ status: "passed", score: honest.maxScore });
    return {
      result,
      statuses: Object.fromEntries(result.checks.map((check) => [check.id, check.status])),
      grownMiB: (most - before) / 1024 / 1024,
      check(id) {
        const found = result.checks.find((check) => check.id === id);
        if (!found) throw new Error(`no check ${id}`);
        return found;
      },
    };
  } finally {
    clearInterval(looking);
    await place.pool.drain();
  }
}

/** A right answer that is graded beside a hostile one. */
async function gradeHonest(place: GradingPlace): Promise<ExerciseResult> {
  const exercise = await hashes();
  return gradeExercise(exercise, exercise.solution, place, { seed: "honest", limits: longLimits });
}

/** No process and no folder of this process' gradings. What was just killed gets the kernel's moment. */
async function expectNothingLeft(): Promise<void> {
  const mark = `redis-lab-${process.pid}-`;
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(mark));
  expect(folders.flatMap((name) => readdirSync(join(tmpdir(), name)))).toEqual([]);
  if (sandboxName === "docker") {
    expect(containersWith(`label=${CONTAINER_LABEL}=${containerOwner}`)).toEqual([]);
  }
  if (process.platform !== "linux") return;
  await poll(500, () => (processesWith(mark).length === 0 ? true : undefined));
  expect(processesWith(mark)).toEqual([]);
}

/** Command lines of the living processes that carry a text in their arguments, environment or folder. */
export function processesWith(text: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      if (stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z")) return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
      const folder = readlinkSync(`/proc/${pid}/cwd`);
      return [command, environment, folder].some((one) => one.includes(text)) ? [command] : [];
    } catch {
      return [];
    }
  });
}

/** What the answer of 08-hashes gets where only `saveSchool` fails, with that status. */
export const onlySaveIs = (status: string) => ({
  save: status,
  "one-command": "skipped",
  read: "passed",
  missing: "passed",
  update: "passed",
  count: "passed",
  fields: "passed",
});
export const withoutSave = 8;
