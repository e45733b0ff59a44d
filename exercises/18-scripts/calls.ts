/** How the functions are called, and what they sent. */
import type { Expect, ModuleAnswer, TracedCommand } from "redis-learning-lab";
import { errorCause, moreSentCause, textSentCause } from "./causes.ts";

/** Calls a function that should not throw; where a script is the reason, says what is wrong with it. */
export async function called(expect: Expect, answer: ModuleAnswer, name: string, ...args: unknown[]) {
  const ended = await answer.outcome(name, args);
  if (ended.kind === "returned") return ended.value;
  if (ended.kind === "unanswered") return expect.that(false, `${name} did not answer`);
  const { error } = ended;
  const at = error.at ? ` (${error.at})` : "";
  return expect.that(false, `${name} threw ${error.name}: ${error.message}${at}`, {
    actual: `${error.name}: ${error.message}`,
    cause: errorCause(error.message),
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

/**
 * `count` calls of a function whose script is known sent one command each, that names the script.
 * @param textCause why its text may have been sent, if not for the usual reasons.
 */
export function expectOneCommandEach(
  expect: Expect,
  name: string,
  received: readonly TracedCommand[],
  count: number,
  textCause?: string,
): void {
  const sent = sentBy(received);
  const texts = new Set(
    sent.filter(carriesText).map(({ name, args }) => (WITH_TEXT.includes(name) ? args[0] : args.at(-1))),
  );
  const titles = sent.map(({ name, args }) =>
    HAVE_PARTS.includes(name) ? `${name} ${args[0]?.toUpperCase()}` : name,
  );
  const actual = titles.slice(0, 12).join(", ");
  const expected = count === 1 ? "EVALSHA (or FCALL)" : `${count} × EVALSHA (or FCALL), one for each call`;
  expect.that(texts.size === 0, `${name} sends the text of a script that Redis knows`, {
    expected,
    actual,
    cause: textCause ?? textSentCause(texts.size),
  });
  const runs = sent.filter((one) => BY_NAME.includes(one.name));
  expect.that(
    sent.length === count && runs.length === count,
    `${name} should send one command, which runs a script`,
    { expected, actual, cause: moreSentCause(titles, runs.length > 0) },
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
