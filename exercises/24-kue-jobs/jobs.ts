/** What this exercise's checks know of Kue: how it keeps jobs, and how to tell what became of them. */
import type { Expect, JudgeRedis, RunningAnswer, Trace } from "redis-learning-lab";

export interface Message {
  phone: string;
  message: string;
}

/**
 * Milliseconds for a program to start and to do what it should; Node and Kue alone take 100 to 500 of them. More than the
 * lesson says: on a busy machine a container takes seconds to start a program.
 */
export const START_LIMIT_MS = 5_000;

/** A job as Kue keeps it: the hash `q:job:1` and so on. */
type Job = Record<string, string>;
interface Judge {
  readonly redis: JudgeRedis;
  readonly expect: Expect;
}

export async function jobsIn(redis: JudgeRedis): Promise<Job[]> {
  const last = Math.min(Number(await redis.get("q:ids")), 200);
  return Promise.all(Array.from({ length: last }, (_, index) => redis.hGetAll(`q:job:${index + 1}`)));
}

/** What Kue 0.11 writes when a job is saved: its hash, its place in line, and a wake-up call for a worker. */
export async function addWaitingJobs(redis: JudgeRedis, messages: readonly Message[]): Promise<void> {
  for (const message of messages) {
    const id = await redis.incr("q:ids");
    const place = { score: 0, value: `${String(String(id).length).padStart(2, "0")}|${id}` };
    const now = String(Date.now());
    await redis
      .multi()
      .sAdd("q:job:types", "sms")
      .hSet(`q:job:${id}`, { type: "sms", data: JSON.stringify(message), priority: "0", state: "inactive" })
      .hSet(`q:job:${id}`, { max_attempts: "1", created_at: now, promote_at: now, updated_at: now })
      .zAdd("q:jobs", place)
      .zAdd("q:jobs:inactive", place)
      .zAdd("q:jobs:sms:inactive", place)
      .lPush("q:sms:jobs", "1")
      .exec();
  }
}

/** Waits until `create` has saved that many jobs; fails at once where it ended before. */
export async function jobsSaved(
  { redis, expect }: Judge,
  create: RunningAnswer,
  count: number,
): Promise<Job[]> {
  const message = "create should save one job for each message";
  const because = {
    withinMs: START_LIMIT_MS,
    expected: savedJobs(count),
    cause: (found: unknown) => unsavedCause(String(found)),
  };
  const read = async () => {
    const ended = create.isRunning ? "" : ", then it ended";
    const saved = (await jobsIn(redis)).filter((job) => job.state);
    return `${savedJobs(saved.length)}${ended}\n${printed(create)}`.trim();
  };
  const enough = (found: string) => Number.parseInt(found, 10) >= count;
  const found = await expect.eventually(
    read,
    (now) => enough(now) || firstLine(now).includes("ended"),
    message,
    because,
  );
  expect.that(enough(found), message, { ...because, actual: found });
  return jobsIn(redis);
}

function savedJobs(count: number): string {
  return `${count} ${count === 1 ? "job" : "jobs"} saved`;
}

function unsavedCause(found: string): string {
  const known = errorCause(found);
  if (known) return known;
  if (found.startsWith("1 "))
    return "Did all messages go into one job? Call queue.create and save once for each.";
  return "Call queue.create(…).save(…) for each message, also where its number is bad, and let the program end only when every save has called back.";
}

/** What the errors mean that beginners meet here, in what a program printed or gave as the reason. */
function errorCause(text: string): string | undefined {
  if (text.includes("ECONNREFUSED"))
    return "It looks for Redis at another address: kue.createQueue({ redis: process.env.REDIS_URL }), and createClient likewise.";
  if (text.includes("The client is closed"))
    return "Is await client.connect() missing? It has to come before the first command.";
  if (/\.[a-z]+ is not a function/.test(text))
    return "A method that does not exist: node-redis writes commands as rPush, hGetAll, …";
  return undefined;
}

/** Waits until every job is complete or failed, as long as jobs still move; fails at once where a worker ended. */
export async function jobsEnd(
  { redis, expect }: Judge,
  ...workers: readonly RunningAnswer[]
): Promise<Job[]> {
  const message = "not every job came to an end";
  const because = {
    expected: "each job complete or failed",
    cause: (found: unknown) => unendedCause(String(found)),
  };
  const haveEnded = (found: string) => !firstLine(found).includes("active");
  let states = "";
  let lastMove = Date.now();
  const found = await expect.eventually(
    async () => {
      for (const worker of workers)
        expectRunning(expect, worker, "the worker ended while there were jobs to do");
      const now = countStates(await jobsIn(redis));
      if (now !== states) lastMove = Date.now();
      states = now;
      return [now, ...workers.map(printed)].join("\n").trim();
    },
    (now) => haveEnded(now) || Date.now() - lastMove > START_LIMIT_MS,
    message,
    { ...because, withinMs: 2.5 * START_LIMIT_MS },
  );
  expect.that(haveEnded(found), message, { ...because, actual: found });
  return jobsIn(redis);
}

/** Watches for a moment that a worker without jobs stays. */
export async function waitsForJobs({ expect }: Pick<Judge, "expect">, worker: RunningAnswer): Promise<void> {
  await expect.stays(700, () => expectRunning(expect, worker, "the worker ended when it had done all jobs"));
}

