/** What this exercise's checks know of subscribers: when they listen, what they printed, and why it is not right. */
import { isDeepStrictEqual } from "node:util";
import type { ProgramContext, RunningAnswer } from "redis-learning-lab";

/** Milliseconds for a program to do what it should. The lesson asks for 3 seconds; a busy machine may need more. */
const AMPLE_MS = 5_000;

/** One line of a subscriber as data; a text where it is no JSON. */
type Line = unknown;

export const isPattern = (name: string) => name.includes("*");

/** What a subscriber should print for a message; `pattern` where it came by one. */
export function line(channel: string, message: string, pattern?: string): Line {
  return pattern === undefined ? { channel, message } : { pattern, channel, message };
}

/** Waits until `holds`. Fails where that takes too long, or where one of the programs ends before. */
export async function waitUntil(
  { expect }: ProgramContext,
  programs: readonly RunningAnswer[],
  holds: () => Promise<boolean> | boolean,
  detail: { message: string; expected: string; actual?: () => string; cause: () => string },
): Promise<void> {
  const { message, expected } = detail;
  const cause = () => programs.map(troubleCause).find(Boolean) ?? detail.cause();
  let isReached = false;
  let actual = "";
  await expect.eventually(
    async () => {
      // In this order: what it does before it ends is seen.
      const ended = programs.find((program) => !program.isRunning);
      isReached = await holds();
      if (isReached) return "done";
      actual = ended ? `it ended: ${ended.shown()}` : programs.map((one) => one.shown()).join("\n");
      actual = [detail.actual?.(), actual].filter(Boolean).join("\n");
      return ended ? "done" : actual;
    },
    (state) => state === "done",
    message,
    { expected, cause, withinMs: AMPLE_MS },
  );
  expect.that(isReached, message, { expected, actual, cause });
}

/** Starts a subscriber for each list of names, all at once, and waits until they listen. */
export async function startSubscribers<Lists extends readonly (readonly string[])[]>(
  context: ProgramContext,
  ...lists: Lists
): Promise<{ [Index in keyof Lists]: RunningAnswer }> {
  const starting = lists.map((names) => context.answer.start({ args: ["subscribe", ...names] }));
  const programs = await Promise.all(starting);
  await untilSubscribed(context, programs, lists.flat());
  await waitUntil(context, programs, () => programs.every(isListening), {
    message: "a subscriber should print listening as its first line, once it has subscribed",
    expected: "listening",
    cause: () =>
      'await client.subscribe(…) comes back when Redis has confirmed it: then console.log("listening").',
  });
  return programs as { [Index in keyof Lists]: RunningAnswer };
}

function isListening(program: RunningAnswer): boolean {
  return program.output("stdout").startsWith("listening\n");
}

/**
 * Waits until each channel has its subscribers in Redis, as often as it is in `names`, and each pattern is there.
 * `broken`: they were there before, and their connection was cut.
 */
export async function untilSubscribed(
  context: ProgramContext,
  programs: readonly RunningAnswer[],
  names: readonly string[],
  broken = false,
): Promise<void> {
  const { redis, trace } = context;
  const channels = names.filter((name) => !isPattern(name));
  const patterns = [...new Set(names.filter(isPattern))];
  let sent: string[] = [];
  const holds = async () => {
    const commands = (await trace.commands()).filter(({ name }) => /^P?SUBSCRIBE$/.test(name));
    sent = commands.flatMap(({ name, args }) => args.map((one) => `${name} ${one}`));
    const counts: Record<string, number> = await redis.pubSubNumSub([...new Set(channels)]);
    const areThere = Object.entries(counts).every(
      ([channel, count]) => count >= channels.filter((name) => name === channel).length,
    );
    return areThere && (await redis.pubSubNumPat()) === patterns.length;
  };
  await waitUntil(context, programs, holds, {
    message: broken
      ? "when its connection broke, a subscriber should connect and subscribe again, as node-redis does by itself"
      : "a subscriber should subscribe to each channel and each pattern that it is given, and stay",
    expected: [
      ...new Set(channels.map((name) => `SUBSCRIBE ${name}`)),
      ...patterns.map((name) => `PSUBSCRIBE ${name}`),
    ].join("\n"),
    actual: () => sent.join("\n") || "no SUBSCRIBE",
    cause: () => (broken ? RECONNECT_CAUSE : subscriptionCause(sent, names)),
  });
}

