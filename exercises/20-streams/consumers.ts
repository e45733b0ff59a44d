/** What this exercise's checks know of streams: entries, what is pending, and consumers that the judge plays. */
import type { Expect, RunningAnswer, Trace, TracedCommand, WorkerContext } from "redis-learning-lab";

/** Milliseconds for workers to start, or to take their next step, on a busy machine. */
export const AMPLE_MS = 4_000;
/** What a worker is told in checks in which nothing that a living one holds may be claimed. */
export const LONG_IDLE_MS = 60_000;

export interface Order {
  readonly item: string;
  readonly count: string;
}

/** A stream of orders with its group, both with random names. */
export interface Shop {
  readonly stream: string;
  readonly group: string;
}

export function newShop({ random }: WorkerContext): Shop {
  return { stream: `orders:${random.word()}`, group: `${random.word()}-${random.integer(10, 99)}` };
}

export function randomOrders({ random }: WorkerContext, count: number): Order[] {
  return random.list(count, () => ({ item: random.text(), count: String(random.integer(1, 50)) }));
}

/** Adds orders one by one, and gives the lines that they are to become. */
export async function addOrders(context: WorkerContext, { stream }: Shop, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (const order of randomOrders(context, count)) {
    lines.push(lineOf(await context.redis.xAdd(stream, "*", { ...order }), order));
  }
  return lines;
}

/** As `addOrders`, all in one moment. */
export async function addAtOnce(context: WorkerContext, { stream }: Shop, count: number): Promise<string[]> {
  const orders = randomOrders(context, count);
  const adding = context.redis.multi();
  for (const order of orders) adding.xAdd(stream, "*", { ...order });
  const ids = await adding.exec();
  return orders.map((order, index) => lineOf(String(ids[index]), order));
}

function lineOf(id: string, { item, count }: Order): string {
  return `${id}: ${count} x ${item}`;
}

/** Adds orders and has them read in the same moment, so that they never are new to anybody but `consumer`. */
export async function leaveOrders(
  context: WorkerContext,
  { stream, group }: Shop,
  { consumer, count, idleMs }: { consumer: string; count: number; idleMs: number },
): Promise<string[]> {
  const { redis } = context;
  const orders = randomOrders(context, count);
  const adding = redis.multi();
  for (const order of orders) adding.xAdd(stream, "*", { ...order });
  const replies = await adding.xReadGroup(group, consumer, { key: stream, id: ">" }).exec();
  const ids = replies.slice(0, count).map(String);
  await redis.xClaimJustId(stream, group, consumer, 0, ids, { IDLE: idleMs });
  return orders.map((order, index) => lineOf(ids[index] ?? "", order));
}

export function startWorker(
  { answer }: WorkerContext,
  { stream, group }: Shop,
  idleMs: number,
  name: string,
): Promise<RunningAnswer> {
  return answer.start({ args: [stream, group, name, String(idleMs)] });
}

/** Polls until `holds`. Fails where nothing moves any more, and at once where a worker ended that should go on. */
export async function waitUntil<T>(
  { expect }: WorkerContext,
  workers: readonly RunningAnswer[],
  read: () => Promise<T>,
  holds: (found: T) => boolean,
  message: string,
  { expected, cause }: { expected?: unknown; cause: string | ((found: T) => string) },
): Promise<T> {
  const usual = typeof cause === "function" ? cause : () => cause;
  const because = {
    ...(expected === undefined ? {} : { expected }),
    cause: (found: unknown) => workers.map(outputCause).find(Boolean) ?? usual(found as T),
  };
  let last = "";
  let lastMove = Date.now();
  const found = await expect.eventually(
    async () => {
      // In this order: what it did before it ended is seen.
      const ended = workers.find((worker) => !worker.isRunning);
      const now = await read();
      if (ended && !holds(now)) expectNoEnd(expect, ended);
      if (JSON.stringify(now) !== last) lastMove = Date.now();
      last = JSON.stringify(now);
      return now;
    },
    (now) => holds(now) || Date.now() - lastMove > AMPLE_MS,
    message,
    { withinMs: 4 * AMPLE_MS, ...because },
  );
  expect.that(holds(found), message, { ...because, actual: found });
  return found;
}

function expectNoEnd(expect: Expect, ended: RunningAnswer): void {
  expect.that(false, "the worker ended, although nobody told it to", {
    expected: "it works until SIGTERM",
    actual: ended.shown(),
    cause: outputCause(ended) ?? ENDED,
  });
}

const ENDED =
  "A worker goes round its loop until SIGTERM comes: where XREADGROUP gave null, because nothing came in time, it reads again.";

