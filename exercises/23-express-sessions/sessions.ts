/** What this exercise's checks know of members, cookies and sessions, and how they look between two steps of an app. */
import type {
  Expect,
  FaultProxyControl,
  HttpResponse,
  JudgeRedis,
  Random,
  RunningApp,
  Trace,
  TracedCommand,
} from "redis-learning-lab";
import { causeOfCounter, causeOfIds, causeOfNoLimit, causeOfRetryAfter, causeOfWindow } from "./causes.ts";

export const SESSION_SECONDS = 1800;
export const WINDOW_SECONDS = 60;
export const MOST_ATTEMPTS = 5;
/** A second is over sooner than one thinks where the machine is busy. */
export const LATE_SECONDS = 15;

/** For what is made to wait, or comes with many others: long enough for a machine that is busy. */
export const PATIENCE_MS = 10_000;

export interface Member {
  readonly name: string;
  /** Digits, with a zero before them. */
  readonly code: string;
}

/** A session cookie: `header` is what a browser sends back. */
export interface SessionCookie {
  readonly id: string;
  readonly header: { readonly cookie: string };
}

/** Somebody who may log in: the mail program has put a code into Redis. */
export async function addMember(redis: JudgeRedis, random: Random): Promise<Member> {
  const member = { name: random.text() + random.integer(1000, 9999), code: `0${random.integer(1000, 9999)}` };
  await redis.set(`code:${member.name}`, member.code);
  return member;
}

/** A session that another program of the club began. */
export async function addSession(redis: JudgeRedis, random: Random, name: string): Promise<SessionCookie> {
  const id = random.id() + random.id();
  await redis.set(`session:${id}`, name, { expiration: { type: "EX", value: SESSION_SECONDS - 100 } });
  return { id, header: { cookie: `sid=${id}` } };
}

export function logIn(
  app: RunningApp,
  { name, code }: Member,
  headers: Readonly<Record<string, string>> = {},
  limitMs = 3_000,
): Promise<HttpResponse> {
  return app.request("POST", "/login", { body: { name, code }, headers, limitMs });
}

/** The cookie sid of a log-in that must have worked. */
export function cookieOf(response: HttpResponse, expect: Expect): SessionCookie {
  expect.response(response).status(200);
  const set = setCookie(response);
  expect.that(set !== undefined && set.value !== "", "the answer to a log-in should set the cookie sid", {
    expected: "Set-Cookie: sid=<id>; …",
    actual: response.headers["set-cookie"] ?? "no Set-Cookie",
    cause: 'response.cookie("sid", id, …) sets it, before response.json.',
  });
  const value = set?.value ?? "";
  return { id: decoded(value), header: { cookie: `sid=${value}` } };
}

/** What Set-Cookie says of sid, with its attributes as they were written: "; Path=/; HttpOnly". */
export function setCookie({ headers }: HttpResponse): { value: string; attributes: string } | undefined {
  // Several are joined with commas, and a date has one too.
  const lines = (headers["set-cookie"] ?? "").split(/, (?=[^;=\s]+=)/);
  const [, value = "", attributes = ""] = /^sid=([^;]*)(.*)$/.exec(lines.findLast(isOurs) ?? "") ?? [];
  return lines.some(isOurs) ? { value, attributes } : undefined;
}

function isOurs(line: string): boolean {
  return line.startsWith("sid=");
}

