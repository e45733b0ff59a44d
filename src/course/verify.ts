/**
 * Proving a course: starters fail and never error, solutions pass in full, every wrong answer fails at the check
 * that it names, every check is named by a wrong answer, and every folder holds what it should.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check, Exercise, WrongAnswer } from "./exercise.ts";

/** What verifying needs to know of a grading. */
export interface GradedAnswer {
  readonly status: "passed" | "failed" | "missing" | "error";
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly message?: string | undefined;
  }[];
}
export type GradeFolder = (exercise: Exercise, folder: string) => Promise<GradedAnswer>;

export interface Finding {
  readonly exercise: string;
  readonly problem: string;
}

/** What is wrong with an exercise's folders, without grading anything. */
export function inspectExercise(exercise: Exercise): string[] {
  const problems: string[] = [];
  for (const [what, folder, file] of [
    ["lesson", exercise.folder, "README.md"],
    ["starter", exercise.folder, join("starter", exercise.answer)],
    ["solution", exercise.solution, exercise.answer],
    ["explanation of the solution", exercise.solution, "why.md"],
  ] as const) {
    if (!existsSync(join(folder, file))) problems.push(`the ${what} is missing: ${join(folder, file)}`);
  }
  const starter = join(exercise.folder, "starter", exercise.answer);
  if (existsSync(starter) && !readFileSync(starter, "utf8").includes("TODO")) {
    problems.push(`the starter ${exercise.answer} has no TODO that says where to work`);
  }
  const listed = new Set(exercise.wrong.map((wrong) => wrong.name));
  const folders = existsSync(join(exercise.folder, "wrong"))
    ? readdirSync(join(exercise.folder, "wrong"))
    : [];
  for (const name of folders)
    if (!listed.has(name)) problems.push(`wrong/${name} is not listed in exercise.ts`);
  for (const name of listed)
    if (!folders.includes(name)) problems.push(`wrong answer "${name}" has no folder wrong/${name}`);
  const named = new Set(exercise.wrong.map((wrong) => wrong.fails));
  for (const check of exercise.checks as readonly Check[]) {
    if (!named.has(check.id))
      problems.push(`check "${check.id}" is failed by no wrong answer: nothing shows that it can fail`);
  }
  return problems;
}

/** Grades the starter, the solution and every wrong answer once; all are handed to `grade` at the same time. */
export async function verifyExercise(exercise: Exercise, grade: GradeFolder): Promise<Finding[]> {
  const findings: Finding[] = [];
  const report = (problem: string) => void findings.push({ exercise: exercise.id, problem });
  const [starter, solution, ...wrong] = await Promise.all([
    grade(exercise, join(exercise.folder, "starter")),
    grade(exercise, exercise.solution),
    ...exercise.wrong.map(({ name }) => grade(exercise, join(exercise.folder, "wrong", name))),
  ]);
  if (starter.status === "passed")
    report(
      `the starter passes: nothing is left to do for ${starter.checks.map(({ id }) => `"${id}"`).join(", ")}`,
    );
  else if (starter.status !== "failed")
    report(`the starter should fail, but is "${starter.status}"${firstTrouble(starter)}`);
  if (solution.status !== "passed") report(`the solution does not pass${firstTrouble(solution)}`);
  for (const [index, graded] of wrong.entries()) {
    const { name, fails } = exercise.wrong[index] as WrongAnswer;
    const first = graded.checks.find((check) => check.status !== "passed");
    if (graded.status === "passed") report(`wrong answer "${name}" passes; it should fail at "${fails}"`);
    else if (graded.status !== "failed")
      report(
        `wrong answer "${name}" should fail at "${fails}", but is "${graded.status}"${firstTrouble(graded)}`,
      );
    else if (first?.id !== fails) {
      report(
        `wrong answer "${name}" should fail at "${fails}", but fails first at "${first?.id}": ${first?.message ?? ""}`,
      );
    }
  }
  return findings;
}

function firstTrouble(graded: GradedAnswer): string {
  const trouble =
    graded.checks.find((check) => check.status === "error") ??
    graded.checks.find((check) => check.status !== "passed");
  return trouble ? `, at check "${trouble.id}" (${trouble.status}): ${trouble.message ?? ""}` : "";
}
