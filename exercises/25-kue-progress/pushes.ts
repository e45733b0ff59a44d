/** What this exercise's checks know of Kue's keys and of the gateway, whose part the judge plays. */
import type { Because, Expect, JudgeRedis, RunningAnswer, Trace } from "redis-learning-lab";

export interface Notification {
  title: string;
  devices: string[];
  urgent: boolean;
}

/** Milliseconds for a program to start and to do what it should; Node and Kue alone take 100 to 500 of them. */
export const LIMIT_MS = 6_000;
export const BACKOFF_MS = 30_000;
export const TTL_MS = 60_000;

/** A job as Kue keeps it: the hash `q:job:1` and so on. */
export type Job = Record<string, string>;
interface Judge {
  readonly redis: JudgeRedis;
  readonly expect: Expect;
  readonly trace: Trace;
}

export async function jobsIn(redis: JudgeRedis): Promise<Job[]> {
  const last = Math.min(Number(await redis.get("q:ids")), 200);
  return Promise.all(Array.from({ length: last }, (_, index) => redis.hGetAll(`q:job:${index + 1}`)));
}

/** What Kue 0.11 writes when a job is saved as `create` should save it, urgent ones apart. */
export async function addWaitingJobs(redis: JudgeRedis, notifications: readonly Notification[]) {
  for (const notification of notifications) {
    const id = await redis.incr("q:ids");
    const now = String(Date.now());
    const backoff = JSON.stringify({ type: "fixed", delay: BACKOFF_MS });
    const times = { created_at: now, promote_at: now, updated_at: now, ttl: String(TTL_MS) };
    await redis
      .multi()
      .sAdd("q:job:types", "push")
      .hSet(`q:job:${id}`, { type: "push", data: JSON.stringify(notification), priority: "0", ...times })
      .hSet(`q:job:${id}`, { max_attempts: "3", backoff })
      .zAdd("q:jobs", placeOf(id))
      .exec();
    await makeWaiting(redis, id);
  }
}

/** As Kue does it with a delayed job whose time has come, without the wait. */
export async function makeWaiting(redis: JudgeRedis, id: number): Promise<void> {
  const place = placeOf(id);
  await redis
    .multi()
    .zRem("q:jobs:delayed", place.value)
    .zRem("q:jobs:push:delayed", place.value)
    .hSet(`q:job:${id}`, { state: "inactive" })
    .zAdd("q:jobs:inactive", place)
    .zAdd("q:jobs:push:inactive", place)
    .lPush("q:push:jobs", "1")
    .exec();
}

function placeOf(id: number) {
  return { score: 0, value: `${String(String(id).length).padStart(2, "0")}|${id}` };
}

/** The requests for these devices, as `sendTo` puts them into the list `gateway`. */
export function requestsOf({ title, devices }: Notification): string[] {
  return devices.map((device) => `${device}: ${title}`);
}

export async function reply(redis: JudgeRedis, device: string | undefined, text = "ok"): Promise<void> {
  await redis.rPush(`gateway:${device}`, text);
}

/** Waits until the gateway was asked that often; fails at once where the worker ended or a job failed before. */
export async function gatewayAsked(
  { redis, expect }: Omit<Judge, "trace">,
  worker: RunningAnswer,
  count: number,
  because: Because = {},
): Promise<string[]> {
  const read = async () => {
    expectRunning(expect, worker);
    const jobs = await jobsIn(redis);
    const failures = jobs.filter(({ state }) => state === "failed" || state === "delayed");
    const requests = await redis.lRange("gateway", 0, -1);
    return { requests, errors: failures.map(reasonOf), jobs: jobs.length };
  };
  const message = `the gateway should have been asked ${count === 1 ? "once" : `${count} times`} by now`;
  const enough = ({ requests }: { requests: string[] }) => requests.length >= count;
  const shown = {
    expected: `${count} in the list gateway`,
    cause: (found: unknown) => errorCause(JSON.stringify(found)) ?? askedCause(found, because),
  };
  const found = await expect.eventually(read, (now) => enough(now) || now.errors.length > 0, message, {
    ...shown,
    withinMs: LIMIT_MS,
  });
  expect.that(enough(found), message, { ...shown, actual: found });
  return found.requests;
}

function askedCause(found: unknown, { cause }: Because): string | undefined {
  const { requests, errors, jobs } = found as { requests: string[]; errors: string[]; jobs: number };
  if (errors.some((error) => error.endsWith("is blacklisted")))
    return "The set blacklist is empty here. Is an await missing? client.sIsMember gives a promise, and in an if every promise counts as true.";
  if (errors.length > 0) return "A job failed that nobody refused: its reason stands under errors.";
  if (jobs === 0) return "create saved no job: queue.create(…).save(callback).";
  if (requests.length === 0)
    return 'No request came: queue.process("push", 3, …) calls sendTo for each device.';
  return typeof cause === "function" ? cause(found) : cause;
}