/** Whether a browser that got this forgets the cookie. */
export function isCleared(set: ReturnType<typeof setCookie>): boolean {
  const maxAge = /; *max-age=(-?\d+)/i.exec(set?.attributes ?? "")?.[1];
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = /; *expires=([^;]+)/i.exec(set?.attributes ?? "")?.[1];
  return expires !== undefined && Date.parse(expires) < Date.now();
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

interface Judge {
  readonly proxy: FaultProxyControl;
  readonly expect: Expect;
}

/** Longer than any check: what the app sends meanwhile waits until it is let through. */
const HELD_MS = 60_000;

/**
 * Sends a request, and lets what the app sends to Redis through one step at a time. Before each step, while the app
 * waits, `look` is called with the number of steps made. What comes after the response is held back.
 */
export async function stepByStep(
  { proxy, expect }: Judge,
  send: () => Promise<HttpResponse>,
  look: (steps: number) => Promise<unknown>,
): Promise<HttpResponse> {
  let isOver = false;
  proxy.resetRoundTrips();
  proxy.delay(HELD_MS);
  const answering = send().finally(() => {
    isOver = true;
  });
  answering.catch(() => {});
  for (let steps = 0; ; steps++) {
    const waits = () => proxy.roundTrips() > 0;
    await expect.eventually(() => isOver || waits(), Boolean, "the app should ask Redis, or answer", {
      withinMs: PATIENCE_MS,
    });
    if (isOver) return answering;
    await look(steps);
    if (isOver) return answering;
    proxy.resetRoundTrips();
    proxy.delay(0);
    proxy.delay(HELD_MS);
  }
}

/**
 * Sees the app take up another request, and answer it or ask Redis for it: what it sent before without waiting for
 * Redis, such as the answer to the first one, has come by then.
 */
export async function seeItTurn({ proxy, expect }: Judge, app: RunningApp): Promise<void> {
  let isAnswered = false;
  proxy.resetRoundTrips();
  app.request("GET", "/me").then(
    () => {
      isAnswered = true;
    },
    () => {},
  );
  const hasTurned = () => isAnswered || proxy.roundTrips() > 0;
  await expect.eventually(hasTurned, Boolean, "the app should take up another request meanwhile", {
    withinMs: PATIENCE_MS,
  });
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What happens to one request, and what must hold afterwards. */
interface Interruption {
  readonly send: () => Promise<HttpResponse>;
  readonly interrupt: () => Promise<unknown>;
  readonly verify: () => Promise<void>;
}

/** Interrupts one request after its first step to Redis, another one after its second … and the last one at its end. */
export async function betweenSteps(judge: Judge, next: () => Promise<Interruption>): Promise<void> {
  let isInterrupted = true;
  for (let at = 1; isInterrupted; at++) {
    isInterrupted = false;
    const { send, interrupt, verify } = await next();
    await stepByStep(judge, send, async (steps) => {
      if (steps !== at) return;
      await interrupt();
      isInterrupted = true;
    });
    if (!isInterrupted) await interrupt();
    judge.proxy.delay(0);
    await verify();
  }
}

/** Commands that leave a key without a time to live, unless another one follows: not in a transaction or script. */
export function looseWrites(commands: readonly TracedCommand[]): string[] {
  return commands
    .filter(({ name, args, byScript, inTransaction }) => {
      if (byScript || inTransaction || !/^(attempts|session):/.test(args[0] ?? "")) return false;
      if (name === "SET") return !args.slice(2).some((word) => /^(EX|PX|EXAT|PXAT|KEEPTTL)$/i.test(word));
      return /^(INCR|INCRBY|SETNX|HSET|GETSET)$/.test(name);
    })
    .map(({ name, args }) => [name, ...args].join(" "));
}

/** Express prints it when a route answers once more; what was printed is there before later requests are answered. */
export function expectSingleAnswers(app: RunningApp, expect: Expect) {
  const printed = /^.*(ERR_HTTP_HEADERS_SENT|Cannot set headers after they are sent).*$/m.exec(app.output());
  expect.that(!printed, "the app answered a request twice", {
    expected: "one answer to each request",
    actual: printed?.[0],
    cause: "After response.json the function goes on: write return after it, or use else.",
  });
}

/** A 429 that says when to come again: within `least` to `most` seconds. */
export function expectTooMany(response: HttpResponse, expect: Expect, least: number, most: number) {
  expect.response(response).status(429, { cause: causeOfNoLimit }).json({ error: "too many attempts" });
  const after = response.headers["retry-after"];
  expect.that(
    /^\d+$/.test(after ?? "") && Number(after) >= least && Number(after) <= most,
    "Retry-After should hold the seconds until the counter is gone",
    {
      expected: `Retry-After: ${most - 1}, or a little less`,
      actual: after === undefined ? "no Retry-After" : `Retry-After: ${after}`,
      cause: causeOfRetryAfter(after),
    },
  );
}

export function expectCookie(response: HttpResponse, expect: Expect) {
  const attributes = setCookie(response)?.attributes ?? "";
  const actual = response.headers["set-cookie"];
  expect.that(/; *httponly/i.test(attributes), "the cookie sid should be HttpOnly", {
    expected: "Set-Cookie: sid=<id>; …; HttpOnly",
    actual,
    cause: 'Without it, scripts in the page can read the id: response.cookie("sid", id, { httpOnly: true }).',
  });
  expect.that(!/; *(max-age|expires)=/i.test(attributes), "the cookie sid should have no end of its own", {
    expected: "neither Max-Age nor Expires",
    actual,
    cause:
      "The browser would forget the cookie 30 minutes after the log-in, however often the session slides: leave out maxAge and expires.",
  });
}

export function expectNoCookie(responses: readonly HttpResponse[], expect: Expect) {
  const set = responses.find((response) => setCookie(response)?.value);
  expect.that(!set, "somebody who was not let in got the cookie sid", {
    expected: "no Set-Cookie",
    actual: set?.headers["set-cookie"],
    cause: "Make the session, and its cookie, only where the code is right.",
  });
}

/** No others than these are in Redis; `tooMany` is why there may be others. */
export async function expectSessions(
  redis: JudgeRedis,
  expect: Expect,
  ids: readonly string[],
  tooMany: string,
) {
  const keys = ids.map((id) => `session:${id}`);
  expect.value(await redis.keys("session:*"), "the list of sessions in Redis").hasMembers(keys, {
    cause: (found) =>
      Array.isArray(found) && found.length < ids.length
        ? "Only the session of this cookie ends: the member may be logged in elsewhere, too."
        : tooMany,
  });
}

export async function expectFullTime(redis: JudgeRedis, expect: Expect, key: string) {
  const ttl = await redis.ttl(key);
  expect.that(
    ttl >= SESSION_SECONDS - LATE_SECONDS && ttl <= SESSION_SECONDS,
    "after GET /me the session should have 1800 seconds again",
    {
      expected: "TTL 1800, or a little less",
      actual: `TTL ${ttl}`,
      cause:
        ttl > SESSION_SECONDS
          ? "EX counts seconds, PX milliseconds."
          : "Give the session its time again before each answer: await GETEX with EX, or EXPIRE, with 1800 seconds.",
    },
  );
}

/** The counter at this key, of these many attempts. */
export async function expectCount(
  redis: JudgeRedis,
  trace: Trace,
  expect: Expect,
  key: string,
  count: number,
) {
  const there = await redis.keys("attempts*");
  const received = await trace.commands();
  await expect.key(key).isString(String(count), { cause: causeOfCounter(key, there, received) });
}

/** The seconds that are left of the counter's window. */
export async function expectWindow(
  redis: JudgeRedis,
  expect: Expect,
  key: string,
  least: number,
  most: number,
) {
  const ttl = await redis.ttl(key);
  await expect.key(key).hasTtl(least, most, { cause: causeOfWindow(ttl, least, most) });
}

/** Every counter and every session that there is now. */
export async function expectAllEnd(redis: JudgeRedis, expect: Expect, cause: string) {
  for (const key of [...(await redis.keys("attempts:*")), ...(await redis.keys("session:*"))]) {
    expect.that(
      (await redis.ttl(key)) !== -1,
      `a ${key.startsWith("session:") ? "session" : "counter"} has no time to live`,
      {
        expected: "a time to live, from its first moment on",
        actual: `TTL ${key} is -1`,
        cause,
      },
    );
  }
}

export function expectIds(ids: readonly string[], expect: Expect) {
  const odd = ids.find((id) => !/^[\w-]{22,}$/.test(id));
  expect.that(odd === undefined, "the id of a session does not look as it should", {
    expected: "at least 22 letters, digits, - or _, and nothing else",
    actual: odd,
    cause: causeOfIds(odd ?? ""),
  });
}

export function expectUnguessable([one, two]: readonly [string, string], expect: Expect) {
  const actual = [one, two];
  const same = [...one].filter((letter, index) => letter === two[index]).length;
  expect.that(one !== two, "the app made the same id again after it was started once more", {
    expected: "another id at each log-in",
    actual,
    cause:
      "Names, counters, the time and Math.random() can be guessed or repeated; here the last two stood still. randomUUID() of node:crypto cannot.",
  });
  expect.that(same <= one.length / 2, "more than half of an id is the same as in another one", {
    expected: "ids in which nothing can be guessed",
    actual,
    cause: "Make the whole id random, with randomUUID() of node:crypto: no name, time or counter in it.",
  });
}
