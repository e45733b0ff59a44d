/** What this exercise's checks know of wishes and of Kue's jobs, and how they stop an app between two commands. */
import type {
  AppContext,
  Because,
  Expect,
  HttpResponse,
  JudgeRedis,
  Random,
  RunningApp,
  TracedCommand,
} from "redis-learning-lab";
import { causeOfJobs, causeOfNot503, causeOfRace, causeOfUndecided, READING_WAITS, WAITS } from "./causes.ts";

export interface Wish {
  readonly id: string;
  readonly name: string;
}
export type Status = "waiting" | "reserved" | "refused";

export const NOT_FOUND = { error: "wish not found" };
export const NO_NAME = { error: "a name is needed" };
export const SOLD_OUT = { error: "sold out" };
export const AWAY = { error: "try again later" };
/** Within which a request is answered where Redis is there. */
const ANSWER_LIMIT_MS = 6_000;
/** The same without Redis: a little more than the lesson says, for busy machines. */
export const AWAY_LIMIT_MS = 4_000;
/** What takes the app several steps goes on for so long, but not after a pause of such a length. */
const GOES_ON = { withinMs: 15_000, unchangedMs: 4_000 };

/** With the apps that must not end meanwhile. */
type Tools = Pick<AppContext, "redis" | "expect"> & {
  readonly apps?: readonly RunningApp[] | undefined;
};

export function randomWish(random: Random): Wish {
  return { id: random.id(), name: random.text() };
}

export function randomWishes(random: Random, count: number): [Wish, Wish, Wish, ...Wish[]] {
  return random.list(count, () => randomWish(random)) as [Wish, Wish, Wish];
}

export function put(app: RunningApp, { id, name }: Wish, limitMs = ANSWER_LIMIT_MS): Promise<HttpResponse> {
  return app.request("PUT", `/wishes/${id}`, { body: { name }, limitMs, cause: WAITS });
}

/** Milliseconds for a request that the judge holds up. */
export const LONG_MS = 15_000;

/** As a buyer does it: who is told to try again later on a busy machine, does. */
export async function putUntilAnswered(app: RunningApp, wish: Wish): Promise<HttpResponse> {
  for (let tries = 1; ; tries++) {
    const response = await put(app, wish, LONG_MS);
    if (response.status !== 503 || tries === 5) return response;
  }
}

export function get(
  app: RunningApp,
  { id }: Pick<Wish, "id">,
  limitMs = ANSWER_LIMIT_MS,
): Promise<HttpResponse> {
  return app.request("GET", `/wishes/${id}`, { limitMs, cause: READING_WAITS });
}

/** While Redis is away. */
export function getSeats(app: RunningApp): Promise<HttpResponse> {
  return app.request("GET", "/seats", { limitMs: AWAY_LIMIT_MS, cause: READING_WAITS });
}

/** A wish as the app keeps it, put there by the judge. */
export async function addWish(redis: JudgeRedis, { id, name }: Wish, status: Status): Promise<void> {
  await redis.hSet(`wish:${id}`, { name, status });
}

/** What Kue 0.11 writes when a job is saved: its hash, its place in line, and a wake-up call for a worker. */
export async function addJob(redis: JudgeRedis, { id: wish }: Wish): Promise<void> {
  const id = await redis.incr("q:ids");
  const place = { score: 0, value: `${String(String(id).length).padStart(2, "0")}|${id}` };
  const now = String(Date.now());
  await redis
    .multi()
    .sAdd("q:job:types", "seat")
    .hSet(`q:job:${id}`, { type: "seat", data: JSON.stringify({ wish }), priority: "0", state: "inactive" })
    .hSet(`q:job:${id}`, { max_attempts: "1", created_at: now, promote_at: now, updated_at: now })
    .zAdd("q:jobs", place)
    .zAdd("q:jobs:inactive", place)
    .zAdd("q:jobs:seat:inactive", place)
    .lPush("q:seat:jobs", "1")
    .exec();
}

/** The jobs as Kue keeps them, the hashes `q:job:1` and so on. */
export async function jobsIn(redis: JudgeRedis): Promise<Record<string, string>[]> {
  const last = Math.min(Number(await redis.get("q:ids")), 300);
  return Promise.all(Array.from({ length: last }, (_, index) => redis.hGetAll(`q:job:${index + 1}`)));
}

const waitingForJobs = async (redis: JudgeRedis) =>
  Number(/blocked_clients:(\d+)/.exec(await redis.info("clients"))?.[1]);

/**
 * Instances whose processors wait for a job, and an empty Redis: Kue writes a little after a job was done, which would
 * get in the way of the next check.
 */