function expectRunning(expect: Expect, worker: RunningAnswer, message: string): void {
  expect.that(worker.isRunning, message, {
    expected: "it works until it is stopped",
    actual: printed(worker) || "it printed nothing",
    cause: endedCause(printed(worker)),
  });
}

function endedCause(output: string): string {
  const known = errorCause(output);
  if (known) return known;
  return output
    ? "An error that nobody catches ends the whole worker: in a processor, give it to done(error)."
    : "A worker that has called queue.process stays, and waits for jobs.";
}

function unendedCause(found: string): string {
  const known = errorCause(found);
  if (known) return known;
  if (/^\d+ inactive$/.test(firstLine(found)))
    return 'No job was taken: queue.process("sms", …) takes the jobs of that type, also those saved earlier.';
  if (/complete|failed/.test(firstLine(found)))
    return "A job was left behind: call done exactly once, on every way through the processor. After a second call the worker mixes up its jobs.";
  return "A job stays active until you call done, and the worker takes no other meanwhile.";
}

/** "5 complete, 1 inactive". */
export function countStates(jobs: readonly Job[]): string {
  const counts = new Map<string, number>();
  for (const { state = "gone" } of jobs) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}

/** How the job of each phone number ended: "complete", or "failed: " with the reason. */
export function endings(messages: readonly Message[], jobs: readonly Job[]): Record<string, string> {
  const entries = messages.map(({ phone }, index) => {
    const { state = "gone", error = "no reason" } = jobs[index] ?? {};
    return [phone, state === "failed" ? `failed: ${reasonOf(error, phone)}` : state];
  });
  return Object.fromEntries(entries);
}

/** Why the jobs ended otherwise than they should; `usual` where the endings tell nothing more. */
export function endingCause(found: unknown, usual: string): string {
  const all = Object.entries(found as Record<string, string>);
  const known = errorCause(JSON.stringify(found));
  if (known) return known;
  if (all.some(([, ending]) => ending === "gone")) return KEEP_JOBS;
  const isOtherReason = ([phone, ending]: [string, string]) =>
    ending.startsWith("failed: ") && !/^\d+$/.test(phone) && ending !== `failed: ${reasonFor(phone)}`;
  return all.some(isOtherReason) ? `The reason must be exactly: ${reasonFor("<phone>")}` : usual;
}

export const KEEP_JOBS = "Leave finished jobs in Redis: no removeOnComplete(true), and no job.remove().";

export function reasonFor(phone: string): string {
  return `not a phone number: ${phone}`;
}

/** Kue keeps an error's stack, which begins with the class ("Error: ") and the message. */
function reasonOf(error: string, phone: string): string {
  const right = reasonFor(phone);
  const isRight = [error, error.replace(/^\S+: /, "")].some(
    (text) =>
      text.trim() === right.trim() ||
      text.startsWith(`${right.trimEnd()}\n`) ||
      text.startsWith(`${right}\n`),
  );
  return isRight ? right : firstLine(error).replace(/^\w*Error: /, "");
}

/** Waits until `outbox` holds as many lines as there are messages, and compares them. */
export async function outboxHolds(
  { redis, expect }: Judge,
  messages: readonly Message[],
  earlier: readonly string[] = [],
): Promise<void> {
  const lines = [...earlier, ...messages.map(({ phone, message }) => `${phone}: ${message}`)];
  const read = async () => ((await redis.type("outbox")) === "list" ? redis.lRange("outbox", 0, -1) : []);
  const enough = (found: readonly string[]) => found.length >= lines.length;
  const sent = await expect.eventually(read, enough, "not every message is in the list outbox", {
    expected: lines,
    cause: "The processor adds <phone>: <message> to the list outbox with RPUSH, and then calls done.",
  });
  expect.value(sent, "the list outbox").hasMembers(lines, {
    cause:
      sent.length > lines.length
        ? "After done(error), return: what follows in the processor still runs."
        : undefined,
  });
}

/** The changes of a job's state that Kue sent, to "active", "complete" and so on. */
export async function changesTo(state: string, trace: Trace) {
  const commands = await trace.commands();
  return commands.filter(({ name, args }) => name === "HSET" && args[1] === "state" && args[2] === state);
}

/** The messages whose jobs, the first ones, were completed before Redis had run the RPUSH. */
export async function completedTooEarly(messages: readonly Message[], trace: Trace): Promise<string[]> {
  const commands = await trace.commands();
  return messages
    .map(({ phone, message }) => `${phone}: ${message}`)
    .filter((line, index) => {
      const pushed = commands.findIndex(({ name, args }) => name === "RPUSH" && args.includes(line));
      const completed = commands.findIndex(
        ({ name, args }) => name === "HSET" && args.join(" ") === `q:job:${index + 1} state complete`,
      );
      return pushed > completed;
    });
}

/** The commands that put something into `outbox`, each once. */
export async function commandsIntoOutbox(trace: Trace): Promise<string[]> {
  const commands = await trace.commands();
  const writes = commands.filter(({ name, args }) => /PUSH|LINSERT/.test(name) && args[0] === "outbox");
  return [...new Set(writes.map(({ name }) => name))];
}

/** The end of what a program printed, without the lines of a stack that are not the student's. */
function printed(program: RunningAnswer): string {
  const lines = program.output().trim().split("\n");
  return lines
    .filter((line) => !/^\s+at .*(node_modules|\/packages\/|\(node:)/.test(line))
    .slice(-12)
    .join("\n");
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

export function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? "");
  } catch {
    return json;
  }
}
