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
  const lines = orders.map((order, index) => lineOf(String(replies[index]), order));
  await setIdle(context, { stream, group }, consumer, lines, idleMs);
  return lines;
}

/** From now on `consumer` holds the entries of these lines, which nobody has touched for `idleMs`. */
export async function setIdle(
  { redis }: WorkerContext,
  { stream, group }: Shop,
  consumer: string,
  lines: readonly string[],
  idleMs: number,
): Promise<void> {
  await redis.xClaimJustId(stream, group, consumer, 0, lines.map(idOf), { IDLE: idleMs });
}

function idOf(line: string): string {
  return line.slice(0, line.indexOf(":"));
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
    return "There is no such group: xGroupCreate comes first, with { MKSTREAM: true } because the stream may be missing too, and nobody deletes the group.";
  if (/\$ ID is meaningless/.test(output))
    return "$ is for XREAD. What no consumer of the group got before is > in XREADGROUP.";
  if (/> ID can be specified only/.test(output))
    return "XREAD knows no groups: what no consumer of the group got before is > in xReadGroup.";
  if (/null \(reading|is not iterable|Cannot read properties of (null|undefined)/.test(output))
    return "xReadGroup gives null when no entry came in time: look for that before you use what it gave.";
  if (/min-idle-time/.test(output))
    return "The idle time is a whole number of milliseconds, as the worker was told it: Number(idle).";
  if (/WRONGTYPE/.test(output) && !worker.isRunning)
    return "When Redis refuses the RPUSH, catch the error: this entry stays pending, and the worker goes on.";
  if (/ECONNREFUSED/.test(output))
    return "It looks for Redis at another address: createClient({ url: process.env.REDIS_URL }).";
  if (/The client is closed/.test(output))
    return "A client takes commands from connect() to close(): close it behind the loop, not in the listener of SIGTERM.";
  return undefined;
}

/** Waits until each of these workers waits in Redis. */
export async function untilBlocked(
  context: WorkerContext,
  workers: readonly RunningAnswer[],
  {
    cause = () => ASKS_AGAIN,
    meanwhile = async () => {},
  }: { cause?: () => string; meanwhile?: () => Promise<unknown> } = {},
): Promise<void> {
  const count = async () => {
    await meanwhile();
    return (await blockedIds(context)).length;
  };
  const message = "with nothing to do, a worker should wait in Redis for the next entry";
  await waitUntil(context, workers, count, (blocked) => blocked >= workers.length, message, {
    expected: `${workers.length} ${workers.length === 1 ? "connection that waits" : "connections that wait"} (XREADGROUP with BLOCK)`,
    cause,
  });
}

const ASKS_AGAIN =
  "Asking again and again is a burden for Redis, and late: with BLOCK, XREADGROUP waits there for the next entry.";

async function blockedIds({ redis }: WorkerContext): Promise<number[]> {
  return (await redis.clientList()).filter(({ flags }) => flags.includes("b")).map(({ id }) => id);
}

/** As when the time of BLOCK is up for every connection that waits: it gets null. */
export async function endWaiting(context: WorkerContext): Promise<void> {
  for (const id of await blockedIds(context)) {
    await context.redis.sendCommand(["CLIENT", "UNBLOCK", String(id)]);
  }
}

/** Lets a worker go once round its loop, from one wait to the next. */
export async function oneTurn(context: WorkerContext, worker: RunningAnswer): Promise<void> {
  await untilBlocked(context, [worker]);
  await endWaiting(context);
  await untilBlocked(context, [worker]);
}

/** Kills a worker, and waits until Redis knows that it is gone. */
export async function kill(context: WorkerContext, worker: RunningAnswer): Promise<void> {
  worker.signal("SIGKILL");
  await worker.ended(AMPLE_MS);
  const gone = (ids: readonly number[]) => ids.length === 0;
  await context.expect.eventually(() => blockedIds(context), gone, "a killed worker is still connected", {
    withinMs: AMPLE_MS,
  });
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
    cause: string | (() => string);
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
    const [first] = left;
    if (first === undefined) return "none is missing";
    const other = all.find((line) => line.startsWith(idOf(first)));
    const instead = other === undefined ? "" : `\nIn its place: ${other}`;
    return `${left.length} are missing, the first: ${first}${instead}`;
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

export async function expectPending(
  context: WorkerContext,
  shop: Shop,
  expected: readonly string[],
  message: string,
  cause?: string,
): Promise<void> {
  const [wanted, found] = [[...expected], await pendingOf(context, shop)].map(
    (lines) => lines.sort().join(", ") || "nothing",
  );
  context.expect.that(found === wanted, message, { expected: wanted, actual: found, cause });
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
export function lookingForLeft(sent: readonly TracedCommand[]): TracedCommand[] {
  return sent.filter(({ name }) => /^X(PENDING|CLAIM|AUTOCLAIM)$/.test(name));
}

/** Reads what was sent, but no more once a loop that never rests has sent much. */
export function firstCommands(trace: Trace): () => Promise<readonly TracedCommand[]> {
  let sent: readonly TracedCommand[] = [];
  return async () => {
    if (sent.length < 2_000) sent = await trace.commands();
    return sent;
  };
}

/** Why new entries have no parcel, from what was sent. */
export function unpackedCause(sent: readonly TracedCommand[], lines: readonly string[]): string {
  if (!sent.some(isGroupRead)) return noGroupRead(sent);
  const puts = sent.filter(putsIntoList);
  const packed = puts.filter(({ args }) => args[0] === "parcels").flatMap(({ args }) => args.slice(1));
  const [elsewhere] = puts;
  if (packed.length === 0 && elsewhere)
    return `${elsewhere.name} went to the key ${elsewhere.args[0]}: the list is called parcels.`;
  const other = packed.find((line) => !lines.includes(line));
  if (other?.includes("undefined"))
    return "undefined: there is no such field. An entry is { id, message }, and message holds the fields item and count.";
  if (other !== undefined)
    return "A parcel is the text <id>: <count> x <item>, with the colon and the spaces, such as 5-1: 2 x tea pot.";
  const start = sent.find(({ name, args }) => name === "XGROUP" && /^create$/i.test(args[0] ?? ""))?.args[3];
  if (start !== undefined && !/^0(-0)?$/.test(start))
    return `The group was made with the id ${start}: it gets only what comes behind that. With 0 it gets all.`;
  if (!sent.some((command) => isGroupRead(command) && command.args.at(-1) === ">"))
    return "xReadGroup gives what is new with the id >. With 0 it gives what this worker holds already.";
  return READ_NEW;
}

export const READ_NEW =
  'xReadGroup(group, name, { key: stream, id: ">" }, …) gives new entries, several at once: each is handled.';

export function isGroupRead({ name }: TracedCommand): boolean {
  return name === "XREADGROUP";
}

/** Why nobody read as a member of a group. */
export function noGroupRead(sent: readonly TracedCommand[]): string {
  return sent.some(({ name }) => name === "XREAD")
    ? "XREAD knows no groups, and gives an entry to everybody who asks: a worker reads with xReadGroup."
    : "Redis got no XREADGROUP: a worker reads new entries with xReadGroup, again and again.";
}

/** Why a worker does not wait where there was no stream, from what was sent. */
export function noStreamCause(sent: readonly TracedCommand[]): string {
  const making = sent.filter(({ name, args }) => name === "XGROUP" && /^create$/i.test(args[0] ?? ""));
  if (making.length > 0 && !making.some(({ args }) => args.some((one) => /^mkstream$/i.test(one))))
    return "There is no stream yet, so no group was made: xGroupCreate needs { MKSTREAM: true }. Catch BUSYGROUP alone, and you see such errors.";
  return ASKS_AGAIN;
}

/** Why nobody took over what a dead worker left: from what was sent about it, and who holds it now. */
export function unclaimedCause(
  sent: readonly TracedCommand[],
  idleMs: number,
  pending: readonly string[],
  { dead, name }: { dead: string; name: string },
): string {
  if (sent.length === 0)
    return "While these entries were pending and new ones kept coming, the worker sent no XAUTOCLAIM (nor XPENDING or XCLAIM): look in each turn of the loop, not only at the start or when nothing new came.";
  const limits = sent.filter(({ name, args }) => name !== "XPENDING" || args.includes("IDLE"));
  if (limits.length > 0 && !limits.some(({ args }) => args.includes(String(idleMs))))
    return "The worker is told the idle time, in milliseconds, as its fourth argument: it is the min-idle-time of XAUTOCLAIM and XCLAIM.";
  const holds = (consumer: string) => pending.some((line) => line.endsWith(` of ${consumer}`));
  if (!holds(dead))
    return holds(name)
      ? "They were claimed and not handled: messages holds claimed entries, and each is handled like a new one."
      : "They were acknowledged without a parcel: a claimed entry is handled like a new one, RPUSH and then XACK.";
  return sent.some((command) => command.name === "XAUTOCLAIM")
    ? `One call looks at a part of what is pending, and ${LIVING_HOLD} entries that are not idle long enough come first: go on with nextId as the cursor until it is 0-0, also behind a part without messages.`
    : `XPENDING gives as many as you ask for, and ${LIVING_HOLD} entries that are not idle long enough come first: give it IDLE, or go on behind the last id, with (lastId as the start, until nothing comes.`;
}

/** More than XAUTOCLAIM looks at in one call, which without COUNT is 1000. */
export const LIVING_HOLD = 1_200;

/** Why an entry was handled that had not been pending for long enough, from what was sent. */
export function youngCause(sent: readonly TracedCommand[]): string {
  const own = sent.find((command) => isGroupRead(command) && command.args.at(-1) !== ">");
  return own
    ? `xReadGroup with the id ${own.args.at(-1)} gives what this worker holds, however short: leave that alone until it was idle long enough, and claim it like all others.`
    : "What was pending for less than the idle time is left alone, also where it is the worker's own.";
}

/** Why a worker that was started again changed what it found, from what it sent. */
export function restartCause(sent: readonly TracedCommand[]): string {
  const did = (pattern: RegExp) =>
    sent.some(({ name, args }) => pattern.test(name === "XGROUP" ? `${name} ${args[0]}` : name));
  if (did(/^XGROUP DELCONSUMER$/i))
    return "A worker that starts leaves the other consumers alone: with XGROUP DELCONSUMER, what they held is no longer pending, and nobody handles it.";
  if (did(/^(XGROUP (DESTROY|SETID)|DEL|UNLINK)$/i))
    return "The group knows what was read: whoever deletes it, or sets it back to 0, makes everything new again.";
  return youngCause(sent);
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

export function putsIntoList({ name }: TracedCommand): boolean {
  return /PUSH|LINSERT|LSET/.test(name);
}

/** Waits until the worker was given all entries, whose RPUSH Redis refuses, and waits for more. */
export async function untilAllRefused(
  context: WorkerContext,
  worker: RunningAnswer,
  { stream, group }: Shop,
): Promise<void> {
  const { redis, trace, expect } = context;
  const commands = firstCommands(trace);
  let repeats = 0;
  const read = async () => {
    repeats = mostOften((await commands()).filter(putsIntoList));
    if (repeats > 20) return "it sends the same RPUSH again and again";
    const found = (await redis.xInfoGroups(stream)).find(({ name }) => String(name) === group);
    const last = String(found?.["last-delivered-id"] ?? "nothing");
    if ((await redis.xInfoStream(stream))["last-generated-id"] !== last)
      return `it was given entries up to ${last}`;
    return (await blockedIds(context)).length > 0 ? WAITS : "it was given all entries, and does not wait";
  };
  const message = "when Redis refuses an RPUSH, the worker should go on, and wait for new entries";
  const because = {
    expected: WAITS,
    cause: () =>
      repeats > 1
        ? "The refused RPUSH is sent again and again: leave the entry pending and go on. It is claimed when it was idle long enough."
        : "One entry that fails must not hold up the others: catch the error, and go on reading.",
  };
  const isOver = (found: string) => found === WAITS || repeats > 20;
  const found = await waitUntil(context, [worker], read, isOver, message, because);
  expect.that(found === WAITS, message, { ...because, actual: found });
}

const WAITS = "it was given all entries, and waits for more";

/** How often the command was sent that was sent most often. */
function mostOften(commands: readonly TracedCommand[]): number {
  const counts = new Map<string, number>();
  for (const { args } of commands) {
    const words = JSON.stringify(args);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
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