export async function waitingInstances<C extends AppContext>(
  context: C,
  count: 1 | 2 = 2,
): Promise<C & { readonly apps: readonly [RunningApp, RunningApp] }> {
  const { answer, redis, expect } = context;
  const apps = await (count === 2
    ? answer.twoInstances()
    : answer.instance().then((app) => [app, app] as const));
  await expect.eventually(
    async () => {
      expectRunning({ expect, apps });
      return waitingForJobs(redis);
    },
    (waiting) => waiting >= count,
    "with nothing to do, each instance should wait in Redis for the next job",
    {
      withinMs: 8_000,
      expected: `${count} of them wait (BLPOP)`,
      cause: 'queue.process("seat", …) belongs to the start of the app, outside of all routes.',
    },
  );
  await redis.flushAll();
  return { ...context, apps };
}

/**
 * Gives what was begun a moment to end. Where it does not, other instances are for the next check: to find Redis empty in
 * the middle of a job is not fair.
 */
export async function letJobsEnd({ redis, expect }: Tools, apps: readonly RunningApp[]): Promise<void> {
  const end = Date.now() + 1_000;
  const isIdle = async () =>
    (await jobsIn(redis)).every(({ state = "" }) => /complete|failed/.test(state)) &&
    (await waitingForJobs(redis)) >= apps.length;
  const haveEnded = await expect.eventually(isIdle, (idle) => idle || Date.now() > end, "");
  if (!haveEnded) for (const app of apps) app.signal("SIGKILL");
}

function expectRunning({ expect, apps = [] }: Pick<Tools, "expect" | "apps">): void {
  for (const app of apps) {
    expect.that(app.isRunning, "the app ended while there were jobs to do", {
      expected: "it runs until it is stopped",
      actual: app.shown(),
      cause: "An error that nobody catches ends the app: in the processor, give it to done(error).",
    });
  }
}

/** Waits until all these wishes are decided, and gives what became of each. */
export async function decided(
  { redis, expect, apps }: Tools,
  wishes: readonly Wish[],
  causeOf: (found: string) => string | undefined = () => undefined,
): Promise<string[]> {
  const statuses = async () => {
    const found = await Promise.all(wishes.map(({ id }) => redis.hGet(`wish:${id}`, "status")));
    return found.map((status) => status ?? "without a status");
  };
  const describe = async () => {
    expectRunning({ expect, apps });
    const jobs = await jobsIn(redis);
    const reason = jobs.find(({ state }) => state === "failed")?.error?.split("\n", 1)[0];
    return [
      `wishes: ${counted(await statuses())}`,
      `jobs: ${counted(jobs.map(({ state = "gone" }) => state)) || "none"}`,
      ...(reason ? [`reason of a failed job: ${reason}`] : []),
    ].join("\n");
  };
  await expect.eventually(
    describe,
    (found) => /^wishes: [^a-z]*(\d+ (reserved|refused)(, )?)+$/.test(firstLine(found)),
    wishes.length === 1 ? "the wish was not decided" : "not every wish was decided",
    {
      ...GOES_ON,
      expected: "status reserved or refused",
      cause: (found) => causeOf(String(found)) ?? causeOfUndecided(String(found)),
    },
  );
  return statuses();
}

/** Waits until no job waits or is in work, but one of a killed app, and gives them all. */
export async function jobsEnd(
  { redis, expect, apps }: Tools,
  killed?: Wish,
): Promise<Record<string, string>[]> {
  const read = async () => {
    expectRunning({ expect, apps });
    const jobs = (await jobsIn(redis)).filter(({ data }) => !killed || parsed(data)?.wish !== killed.id);
    return counted(jobs.map(({ state = "gone" }) => state));
  };
  await expect.eventually(read, (found) => !found.includes("active"), "not every job came to an end", {
    ...GOES_ON,
    expected: "each job complete or failed",
    cause: (found) => causeOfJobs(String(found)),
  });
  return jobsIn(redis);
}

export async function seatsAre(
  { redis, expect }: Tools,
  left: number,
  cause: Because["cause"] = "Each reserved wish takes one seat from the key seats, and nothing else does.",
): Promise<void> {
  expect.value(await redis.get("seats"), "the key seats").equals(String(left), { cause });
}

/** Milliseconds that stand for "until the judge lets it go". */
const HELD = 600_000;

/**
 * From here on nothing that the app sends reaches Redis, but by `letThroughUntil`: one round trip, a look, the next one.
 * So what the judge does after a certain command comes before the app's next one, however slow the machine is.
 */
export async function holdCommands({ proxy, trace }: AppContext): Promise<void> {
  proxy.delay(HELD);
  await trace.clear();
}

