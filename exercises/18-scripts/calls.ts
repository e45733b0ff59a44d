/** How scripts are called: what went wrong in them, and what of them was sent. */
import type { Expect, ModuleAnswer, TracedCommand } from "redis-learning-lab";

/** What Redis and node-redis say about scripts, and what it means; the first that matches. */
const SCRIPT_CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /NOSCRIPT|Function not found/,
    "Redis knows no such script, or knows it no longer: after a restart, a failover or SCRIPT FLUSH it has forgotten all of them. Catch this error, and send the script's text (load the functions again).",
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

/** Calls a function that should not throw; where a script is the reason, says what is wrong with it. */
export async function called(expect: Expect, answer: ModuleAnswer, name: string, ...args: unknown[]) {
  const ended = await answer.outcome(name, args);
  if (ended.kind === "returned") return ended.value;
  if (ended.kind === "unanswered") return expect.that(false, `${name} did not answer`);
  const { error } = ended;
  const at = error.at ? ` (${error.at})` : "";
  return expect.that(false, `${name} threw ${error.name}: ${error.message}${at}`, {
    actual: `${error.name}: ${error.message}`,
    cause: SCRIPT_CAUSES.find(([pattern]) => pattern.test(error.message))?.[1],
  });
}

/** What the functions themselves sent, without what their scripts did. */
export const sentBy = (commands: readonly TracedCommand[]) => commands.filter(({ byScript }) => !byScript);

const BY_NAME = ["EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO"];
const WITH_TEXT = ["EVAL", "EVAL_RO"];
/** Commands whose first argument says which they are. */
const HAVE_PARTS = ["SCRIPT", "FUNCTION"];

const carriesText = ({ name, args }: TracedCommand) =>
  WITH_TEXT.includes(name) || (HAVE_PARTS.includes(name) && args[0]?.toUpperCase() === "LOAD");

/** `count` calls of a function whose script is known sent one command each, that names the script. */
export function expectOneCommandEach(
  expect: Expect,
  name: string,
  received: readonly TracedCommand[],
  count: number,
): void {
  const sent = sentBy(received);
  const texts = new Set(
    sent.filter(carriesText).map(({ name, args }) => (WITH_TEXT.includes(name) ? args[0] : args.at(-1))),
  );
  const titles = sent.map(({ name, args }) =>
    HAVE_PARTS.includes(name) ? `${name} ${args[0]?.toUpperCase()}` : name,
  );
  const actual = titles.slice(0, 12).join(", ");
  const expected = `${count} × EVALSHA (or FCALL), one for each call`;
  expect.that(texts.size === 0, `${name} sends the text of a script that Redis knows`, {
    expected,
    actual,
    cause:
      texts.size > 1
        ? "The texts differ from call to call: values are pasted into them, so each is another script, and Redis keeps them all. Pass names as KEYS, values as ARGV."
        : "Redis keeps each script that it was sent once: EVALSHA runs it by its SHA1. Only where that fails with NOSCRIPT is the text sent.",
  });
  expect.that(
    sent.length === count && sent.every((one) => BY_NAME.includes(one.name)),
    `${name} should send one command, which runs a script`,
    {
      expected,
      actual,
      cause: titles.includes("SCRIPT EXISTS")
        ? "Asking first is one more round trip for each call, and the script may be forgotten in between: send EVALSHA, and look at its error."
        : sent.some((one) => BY_NAME.includes(one.name))
          ? "The script does all of it, in one step: what is sent before or after it is another step, between which others come, and another round trip."
          : "Several commands are several steps: others come between them, and a program that dies there leaves half of it. One script does all of it.",
    },
  );
}

/** The command that ran a script passed all keys that the script used as keys. */
export function expectKeysPassed(
  expect: Expect,
  name: string,
  received: readonly TracedCommand[],
  keys: readonly string[],
): void {
  const runs = sentBy(received).filter((command) => [...BY_NAME, ...WITH_TEXT].includes(command.name));
  expect.that(runs.length > 0, `${name} should run a script`, {
    expected: "EVALSHA or FCALL",
    actual: "neither",
  });
  for (const run of runs) {
    const passed = run.args.slice(2, 2 + Number(run.args[1]));
    expect.that(
      keys.every((key) => passed.includes(key)),
      `${name} should pass ${keys.length > 1 ? "both keys" : "the key"} of its script as KEYS`,
      {
        expected: `keys: ${keys.join(", ")}`,
        actual: passed.length > 0 ? `keys: ${passed.join(", ")}` : "no keys",
        cause:
          "Make the names of keys in JavaScript and pass them in the list keys: Redis Cluster and access rules look at KEYS, and do not see what a script makes up or gets as ARGV.",
      },
    );
  }
}