/** What the errors mean that beginners meet here. */
function outputCause(worker: RunningAnswer): string | undefined {
  const output = worker.output();
  if (/BUSYGROUP/.test(output))
    return "The group was made before, which is fine: catch the error of xGroupCreate whose message begins with BUSYGROUP.";
  if (/requires the key to exist/.test(output))
    return "XGROUP CREATE makes the stream too when it gets MKSTREAM: { MKSTREAM: true }.";
  if (/NOGROUP/.test(output))
    return "XREADGROUP needs a group that exists: XGROUP CREATE comes first, and nobody deletes the group.";
  if (/\$ ID is meaningless/.test(output))
    return "$ is for XREAD. What no consumer of the group got before is > in XREADGROUP.";
  if (/null \(reading|is not iterable|Cannot read properties of (null|undefined)/.test(output))
    return "xReadGroup gives null when no entry came in time: look for that before you use what it gave.";
  if (/min-idle-time/.test(output))
    return "The idle time is a whole number of milliseconds, as the worker was told it: Number(idle).";
  if (/WRONGTYPE/.test(output) && !worker.isRunning)
    return "When Redis refuses the RPUSH, catch the error: this entry stays pending, and the worker goes on.";
  if (/ECONNREFUSED/.test(output))
    return "It looks for Redis at another address: createClient({ url: process.env.REDIS_URL }).";
  if (/The client is closed/.test(output))
    return "A client takes commands only while it is connected: connect() comes first, close() when the work is done.";
  return undefined;
}

/** Waits until each of these workers waits in Redis. */
export async function untilBlocked(
  context: WorkerContext,
  workers: readonly RunningAnswer[],
  message = "with nothing to do, a worker should wait in Redis for the next entry",
): Promise<void> {
  const count = async () => (await blockedIds(context)).length;
  await waitUntil(context, workers, count, (blocked) => blocked >= workers.length, message, {
    expected: `${workers.length} ${workers.length === 1 ? "connection that waits" : "connections that wait"} (XREADGROUP with BLOCK)`,
    cause:
      "Asking again and again is a burden for Redis, and late: with BLOCK, XREADGROUP waits there for the next entry.",
  });
}

async function blockedIds({ redis }: WorkerContext): Promise<number[]> {
  return (await redis.clientList()).filter(({ flags }) => flags.includes("b")).map(({ id }) => id);
}

/** As when the time of BLOCK is up for every connection that waits: it gets null. */
export async function endWaiting(context: WorkerContext): Promise<void> {
  for (const id of await blockedIds(context)) {
    await context.redis.sendCommand(["CLIENT", "UNBLOCK", String(id)]);
  }
}

/** Longer than any check: what is delayed so long is held back until the delay is 0 again. */
const HELD_MS = 600_000;

/** From now on these workers wait in Redis, and what they send when they are woken is held back. */
export async function holdBlocked(context: WorkerContext, workers: readonly RunningAnswer[]): Promise<void> {
  const { proxy } = context;
  for (;;) {
    await untilBlocked(context, workers);
    proxy.resetRoundTrips();
    proxy.delay(HELD_MS);
    // Where the time of BLOCK was up just now, one has sent its next command already.
    if ((await blockedIds(context)).length >= workers.length) return;
    proxy.delay(0);
  }
}

/**
 * Lets workers that are held back go on together: nothing that they send reaches Redis before each has sent something.
 * So who looks first and takes later is overtaken for certain.
 */
export async function stepTogether(context: WorkerContext, workers: readonly RunningAnswer[]): Promise<void> {
  const { proxy } = context;
  for (let step = 0; step < 3; step++) {
    const haveSent = async () =>
      proxy.roundTrips() >= workers.length || (await blockedIds(context)).length > 0;
    await waitUntil(context, workers, haveSent, Boolean, "a worker that was woken sends nothing", {
      cause: "When the time of BLOCK is up, a worker looks for entries to claim, and reads again.",
    });
    proxy.resetRoundTrips();
    proxy.delay(0);
    if (step < 2) proxy.delay(HELD_MS);
  }
}

export async function parcels({ redis }: WorkerContext): Promise<string[]> {
  return (await redis.type("parcels")) === "list" ? redis.lRange("parcels", 0, -1) : [];
}

/** Waits until each of these lines is in the list, and gives the whole list. */
export async function untilPacked(
  context: WorkerContext,
  workers: readonly RunningAnswer[],
  lines: readonly string[],
  {
    message,
    cause,
    meanwhile = async () => {},
  }: {
    message: string;
    cause: string | ((found: string) => string);
    meanwhile?: () => Promise<unknown>;
  },
): Promise<string[]> {
  let all: string[] = [];
  const missing = async () => {
    await meanwhile();
    all = await parcels(context);
    const there = new Set(all);
    return lines.filter((line) => !there.has(line));
  };
  const shown = async () => {
    const left = await missing();
    return left.length === 0 ? "none is missing" : `${left.length} are missing, the first: ${left[0]}`;
  };
  await waitUntil(context, workers, shown, (found) => found.startsWith("none"), message, {
    expected: `${lines.length} parcels in the list parcels`,
    cause,
  });
  return all;
}

/** What is pending, as lines such as "3 of mia". */
export async function pendingOf({ redis }: WorkerContext, { stream, group }: Shop): Promise<string[]> {
  const pending = await redis.xPending(stream, group).catch((error: Error) => {
    if (error.message.startsWith("NOGROUP")) return undefined;
    throw error;
  });
  if (!pending) return ["there is no such group"];
  return (pending.consumers ?? []).map(({ name, deliveriesCounter }) => `${deliveriesCounter} of ${name}`);
}

/** Waits until nothing is pending any more, but what `except` holds. */
export async function untilAcknowledged(
  context: WorkerContext,
  workers: readonly RunningAnswer[],
  shop: Shop,
  cause: string,
  except?: string,
): Promise<void> {
  const read = async () => {
    const pending = await pendingOf(context, shop);
    return pending.filter((line) => except === undefined || !line.endsWith(` of ${except}`)).join(", ");
  };
  await waitUntil(
    context,
    workers,
    async () => (await read()) || "nothing",
    (found) => found === "nothing",
    "entries whose parcel is there are still pending",
    { expected: "nothing", cause },
  );
}

/** The commands that look for entries to claim, or claim them. */
export async function lookingForLeft(trace: Trace): Promise<TracedCommand[]> {
  return (await trace.commands()).filter(({ name }) => /^X(PENDING|CLAIM|AUTOCLAIM)$/.test(name));
}

/** Why nobody took over what a dead worker left, from what was sent about it. */
export function unclaimedCause(sent: readonly TracedCommand[], idleMs: number): string {
  if (sent.length === 0)
    return "Since then the worker has not looked for entries to claim, with XAUTOCLAIM (or XPENDING and XCLAIM): do it in each turn of the loop, at least once a second, not only at the start or when nothing new came.";
  const limits = sent.filter(({ name, args }) => name !== "XPENDING" || args.includes("IDLE"));
  if (limits.length > 0 && !limits.some(({ args }) => args.includes(String(idleMs))))
    return "The worker is told the idle time, in milliseconds, as its fourth argument: it is the min-idle-time of XAUTOCLAIM and XCLAIM.";
  return "Look at all that is pending: first come 120 that are not idle long enough, so go on with nextId as the cursor until it is 0-0. And handle what was claimed like what is new.";
}

/** Why an entry was acknowledged although its RPUSH was refused. */
export async function earlyCause(trace: Trace): Promise<string> {
  const commands = await trace.commands();
  if (commands.some(({ name, args }) => name === "XREADGROUP" && args.includes("NOACK")))
    return "With NOACK, Redis takes each entry for done as soon as it is read: leave it out.";
  if (commands.some(({ name, inTransaction }) => name === "XACK" && inTransaction))
    return "In MULTI, XACK is done also where RPUSH before it failed: send it when RPUSH has replied.";
  return "XACK comes after the reply to RPUSH (await it), and only where that went well: not in a finally, and not before.";
}

/** The commands that put something into a list. */
export async function commandsFor(trace: Trace, list: string): Promise<TracedCommand[]> {
  const commands = await trace.commands();
  return commands.filter(({ name, args }) => /PUSH|LINSERT|LSET/.test(name) && args[0] === list);
}

/** Waits until the worker was given all entries, and waits for more. */
export async function untilAllRead(
  context: WorkerContext,
  worker: RunningAnswer,
  { stream, group }: Shop,
): Promise<void> {
  const { redis } = context;
  const read = async () => {
    const found = (await redis.xInfoGroups(stream)).find(({ name }) => String(name) === group);
    const last = String(found?.["last-delivered-id"] ?? "nothing");
    return (await redis.xInfoStream(stream))["last-generated-id"] === last
      ? "all"
      : `it was given entries up to ${last}`;
  };
  await waitUntil(context, [worker], read, (found) => found === "all", "new entries are not read", {
    expected: "a worker gets all entries of the stream",
    cause: "One entry that fails must not hold up the others: the worker goes on reading.",
  });
  await untilBlocked(context, [worker]);
}

/** After SIGTERM. */
export async function endsWell(
  { expect }: WorkerContext,
  worker: RunningAnswer,
  when: string,
): Promise<void> {
  await expect.eventually(
    () => (worker.isRunning ? `it still runs: ${worker.shown()}` : "it ended"),
    (state) => state === "it ended",
    `a worker that got SIGTERM ${when} should end`,
    {
      withinMs: AMPLE_MS,
      expected: "it ends within 3 seconds",
      cause:
        "After SIGTERM the loop must come to its end, also while nothing new comes (BLOCK less than 3 seconds), and the client must be closed.",
    },
  );
  const { code, signal } = await worker.ended(AMPLE_MS);
  expect.that(code === 0, `a worker that got SIGTERM ${when} should end with exit code 0`, {
    expected: "exit code 0",
    actual: code === null ? `killed by ${signal}` : `exit code ${code}: ${worker.shown()}`,
    cause:
      code === null
        ? NO_LISTENER
        : (outputCause(worker) ??
          "Another exit code than 0 says that something went wrong: let the loop end, and close the client."),
  });
}

const NO_LISTENER =
  'SIGTERM kills a program that does not listen to it: process.on("SIGTERM", …), from the start.';