/** Gives how many round trips had begun before the last one. */
export async function letThroughUntil(
  { proxy, trace, expect }: AppContext,
  isThere: (commands: readonly TracedCommand[]) => boolean | Promise<boolean>,
  message: string,
): Promise<number> {
  let before = 0;
  const step = async () => {
    let commands: readonly TracedCommand[] = [];
    // Several looks, one after the other: between two steps there is a pause, which grows.
    for (let looks = 0; looks < 8; looks++) {
      before = proxy.roundTrips();
      proxy.delay(0);
      proxy.delay(HELD);
      commands = await trace.commands();
      if (await isThere(commands)) return "";
    }
    return counted(commands.map(({ name }) => name)) || "no command";
  };
  await expect.eventually(step, (found) => found === "", message, {
    withinMs: 12_000,
    unchangedMs: 6_000,
    cause: "Everything that the app must remember or agree on is in Redis, under the keys of the lesson.",
  });
  return before;
}

/**
 * Lets Kue begin to save a job, and waits until it has sent the next part, which is held: cut off now, it keeps the rest
 * until Redis is back, and calls nobody back before.
 */
export async function stopSaving(context: AppContext): Promise<void> {
  const { proxy, expect } = context;
  const before = await letThroughUntil(context, savesJob, "the app should save a job");
  // A timer of Kue's may send something too: then the app has had this moment.
  const end = Date.now() + 60;
  await expect.eventually(
    () => proxy.roundTrips(),
    (trips) => trips > before && Date.now() > end,
    "the app should save the whole job",
  );
}

/** Whether the app read or wrote this key; to WATCH it comes before the reading. */
export function touches(key: string): (commands: readonly TracedCommand[]) => boolean {
  return (commands) => commands.some(({ name, args }) => name !== "WATCH" && args.includes(key));
}

/** What the ticket desk does, each in one step: sells the last seat, where it is left. */
export async function sellLastSeat(redis: JudgeRedis): Promise<boolean> {
  if ((await redis.get("seats")) !== "1") return false;
  await redis.decr("seats");
  return true;
}

/** Refuses a wish that waits. Nothing of the app reaches Redis meanwhile. */
export async function refuse(redis: JudgeRedis, { id }: Wish): Promise<boolean> {
  if ((await redis.hGet(`wish:${id}`, "status")) !== "waiting") return false;
  await redis.hSet(`wish:${id}`, "status", "refused");
  return true;
}

/** Gives the app the job of a wish; once it has looked at `key`, the desk comes in between. Gives whether it could,
 * and why the job probably went wrong, if it did. */
export async function comeInBetween(
  context: AppContext & Tools,
  wish: Wish,
  key: string,
  desk: (redis: JudgeRedis, wish: Wish) => Promise<boolean>,
): Promise<{ readonly came: boolean; readonly cause: string }> {
  const { redis, proxy, trace } = context;
  await addWish(redis, wish, "waiting");
  await holdCommands(context);
  await addJob(redis, wish);
  await letThroughUntil(context, touches(key), `the job should look at the key ${key}`);
  const came = await desk(redis, wish);
  proxy.delay(0);
  await jobsEnd(context);
  return { came, cause: causeOfRace(await trace.commands()) };
}

/** Lets Redis refuse to write what belongs to a wish, as it may refuse anything, or no longer. The server is not used again. */
export async function refuseWishes(redis: JudgeRedis, isRefused: boolean): Promise<void> {
  const keys = isRefused ? ["resetkeys", "%R~wish:*", "~seats", "~q:*"] : ["allkeys"];
  await redis.sendCommand(["ACL", "SETUSER", "default", ...keys]);
}

/** Kills the apps when Redis has run the first command that changes something for this wish, and before the next. */
export async function killInTheMiddle(
  context: AppContext,
  apps: readonly RunningApp[],
  wish: Wish,
): Promise<void> {
  const { redis, proxy } = context;
  const state = async () => `${await redis.get("seats")} ${await redis.hGet(`wish:${wish.id}`, "status")}`;
  const before = await state();
  await holdCommands(context);
  await addJob(redis, wish);
  await letThroughUntil(context, async () => (await state()) !== before, "the job should decide the wish");
  for (const app of apps) app.signal("SIGKILL");
  for (const app of apps) await app.ended();
  // What is held back of them never comes.
  proxy.cut();
  proxy.delay(0);
  await proxy.heal();
}

/** Kue begins to save a job by counting up its ids. */
function savesJob(commands: readonly TracedCommand[]): boolean {
  return commands.some(({ name, args }) => name === "INCR" && args[0] === "q:ids");
}

/** "3 reserved, 1 waiting". */
export function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}

export function parsed(json: string | undefined): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json ?? "");
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

/** While Redis is away: 503, the body and the header that go with it. */
export function expectAway(expect: Expect, response: HttpResponse): void {
  expect
    .response(response)
    .status(503, { cause: (status) => causeOfNot503(status) })
    .json(AWAY);
  expect.value(response.headers["retry-after"], "the header Retry-After").equals("1", {
    cause: 'A header is set before the body is sent: response.status(503).set("Retry-After", "1").json(…).',
  });
}