const RECONNECT_CAUSE =
  'node-redis connects again unless socket.reconnectStrategy forbids it. The listener of "error" must be there, and must not end the program.';
const STAY_CAUSE =
  "It had subscribed, but did not stay: await a promise that the message stop resolves, and close the client only then.";

function subscriptionCause(sent: readonly string[], names: readonly string[]): string {
  if (names.some((name) => isPattern(name) && sent.includes(`SUBSCRIBE ${name}`)))
    return "A name with * in it is a pattern, wherever the * is: client.pSubscribe. SUBSCRIBE takes it letter by letter.";
  if (names.some((name) => !isPattern(name) && sent.includes(`PSUBSCRIBE ${name}`)))
    return "A name without * is a channel, also with ? or [ in it: client.subscribe.";
  if (names.every((name) => sent.includes(`${isPattern(name) ? "PSUBSCRIBE" : "SUBSCRIBE"} ${name}`)))
    return STAY_CAUSE;
  return "The names are all arguments behind subscribe: process.argv.slice(3). Each channel needs client.subscribe(name, listener), each pattern client.pSubscribe(name, listener).";
}

/** What a subscriber printed after "listening": by subscription, and there in its order. */
export function linesOf(program: RunningAnswer): Line[] {
  const [, ...lines] = program.output("stdout").split("\n");
  return bySubscription(lines.slice(0, -1).map(parsed));
}

/** Sorted by channel or pattern; lines of the same one stay in their order. */
function bySubscription(lines: readonly Line[]): Line[] {
  return [...lines].sort((a, b) =>
    subscriptionOf(a) < subscriptionOf(b) ? -1 : subscriptionOf(a) > subscriptionOf(b) ? 1 : 0,
  );
}

function subscriptionOf(one: Line): string {
  if (typeof one !== "object" || one === null) return "";
  const { pattern, channel } = one as { pattern?: unknown; channel?: unknown };
  return String(pattern ?? channel);
}

function parsed(text: string): Line {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : text;
  } catch {
    return text;
  }
}

/** The likely causes where lines are wrong: where one is missing, and where the program has ended before it. */
interface LineCauses {
  readonly usual: string;
  readonly whenMissing?: string;
  readonly whenEnded?: string;
}

/** Waits until a subscriber has printed its lines. Fails where one is wrong, or where the program ends before. */
export async function expectLines(
  context: ProgramContext,
  program: RunningAnswer,
  expected: readonly Line[],
  causes: LineCauses,
): Promise<void> {
  const { usual, whenMissing = usual, whenEnded = STAY_CAUSE } = causes;
  let hasEnded = false;
  let missing: Line | undefined;
  await context.expect.eventually(
    () => {
      // In this order: what it prints before it ends is seen.
      hasEnded = !program.isRunning;
      const found = linesOf(program);
      missing = missingLine(found, expected);
      return missing === undefined ? "done" : `${found.length} lines, without ${JSON.stringify(missing)}`;
    },
    (state) => hasEnded || state === "done",
    "a subscriber should print a line for each message",
    {
      expected: `${expected.length} lines`,
      cause: () => linesTrouble(program, expected) ?? whenMissing,
      withinMs: AMPLE_MS,
    },
  );
  const errors = program.output("stderr") && `\n${program.shown()}`;
  context.expect.that(missing === undefined, "a subscriber should stay until the message stop", {
    expected: `it prints ${JSON.stringify(missing)}`,
    actual: `it ended when it should have printed that line${errors}`,
    cause: troubleCause(program) ?? whenEnded,
  });
  expectPrinted(context, program, expected, causes);
}