/** Waits until Kue has told that the job's n-th attempt ended, well or badly; gives the job. */
export async function attemptEnds(
  { redis, expect, trace }: Judge,
  worker: RunningAnswer,
  id: number,
  { times = 1, cause = NEVER_DONE }: { times?: number; cause?: (gatewayAsked: number) => string } = {},
): Promise<Job> {
  const read = async () => {
    expectRunning(expect, worker);
    const attemptsEnded = (await endsIn(trace)).filter((one) => one.id === id).length;
    const state = await redis.hGet(`q:job:${id}`, "state");
    return { state, attemptsEnded, gatewayAsked: await redis.lLen("gateway") };
  };
  await expect.eventually(read, (now) => now.attemptsEnded >= times, `job ${id} should have ended`, {
    withinMs: LIMIT_MS,
    expected: `${times === 1 ? "1 attempt" : `${times} attempts`} ended`,
    cause: (found) => {
      const { state, gatewayAsked } = found as Awaited<ReturnType<typeof read>>;
      return state === "inactive"
        ? 'The worker does not take it: queue.process("push", 3, …), and done for every job before it.'
        : cause(gatewayAsked);
    },
  });
  return redis.hGetAll(`q:job:${id}`);
}

const NEVER_DONE = () =>
  "It stays active until done is called: done(null, result) at the end, done(error) wherever something rejects.";

/** What Kue published when attempts ended: "complete", "failed attempt" with another to follow, or "failed". */
async function endsIn(trace: Trace): Promise<{ id: number; event: string }[]> {
  const commands = await trace.commands();
  return commands
    .filter(({ name, args }) => name === "PUBLISH" && args[0] === "q:events")
    .map(({ args }) => parsed(args[1]) as { id: number; event: string })
    .filter(({ event }) => ["complete", "failed attempt", "failed"].includes(event));
}

/** Watches that a worker goes on with its three jobs, the first ones, after SIGTERM, until `until` says enough. */
export async function keepsItsJobs<T>(
  { redis, expect }: Omit<Judge, "trace">,
  worker: RunningAnswer,
  until: () => Promise<T> | T,
  isEnough: (value: T) => boolean,
  { message, cause }: { message: string; cause?: Because["cause"] },
): Promise<void> {
  const now = async () => {
    await hasItsJobs({ redis, expect }, worker);
    return until();
  };
  await expect.eventually(now, isEnough, message, { withinMs: LIMIT_MS, cause });
}

/** Fails unless the worker, which was told to stop, runs and has its three jobs. */
export async function hasItsJobs(
  { redis, expect }: Omit<Judge, "trace">,
  worker: RunningAnswer,
): Promise<void> {
  expectRunning(expect, worker, STOPPED_TOO_EARLY);
  const states = countStates((await jobsIn(redis)).slice(0, 3));
  expect.value(states, "after SIGTERM, the state of the jobs that wait for the gateway").equals("3 active", {
    cause: `queue.shutdown(ms, …) fails what still runs after that many milliseconds: give it ${BACKOFF_MS}.`,
  });
}

const STOPPED_TOO_EARLY =
  'Only the callback of queue.shutdown may end the process: it comes when the running jobs are done. Without process.once("SIGTERM", …) the signal ends it at once, and a timer does so too early or too late.';

/** `cause` where nothing in what it printed tells more. */
export function expectRunning(expect: Expect, worker: RunningAnswer, cause = NOT_CAUGHT): void {
  expect.that(worker.isRunning, "the worker ended while it had jobs to do", {
    expected: "it works until it is stopped",
    actual: worker.shown(),
    cause: errorCause(worker.output()) ?? cause,
  });
}

const NOT_CAUGHT =
  "What an async processor throws, nobody catches: it ends the worker, and the job stays active. Catch it, and call done(error).";

/** What the errors mean that beginners meet here, in what a program printed or gave as the reason. */
export function errorCause(text: string): string | undefined {
  if (text.includes("ECONNREFUSED"))
    return "It looks for Redis at another address: kue.createQueue({ redis: process.env.REDIS_URL }), and createClient likewise.";
  if (text.includes("The client is closed"))
    return "Is await client.connect() missing? It has to come before the first command.";
  if (text.includes("circular structure"))
    return "A result is stored as JSON, and this one cannot be. Is done called twice, the second time with what the first call gave back?";
  if (text.includes("supported_backoffs"))
    return 'Kue does not know this type of backoff: .backoff({ type: "fixed", delay: 30_000 }), before save.';
  if (/\.[a-z]+ is not a function/.test(text))
    return "A method that does not exist: node-redis writes commands as sIsMember, sMembers, …";
  return undefined;
}

/** "3 active, 1 inactive", by the name of the state. */
export function countStates(jobs: readonly Job[]): string {
  const counts = new Map<string, number>();
  for (const { state = "gone" } of jobs) counts.set(state, (counts.get(state) ?? 0) + 1);
  const sorted = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map(([state, count]) => `${count} ${state}`).join(", ");
}

/** Kue keeps an error's stack, which begins with the class ("Error: ") and the message. */
export function reasonOf({ error = "" }: Job): string {
  return (error.split("\n", 1)[0] ?? "").replace(/^\w*Error: /, "");
}

export function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? "");
  } catch {
    return json;
  }
}
