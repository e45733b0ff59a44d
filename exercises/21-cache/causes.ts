/** The likely causes that failed checks name. */
import type { TracedCommand } from "redis-learning-lab";

export const SECOND_LOOK =
  "Another one may have stored the value and freed the lock since you looked: look at the cache once more when you have the lock.";

export const TOKEN_ALONE =
  "Free a lock only while it holds your token, in a script: it may have ended, and be another one's by now.";

export const WAITS =
  "While the lock is there, go on as long as it takes: a short pause, look at the cache, try to get the lock. Neither lockMs nor redisMs nor a number of tries ends that.";

/** Who waits until another process has stored the value. */
export const GAVE_UP = {
  unanswered: "Who waits looks at the cache again and again, with short pauses.",
  threw:
    "Who waits does not give up, however long that takes: redisMs is for each reply, not for all of them.",
  returned: "Who waits gives what is in the cache in the end, and nothing before it is there.",
};

/** `locked`: how many of the loads saw a lock. `taken`: the commands about the lock. */
export function stampedeCause(loads: number, locked: number, taken: readonly TracedCommand[]): string {
  if (locked === 0)
    return loads === 2
      ? "Each of the two processes loaded once: a variable is known in one process only, a lock in Redis (SET with NX) in all."
      : "They all saw that there was nothing, and loaded. Only who gets the lock may load: SET lock:<name> with NX gives it to one.";
  if (taken.some(({ name, args }) => name === "SET" && !args.some((arg) => arg.toUpperCase() === "NX")))
    return "Several took the lock: EXISTS or GET first and SET later lets many have it. SET with NX looks and takes in one step.";
  return loads === 2 ? SECOND_LOOK : `Who does not get the lock waits, and does not load. ${SECOND_LOOK}`;
}

export const LOADED_TWICE =
  "It had loaded already: what goes wrong in Redis after the load, or in load itself, must not lead to another load.";

export const AWAY = {
  unanswered:
    "Each command waits as long as the connection lives, or until there is one again: let each one race a timer of redisMs, also the one that stores.",
  threw: "The caller wants its value: where Redis fails, do without it and give what load gives.",
  returned: "Where Redis fails, give what load gives.",
};

/** Why nothing was stored, as far as it is seen. */
export function notStoredCause(value: unknown, commands: readonly TracedCommand[]): string {
  if (isFractional(commands)) return WHOLE_SECONDS;
  if (value === null)
    return "null is a value as any other: without it in the cache, a name that does not exist is loaded each time.";
  return value
    ? "Was nothing stored, or at another key? Where errors of Redis are caught, print them for a moment."
    : "0, false and an empty text are values, too: if (value) takes them for nothing.";
}

const WHOLE_SECONDS = "Redis refused a time with a fraction: EX and PX want whole numbers, Math.round.";
const isFractional = (commands: readonly TracedCommand[]) =>
  commands.some(({ args }) => args.some((arg) => /^\d+\.\d+$/.test(arg)));

export function missThrewCause(commands: readonly TracedCommand[]): string | undefined {
  return isFractional(commands) ? WHOLE_SECONDS : undefined;
}

export function hitCause(value: unknown): string {
  return value === null || !value
    ? "Only where client.get gives null there is nothing in the cache: compare the text with null, before JSON.parse. if (value) and || take 0, an empty text, false and null for nothing."
    : "It was in the cache, at cache:<name>, as JSON: look there first.";
}

export function ttlCause(found: number, seconds: number): string | undefined {
  if (found === -1)
    return "It has no time to live: what nobody forgets would be old for ever. SET takes EX with seconds.";
  if (found > seconds)
    return "seconds, which is another number in each call, is the most: vary it downwards. (EX takes seconds, PX milliseconds.)";
  return "EX takes seconds, PX milliseconds; the random time is at least 80 % of seconds, which is another number in each call.";
}

export function lockTtlCause(found: unknown): string | undefined {
  if (found === -2 || found === undefined)
    return "Who loads holds the lock: SET lock:<name> with NX and PX, before load is called.";
  return "Let the lock live lockMs milliseconds: SET with PX and lockMs. One that never ends stays for ever when its process dies.";
}

/** `late`: what a call sent after it had given up. */
export function lateCause(late: readonly TracedCommand[], stored: string): string {
  return late.some(({ args }) => args.includes(stored))
    ? "A reply was late, so this call must ask Redis no more: give what load gives, and do not store it."
    : "It went on in the background when Redis was back, and may take a lock that nobody frees: each command needs a timer of its own, after which the call asks no more.";
}

export const IN_ONE_STEP =
  "A program that dies before this command leaves the key for ever: SET takes the time along (expiration).";