/** Compares what a subscriber has printed by now; shows the first line that differs, and none that is right. */
export function expectPrinted(
  { expect }: ProgramContext,
  program: RunningAnswer,
  expected: readonly Line[],
  { usual, whenMissing = usual }: LineCauses,
): void {
  const found = linesOf(program);
  const cause = (otherwise: string) => linesTrouble(program, expected) ?? otherwise;
  const text = found.find((one) => typeof one === "string");
  expect.that(text === undefined, "each line that a subscriber prints after listening should be JSON", {
    expected: "a line of JSON for each message",
    actual: text,
    cause: text === undefined ? undefined : cause(usual),
  });
  const difference = firstDifference(found, expected);
  if (!difference) return;
  const [wanted, there] = difference;
  if (wanted !== undefined && there !== undefined)
    expect.value(there, "a line that the subscriber printed").equals(wanted, { cause: cause(usual) });
  expect.that(false, `the subscriber should print ${expected.length} lines after listening`, {
    expected: wanted === undefined ? "no other line" : JSON.stringify(wanted),
    actual: there === undefined ? `${found.length} lines, not this one` : JSON.stringify(there),
    cause: cause(wanted === undefined ? usual : whenMissing),
  });
}

/** The first line that is not there yet, where all the others are right. */
function missingLine(found: readonly Line[], expected: readonly Line[]): Line | undefined {
  const [wanted, there] = firstDifference(found, expected) ?? [];
  return there === undefined ? wanted : undefined;
}

/** By subscription, what should come next and what came; a line that should nowhere be stands for one that is missing. */
function firstDifference(
  found: readonly Line[],
  expected: readonly Line[],
): readonly [wanted: Line | undefined, there: Line | undefined] | undefined {
  const strange = found.find((one) => !expected.some((other) => isDeepStrictEqual(one, other)));
  for (const by of new Set([...expected, ...found].map(subscriptionOf))) {
    const [wanted = [], there = []] = [expected, found].map((lines) =>
      lines.filter((one) => subscriptionOf(one) === by),
    );
    const at = wanted.findIndex((one, index) => !isDeepStrictEqual(one, there[index]));
    if (at >= 0) return [wanted[at], there[at] ?? strange];
    if (there.length > wanted.length) return [undefined, there[wanted.length]];
  }
  return undefined;
}

function linesTrouble(program: RunningAnswer, expected: readonly Line[]): string | undefined {
  return troubleCause(program) ?? linesCause(linesOf(program), expected);
}

function linesCause(found: readonly Line[], expected: readonly Line[]): string | undefined {
  const fields = (lines: readonly Line[], field: string) =>
    lines.map((one) => (one as Record<string, unknown>)[field]).filter((value) => value !== undefined);
  const messages = fields(found, "message");
  const channels = fields(found, "channel");
  if (found.includes("listening"))
    return "listening is printed once: when all names are confirmed for the first time, not for each name, and not again after a break.";
  if (found.some((one) => typeof one === "string"))
    return "Each message is one line of JSON: console.log(JSON.stringify({ channel, message })). Written by hand, it breaks at quotes and line breaks. Remarks go to console.error.";
  if (messages.length < found.length || channels.length < found.length)
    return "The fields are channel and message, and pattern where it came by one: JSON.stringify({ channel, message }).";
  if (messages.some((one) => fields(expected, "channel").includes(one)))
    return "A listener gets the message first and the channel second: (message, channel) => …";
  if (channels.some((one) => fields(expected, "pattern").includes(one)))
    return "The channel is where the message was published. A listener gets it as its second argument, also with pSubscribe.";
  if (messages.some((one) => typeof one !== "string"))
    return "A message is a text: print it as it came, without JSON.parse.";
  if (fields(expected, "message").includes("") && !messages.includes(""))
    return "An empty text is a message, too: `if (message)` takes it for nothing.";
  if (messages.includes("stop")) return "The message stop gets no line.";
  if (found.length < expected.length && fields(expected, "message").every((one) => messages.includes(one)))
    return "The same text may come again: on the same channel, on another, or by a pattern as well. Each call of a listener is a line of its own.";
  return undefined;
}

