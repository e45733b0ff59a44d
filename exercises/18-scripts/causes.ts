/** The likely causes that failed checks name. */
import type { TracedCommand } from "redis-learning-lab";

/** What Redis and node-redis say, and what it means for a script; the first that matches. */
const ERRORS: readonly (readonly [RegExp, string])[] = [
  [
    /commands failed, see/,
    "Do the whole work in one script, and send it without MULTI: it is one step by itself, and the error that you catch is its own.",
  ],
  [
    /NOSCRIPT|Function not found/,
    "Redis knows no such script, or knows it no longer: after a restart, a failover or SCRIPT FLUSH it has forgotten all of them. Catch this error, and send the script's text (load the functions again).",
  ],
  [
    /ENOENT/,
    "This file is not there: of your answer only TypeScript and JavaScript are taken along. Write the Lua text as a constant in one of these.",
  ],
  [
    /Library .* already exists/,
    "Another process has loaded it: FUNCTION LOAD with REPLACE puts the new one in its place.",
  ],
  [
    /[Cc]ompiling (script|function)/,
    "This is not Lua: if … then … end, ~= for not equal, and/or/not, -- for a comment. If a value was pasted into the text, pass it as ARGV.",
  ],
  [
    /\bnil\b/,
    'Something is nil here: of a missing key, GET gives false and tonumber makes nil of it, so write tonumber(redis.call("GET", KEYS[1]) or "0"). KEYS[1] and ARGV[1] are nil where they were not passed as { keys, arguments }.',
  ],
  [
    /attempt to (compare|perform arithmetic|concatenate)/,
    'ARGV and what GET gives are texts, and GET gives false for a missing key: tonumber(redis.call("GET", KEYS[1]) or "0") makes a number.',
  ],
  [
    /nonexistent global variable|[Rr]eadonly table|attempt to create global/,
    "In a script every variable begins with local, and only redis, KEYS, ARGV and Lua's own functions are there. Lua says nil, not null.",
  ],
  [
    /arguments must be strings or integers/,
    "redis.call takes texts and numbers, not nil or false. Lua counts from 1, KEYS[1] and ARGV[1], and they are there only where they were passed as { keys, arguments }.",
  ],
  [
    /Invalid argument type|must be of type "string/,
    "node-redis takes keys and values in one object, { keys: […], arguments: […] }, and all of them are texts: String(amount).",
  ],
  [
    /is not a function$/,
    "A method that does not exist: node-redis writes eval, evalSha, scriptLoad, fCall and functionLoad.",
  ],
  [
    /WRONGTYPE/,
    "A command was sent to a key that holds another type of value: the accounts and counters are texts of digits, as INCRBY makes them.",
  ],
  [
    /not an integer or out of range/,
    "INCRBY takes whole numbers. Is amount looked at before, and are the arguments in their order?",
  ],
];

/** What is wrong with the script where a call ended with this message. */
export const errorCause = (message: string) => ERRORS.find(([pattern]) => pattern.test(message))?.[1];

export const ENOUGH =
  'Only what is there may be moved: compare the balance with the amount, each made a number by tonumber, because as texts "9" comes after "10".';
export const AS_TEXTS =
  'ARGV and what GET gives are texts, and as texts "9" comes after "10": tonumber(…) makes a number of each before you compare.';

/** What beginners give back instead of true or false; `cause` where it is one of these. */
export const unlessNoBoolean = (cause: string) => (found: unknown) => {
  if (found === 1 || found === 0 || found === "1" || found === "0")
    return "A script cannot give back true: it gives 1 or 0. Make true or false of it, with === 1.";
  if (found === null)
    return "false in Lua becomes null: let the script give back 1 or 0, and compare with === 1.";
  return typeof found === "boolean" ? cause : undefined;
};

const WITHOUT_SCRIPT =
  "Of several commands, what the others did stays where one fails; with MULTI, even those after it are run. Write one script: it ends at the first error, so the write that may fail comes first.";
const ADDS = /^(INCR|DECR)/;

/** Why something was moved though the key `to` holds no number, by what Redis received. */
export function movedCause(commands: readonly TracedCommand[], to: string): string {
  if (!commands.some(({ byScript }) => byScript)) return WITHOUT_SCRIPT;
  const wentOn = commands.some(
    ({ name, args, byScript }, index) =>
      byScript && ADDS.test(name) && args[0] === to && commands[index + 1]?.byScript,
  );
  return wentOn
    ? "Adding to that account failed, and the script went on: redis.pcall gives the error back as a value, and pcall does the same. redis.call ends the script."
    : "When a command fails in a script, what the commands before it did stays: nothing is undone. So the one that may fail comes first, or you look before you write.";
}

/** Why no error was thrown though the key `to` holds no number, by what Redis received. */
export function noErrorCause(commands: readonly TracedCommand[], to: string): string {
  const failed = commands.some(({ name, args }) => ADDS.test(name) && args[0] === to);
  return failed
    ? "A command failed, but the caller does not learn of it. In JavaScript, catch only the error that begins with NOSCRIPT, and throw the others on; in the script, redis.call ends it with the error, redis.pcall does not."
    : "Let the error of Redis through: INCRBY on that account fails by itself. A script that looks first ends with return redis.error_reply(…), not with return 0; and JavaScript catches only the error that begins with NOSCRIPT.";
}

/** Why a counter has not the time that was left, by its TTL. */
export function timeCause(call: string, ttl: number): string {
  return ttl === -1
    ? "A plain SET takes the time away: use INCR, which leaves it, or SET … KEEPTTL."
    : `The time was changed by ${call}: whoever calls again and again would never get a new window. Set it with the first call alone, when INCR gives 1.`;
}

/** Why more was sent than the one command that runs a script. */
export function moreSentCause(titles: readonly string[], runsScript: boolean): string {
  if (titles.includes("SCRIPT EXISTS"))
    return "Asking first is one more round trip for each call, and the script may be forgotten in between: send EVALSHA, and look at its error.";
  if (titles.includes("MULTI"))
    return runsScript
      ? "A script is one step by itself: send it without MULTI."
      : "MULTI cannot look: WATCH and GET are sent before it, and it is all tried again when another was quicker. Write one script, which looks and writes in one step.";
  return runsScript
    ? "The script does all of it, in one step: what is sent before or after it is another step, between which others come, and another round trip."
    : "Several commands are several steps: others come between them, and a program that dies there leaves half of it. One script does all of it.";
}

/** Why the text of a known script was sent. */
export function textSentCause(texts: number): string {
  return texts > 1
    ? "The texts differ from call to call: values are pasted into them, so each is another script, and Redis keeps them all. Pass names as KEYS, values as ARGV."
    : "Redis keeps each script that it was sent once: EVALSHA runs it by its SHA1. Only where that fails with NOSCRIPT is the text sent.";
}

export const RUN_AGAIN =
  "The script failed, so Redis knows it; it was sent and run again all the same. Only the error that begins with NOSCRIPT means that it is not known: throw all others on.";
