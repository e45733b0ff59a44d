/** The likely causes that failed checks name. */
import { AMPLE } from "./calls.ts";

export const SECOND_LOOK =
  "Another one may have stored the value and freed the lock since you looked: look at the cache once more when you have the lock.";

export function stampedeCause(loads: number, locked: number): string {
  if (loads === 2)
    return locked === 2
      ? SECOND_LOOK
      : "Each of the two processes loaded once: a variable is known in one process only, a lock in Redis (SET with NX) in all.";
  return "They all saw that there was nothing, and loaded. SET with NX lets only one have the lock; looking first and locking later lets many.";
}

export const LOADED_TWICE =
  "It had loaded already: what goes wrong in Redis after the load, or in load itself, must not lead to another load.";

export const AWAY = {
  unanswered:
    "Each command waits as long as the connection lives, or until there is one again: let each one race a timer of redisMs, also the one that stores.",
  threw: "The caller wants its value: where Redis fails, do without it and give what load gives.",
  returned: "Where Redis fails, give what load gives.",
};

export function notStoredCause(value: unknown): string {
  if (value === null)
    return "null is a value as any other: without it in the cache, a name that does not exist is loaded each time.";
  return value
    ? "Was nothing stored, or at another key? Where errors of Redis are caught, print them for a moment."
    : "0, false and an empty text are values, too: if (value) takes them for nothing.";
}

export function hitCause(value: unknown): string {
  return value === null || !value
    ? "Only where client.get gives null there is nothing in the cache: compare the text with null, before JSON.parse. if (value) and || take 0, an empty text, false and null for nothing."
    : "It was in the cache, at cache:<name>, as JSON: look there first.";
}

export function ttlCause(seconds: number): string | undefined {
  if (seconds === -1)
    return "It has no time to live: what nobody forgets would be old for ever. SET takes EX with seconds.";
  if (seconds > AMPLE.seconds)
    return "seconds is the most: vary it downwards. (EX takes seconds, PX milliseconds.)";
  return "EX takes seconds, PX milliseconds; the random time is at least 80 % of seconds.";
}

export function lockTtlCause(found: unknown): string | undefined {
  if (found === -2 || found === undefined)
    return "Who loads holds the lock: SET lock:<name> with NX and PX, before load is called.";
  return "Let the lock live lockMs milliseconds: SET with PX and lockMs. One that never ends stays for ever when its process dies.";
}

export function waitsCause(commands: number): string {
  return commands === 0
    ? "While the lock is there, wait: pause, look at the cache, try to get the lock, and so on."
    : "Another process took the lock between two of your commands: looking and taking must be one command, SET with NX.";
}

export const IN_ONE_STEP =
  "A program that dies before this command leaves the key for ever: SET takes the time along (expiration).";
