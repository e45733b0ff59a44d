/** The result document: the only definition of what a grading says. Every report is made from it. */
import * as z from "zod/mini";

export const RESULT_SCHEMA = "redis-lab/result/v1";

export const checkStatus = z.enum(["passed", "failed", "skipped", "timeout", "crashed", "error"]);
export const exerciseStatus = z.enum(["passed", "failed", "missing", "error"]);

export const checkResult = z.object({
  id: z.string(),
  title: z.string(),
  status: checkStatus,
  points: z.number(),
  maxPoints: z.number(),
  durationMs: z.number(),
  message: z.optional(z.string()),
  expected: z.optional(z.string()),
  actual: z.optional(z.string()),
  hint: z.optional(z.string()),
  reproduce: z.optional(z.string()),
  trace: z.optional(z.array(z.string())),
});

export const exerciseResult = z.object({
  id: z.string(),
  title: z.string(),
  status: exerciseStatus,
  score: z.number(),
  maxScore: z.number(),
  durationMs: z.number(),
  /** Where it was graded more than once: this is the worst of them. */
  repeats: z.optional(z.object({ times: z.number(), passed: z.number() })),
  checks: z.array(checkResult),
});

export const resultDocument = z.object({
  schema: z.literal(RESULT_SCHEMA),
  course: z.object({ name: z.string(), version: z.string() }),
  lab: z.string(),
  submission: z.object({ id: z.string(), digest: z.string() }),
  environment: z.object({
    node: z.string(),
    redis: z.string(),
    source: z.enum(["testcontainers", "local"]),
    sandbox: z.enum(["docker", "bubblewrap", "process"]),
  }),
  seed: z.string(),
  startedAt: z.string(),
  durationMs: z.number(),
  status: z.enum(["passed", "failed", "error"]),
  score: z.number(),
  maxScore: z.number(),
  exercises: z.array(exerciseResult),
});

export type CheckStatus = z.infer<typeof checkStatus>;
export type CheckResult = z.infer<typeof checkResult>;
export type ExerciseStatus = z.infer<typeof exerciseStatus>;
export type ExerciseResult = z.infer<typeof exerciseResult>;
export type ResultDocument = z.infer<typeof resultDocument>;
export type ResultEnvironment = ResultDocument["environment"];