/** What beginners meet when they use a client. */
export function troubleCause(program: RunningAnswer): string | undefined {
  const output = program.output();
  if (/ECONNREFUSED|ENOTFOUND|NOAUTH|WRONGPASS/.test(output))
    return "It looks for Redis elsewhere: the address of this Redis, with its password, is in process.env.REDIS_URL.";
  if (/Unhandled 'error' event/.test(output))
    return 'Nobody listened to the client\'s "error" event, and that ends a program: client.on("error", …).';
  if (/The client is closed|Disconnects client/.test(output))
    return "A client takes commands, and close(), only while it is connected: await client.connect() comes first, close() last, and once.";
  if (/is not a function/.test(output))
    return "A method that does not exist: node-redis writes commands as publish, subscribe, pSubscribe.";
  return undefined;
}

/** It ends with exit code 0, soon. */
export async function expectEnd(
  { expect }: ProgramContext,
  program: RunningAnswer,
  who: string,
  causes: { whenRunning: string; whenFailed: string; whenClosed?: string },
): Promise<void> {
  const { whenRunning, whenFailed, whenClosed } = causes;
  await expect.eventually(
    () => (program.isRunning ? `still running: ${program.shown()}` : "ended"),
    (state) => state === "ended",
    `${who} should end within 3 seconds`,
    {
      withinMs: AMPLE_MS,
      expected: "it ends by itself, with exit code 0",
      cause: () => troubleCause(program) ?? whenRunning,
    },
  );
  const { code, signal } = await program.ended();
  const hasClosed = /The client is closed/.test(program.output());
  expect.that(code === 0, `the exit code of ${who} should be 0`, {
    expected: 0,
    actual: `${code ?? signal}: ${program.shown()}`,
    cause: (hasClosed ? whenClosed : undefined) ?? troubleCause(program) ?? whenFailed,
  });
}

/** It ends, says on standard error that Redis refused, and prints nothing else. */
export async function expectRefusal(
  { expect }: ProgramContext,
  program: RunningAnswer,
  what: string,
): Promise<void> {
  const isSaid = () => REASON.test(program.output("stderr"));
  const isListening = () => program.output("stdout").includes("listening");
  await expect.eventually(
    () => (program.isRunning ? `still running: ${program.shown()}` : "ended"),
    (state) => state === "ended",
    `${what} should end where Redis refuses it`,
    {
      withinMs: AMPLE_MS,
      expected: "it ends, with an exit code other than 0",
      cause: () => (!isSaid() ? REFUSED : isListening() ? REFUSED_ONE : REFUSED_OPEN),
    },
  );
  expect.value(program.output("stdout"), `the standard output of ${what} that was refused`).equals("", {
    cause: isListening()
      ? "listening was printed although Redis refused a name: await every subscribe and every pSubscribe first, in one try."
      : "Only what Redis has done is printed to standard output.",
  });
  const errors = program.output("stderr");
  const isPlain = errors.split("\n").every((one) => one === "" || one.startsWith("Redis: "));
  expect.that(isSaid() && isPlain, "standard error should hold the reason, in lines that begin with Redis:", {
    expected: "Redis: and the message of the error, for instance NOPERM …",
    actual: errors.slice(0, 1_500) || "nothing",
    cause: !/^\s+at /m.test(errors)
      ? REFUSED
      : /^Node\.js v/m.test(errors)
        ? "An error that nobody catches ends a program with a stack trace: await in a try, and print error.message in its catch."
        : "console.error of a whole error prints its stack, too: print error.message alone.",
  });
  const { code } = await program.ended();
  expect.that(code !== 0, "the exit code should be another than 0", {
    expected: 1,
    actual: code,
    cause: "Who started the program takes 0 for success: set process.exitCode = 1 where you print the error.",
  });
}

/** What Redis says to a user who may not use a channel: to a command, at the end of a transaction, to a script. */
const REASON = /^Redis: .*(NOPERM|EXECABORT|can't publish|ACL failure)/m;
const REFUSED =
  "connect, publish and subscribe belong in one try. Its catch prints Redis: and error.message with console.error, sets process.exitCode = 1 and closes the client.";
const REFUSED_ONE =
  "One name that Redis refuses ends the whole program: await every subscribe and every pSubscribe in one try, and print listening only after all of them.";
const REFUSED_OPEN =
  "It said why, and runs on: the open connection keeps it running. Close the client in the catch, too.";
