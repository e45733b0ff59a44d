/** Why an answer probably fails: what beginners do, and what they should do instead. */

export const ENDED =
  "The session is over, in Redis. Ask Redis at each request: a variable in one process does not know what the others do.";
export const COPIED =
  "The cookie is only in this browser: whoever copied it is logged in until DEL session:<id>. Await that before the answer.";
export const COUNTER =
  "attempts:<name> in Redis counts the attempts at all instances, right and wrong ones alike, and nothing sets it back.";
export const WINDOW =
  "The window begins with the first attempt, and later ones do not make it longer: give the counter its 60 seconds only where it has none.";
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
  return 'Look first whether both are texts, typeof … === "string".';
}

export function causeOfUnknownSession(status: unknown): string | undefined {
  if (status === 401)
    return "The session is in Redis, at session:<id>, begun by another program. The browser sends all cookies: is exactly the one with the name sid read?";
  return undefined;
}

export function causeOfOpenDoor(status: unknown): string | undefined {
  if (status === 500)
    return "Where no cookie came, request.headers.cookie is undefined, and get needs a text.";
  return status === 200 ? ENDED : undefined;
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
