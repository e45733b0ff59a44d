/** Why an answer probably fails: what beginners do, and what they should do instead. */
import type { TracedCommand } from "redis-learning-lab";

export const ENDED =
  "The session is over, in Redis. Ask Redis at each request: a variable in one process does not know what the others do.";
export const COPIED =
  "The cookie is only in this browser: whoever copied it is logged in until DEL session:<id>. Await that before the answer.";
export const NOT_DELETED =
  "A code may be used again, and you only read it: the mail program alone writes and deletes code:<name>.";
export const REFUSED_ALL_THE_SAME =
  "A session begins where the code was right, and nowhere else. response.json() does not end the function: is there a return after it, or an else?";
export const READS_ONLY = "GET /me and POST /logout make no session: only a log-in does.";
export const NO_ATTEMPT =
  "Only a POST /login with two texts is an attempt: look at the types first, answer 400 and return, and count after that.";
const COUNTER =
  "attempts:<name> in Redis counts the attempts at all instances, right and wrong ones alike, and nothing sets it back.";
const WINDOW =
  "The window begins with the first attempt, and later ones do not make it longer: give the counter its 60 seconds only where it has none.";
const UNITS = "Seconds or milliseconds? EX and EXPIRE count seconds, PX and PEXPIRE milliseconds.";
export const ONE_STEP =
  "When the app or its connection ends right here, the key stays for ever. What makes the key and what gives it its time belong into one step: SET with EX, or one MULTI … EXEC, or a script.";
export const WINDOW_ENDED =
  "The window ended after the app had looked at the counter, or had made it, and before INCR: that makes a new counter, without a time. Both belong into one MULTI … EXEC, or one script.";
export const SENT_TOGETHER =
  "Commands that are sent together are still single ones, and the connection may break between them: MULTI … EXEC, or a script, makes one step of them.";
export const BROUGHT_BACK =
  "The session ended while GET /me was under way, and was written once more: SET makes a key that is gone, GETEX and EXPIRE do not.";

export function causeOfLogin(status: unknown, commands: number): string | undefined {
  if (status === 404) return 'Is there a route app.post("/login", …)?';
  if (commands === 0 && status === 501) return undefined;
  if (status === 400 || (status === 500 && commands === 0))
    return "app.use(express.json()) before the routes reads the body: without it, request.body is undefined.";
  if (status === 401) return "The code in Redis is right: is the key code:<name>, and is get awaited?";
  if (status === 201)
    return "Where nothing is said about the status code, it is 200: response.json(…) alone.";
  return undefined;
}

export function causeOfAccess(status: unknown): string | undefined {
  if (status === 200)
    return "Texts must be equal, each zero counts: compare code with what get gives, by ===.";
  if (status === 400)
    return 'An empty text is a text, too: !code is true for "", typeof code !== "string" is not.';
  if (status === 404)
    return "A 404 tells a stranger which names there are: the same 401 for a wrong name and a wrong code.";
  return status === 403
    ? "403 is for somebody who is known and still may not; here nobody is known: 401."
    : undefined;
}

export function causeOfBody(status: unknown): string | undefined {
  if (status === 200)
    return "For a name without a code, get gives null; null == undefined is true, and null === null. Look first whether both are texts.";
  if (status === 500) return "Where no body came, request.body is undefined: request.body ?? {}.";
  if (status === 429) return NO_ATTEMPT;
  return 'Look first whether both are texts, typeof … === "string".';
}

export function causeOfUnknownSession(status: unknown): string | undefined {
  if (status === 401)
    return "The session is in Redis, at session:<id>, begun by another program. The browser sends all cookies: is exactly the one with the name sid read?";
  return undefined;
}

/** `body` is what a request got that belongs to no session. */
export function causeOfOpenDoor(status: unknown, body: unknown): string | undefined {
  if (status === 500)
    return "Where no cookie came, request.headers.cookie is undefined, and get needs a text.";
  if (status !== 200) return undefined;
  const isNobody = (body as { name?: unknown } | undefined)?.name == null;
  return isNobody
    ? "Where there is no session, getEx and get give null: not undefined, and no empty text."
    : ENDED;
}

/** `there` are the counters in Redis; `received` is what Redis got from the app. */
export function causeOfCounter(
  key: string,
  there: readonly string[],
  received: readonly TracedCommand[],
): string {
  if (there.includes(key)) return COUNTER;
  if (there[0] !== undefined)
    return `The counter of a name is attempts:<name>, but here it is "${there[0]}": is exactly the name in the key?`;
  const writes = /^(SET|SETEX|PSETEX|INCR|INCRBY|EVAL|EVALSHA)$/;
  return received.some(({ name, args }) => writes.test(name) && args.includes(key))
    ? `The counter was made, but is gone. Nothing but time ends a window. ${UNITS}`
    : COUNTER;
}

export function causeOfWindow(ttl: number, least: number, most: number): string {
  if (ttl === -1)
    return "INCR makes a counter without a time to live, and SET takes the time away that a key has: EXPIRE … NX in the same MULTI gives it one.";
  return ttl < least || ttl > Math.max(most, WINDOW_LIMIT) ? UNITS : WINDOW;
}
const WINDOW_LIMIT = 60;

export function causeOfRetryAfter(after: string | undefined): string {
  const header = 'response.set("Retry-After", String(seconds))';
  if (after === undefined) return `TTL attempts:<name> gives the seconds that are left: ${header}.`;
  if (!/^\d+$/.test(after) || Number(after) <= 1)
    return "Is that the answer of TTL? exec() gives one answer per command, in order, also for EXPIRE (1 or 0): after INCR and EXPIRE, that of TTL is the third.";
  if (Number(after) > WINDOW_LIMIT) return "TTL gives seconds, PTTL milliseconds.";
  return `TTL attempts:<name> gives the seconds that are left at this moment: ${header}.`;
}

export function causeOfIds(id: string): string {
  return /[+/=]/.test(id)
    ? 'In base64 there are +, / and =, which response.cookie() encodes, so another text comes back: "base64url", "hex" or randomUUID() have none of them.'
    : 'randomUUID() gives 36 of them, randomBytes(16).toString("hex") 32. Shorter ids can be tried out.';
}

export function causeOfLogout(status: unknown): string | undefined {
  if (status === 404) return 'Whatever changes something is a POST: app.post("/logout", …).';
  return status === 200
    ? "204 says: done, and there is nothing to show: response.status(204).end()."
    : undefined;
}

export function causeOfNoLimit(status: unknown): string | undefined {
  if (status === 401 || status === 200)
    return "Count the attempt first, and answer 429 before the code is looked at: the sixth is one too many, right or wrong.";
  return undefined;
}

export function causeOfAnswer(body: unknown): string | undefined {
  return Object.keys(body ?? {}).length > 1
    ? "The id belongs into the cookie alone: what is in a body, every script in the page can read."
    : undefined;
}
