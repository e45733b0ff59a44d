import type { ProgramContext, ProgramExercise, RunningAnswer } from "redis-learning-lab";

/** Milliseconds for a program to do what it should. The lesson asks for 3 seconds; a busy machine may need more. */
const AMPLE_MS = 5_000;
/** For a check: long enough that the reason is told, and not that limit. */
const CHECK_MS = 20_000;

/** A port of the first few, which are given out to nobody: a connection to it is refused. */
const addressOfNobody = ({ random }: ProgramContext) => `redis://127.0.0.1:${random.integer(2, 6)}`;
const newList = ({ random }: ProgramContext) => `${random.word()}:${random.id()}`;

async function connectedLine({ redis }: ProgramContext): Promise<string> {
  return `connected to Redis ${/redis_version:(\S+)/.exec(await redis.info("server"))?.[1]}`;
}

/** Waits until `holds`. Fails where that takes too long, or where the program ends before. */
async function waitUntil(
  { expect }: ProgramContext,
  program: RunningAnswer,
  holds: () => Promise<boolean> | boolean,
  { message, expected, cause }: { message: string; expected: string; cause: string },
) {
  let isReached = false;
  const detail = { expected, cause: () => startCause(program) ?? cause };
  await expect.eventually(
    async () => {
      // In this order: what it does before it ends is seen.
      const hasEnded = !program.isRunning;
      isReached = await holds();
      return isReached || hasEnded ? "done" : program.shown();
    },
    (state) => state === "done",
    message,
    { ...detail, withinMs: AMPLE_MS },
  );
  expect.that(isReached, message, { ...detail, actual: `it ended: ${program.shown()}` });
}

/** What beginners meet when they start a client. */
function startCause(program: RunningAnswer): string | undefined {
  const output = program.output();
  if (/ECONNREFUSED|ENOTFOUND|NOAUTH|WRONGPASS/.test(output))
    return "It looks for Redis elsewhere: the address of this Redis, with its password, is in process.env.REDIS_URL.";
  if (/Disconnects client/.test(output))
    return "destroy() drops the commands that still wait for a reply: await them first.";
  if (/The client is closed/.test(output))
    return "A client takes commands, and close(), only while it is connected: await client.connect() comes first, close() last, and once.";
  if (/\[object Promise\]|is not a function|undefined \(reading/.test(output))
    return "A command gives a promise: put await before it, and only then use what comes out.";
  return undefined;
}

/** Starts the program and waits until it waits for a message itself. */
async function startWaiting(context: ProgramContext, list: string): Promise<RunningAnswer> {
  const program = await context.answer.start({ args: [list] });
  const isBlocked = async () => /blocked_clients:[1-9]/.test(await context.redis.info("clients"));
  await waitUntil(context, program, isBlocked, {
    message: "while the list is empty, the program should wait for a message inside Redis",
    expected: `BLPOP ${list} 0`,
    cause: "await client.blPop(list, 0) waits until something is in the list. Other commands reply at once.",
  });
  return program;
}

/** It ends soon, says why on standard error, line by line, and its exit code tells that it failed. */
async function expectsTrouble(
  context: ProgramContext,
  program: RunningAnswer,
  { reason, printed }: { reason: RegExp; printed: string },
) {
  const { expect } = context;
  await expect.eventually(
    () => (program.isRunning ? `still running: ${program.shown()}` : "ended"),
    (state) => state === "ended",
    "the program should give up within 3 seconds",
    { withinMs: AMPLE_MS, expected: "it ends, with an exit code other than 0", cause: GIVE_UP },
  );
  const lines = program.output("stderr").split("\n").filter(Boolean);
  expect.that(lines.length > 0, "nothing came on standard error", {
    expected: "Redis: <reason>",
    actual: `on standard output: ${program.output("stdout").trim() || "nothing"}`,
    cause: program.output("stdout").includes("Redis: ")
      ? "console.log writes to standard output. Errors go to standard error: console.error."
      : "An error was swallowed: print its message with console.error where you catch it.",
  });
  expect.that(
    lines.every((line) => line.startsWith("Redis:")),
    "standard error should hold the reason alone, in lines that begin with Redis:",
    { expected: "Redis: <reason>", actual: lines.join("\n").slice(0, 1_500), cause: stackCause(lines) },
  );
  expect.that(
    lines.some((line) => reason.test(line)),
    "the line on standard error should name the reason",
    {
      expected: "Redis: and then the message of node-redis' error",
      actual: lines.join("\n"),
      cause: "error.message says what went wrong. Words of your own say it only to who knows it already.",
    },
  );
  const { code, signal } = await program.ended(AMPLE_MS);
  expect.that(code !== 0 && signal === null, "the exit code should be another than 0", {
    expected: 1,
    actual: code ?? signal,
    cause: "Who started the program takes 0 for success: set process.exitCode = 1 where you print the error.",
  });
  expect.value(program.output("stdout"), "what came on standard output").equals(printed, {
    cause: "Errors and remarks go to standard error, with console.error.",
  });
}

const GIVE_UP =
  "node-redis tries to connect again, for ever, unless socket.reconnectStrategy says when to give up. And what is still open, client or timer, keeps the program running.";

function waitingCause(sent: string, list: string): string {
  if (!sent.startsWith("BLPOP ")) return "BLPOP takes the oldest message, the one on the left: client.blPop.";
  return sent.startsWith(`BLPOP ${list} `)
    ? "The second argument of blPop is how many seconds it waits; 0 is for ever."
    : "The list's name is the first argument on the command line, process.argv[2]: blPop(list, 0).";
}

function stackCause(lines: readonly string[]): string {
  const text = lines.join("\n");
  if (/Unhandled 'error' event/.test(text))
    return 'Nobody listened to the client\'s "error" event, and that ends a program: client.on("error", …).';
  if (/unsettled top-level await/.test(text))
    return "An await waits for a promise that can no longer be kept: is something destroyed while it is awaited?";
  if (/^Error: The client is closed|^\w*ClosedError: The client/m.test(text))
    return "close() throws where the connection is gone already: look at client.isOpen first, or use destroy().";
  if (!/^\s+at /m.test(text)) return "Begin each line on standard error with Redis: and a space.";
  return /^Node\.js v/m.test(text)
    ? "An error that nobody catches ends a program with a stack trace: connect and every command belong into a try, and its catch throws nothing on."
    : "That is the whole error with its stack trace, the list of functions: print error.message.";
}

export default {
  title: "Connect: a program that talks to Redis",
  objectives: ["O3 a Redis client with Node JS for basic operations"],
  form: "program",
  answer: "connect.ts",
  hints: [
    "Begin with the case where all is well: createClient with the url from process.env.REDIS_URL, await client.connect(), await the two commands, close.",
    'The version stands in the reply of client.info("server"), a text of many lines: /redis_version:(\\S+)/.exec(info)?.[1] cuts it out.',
    "client.blPop(process.argv[2], 0) waits for as long as it takes. It gives { key, element }; the message is the element.",
    "node-redis never stops trying to connect. With socket: { reconnectStrategy: false } in the options of createClient it gives up, and what you await is rejected.",
    'Put connect and all commands into one try. In its catch: console.error("Redis:", error.message) and process.exitCode = 1. The listener of "error" must be there, and may do nothing.',
  ],
  checks: [
    {
      id: "connects",
      title: "it connects to the Redis at REDIS_URL and prints the version that INFO says",
      points: 2,
      limitMs: CHECK_MS,
      async run(context) {
        const { answer, trace, expect } = context;
        const line = await connectedLine(context);
        const program = await answer.start({ args: [newList(context)] });
        await waitUntil(context, program, () => program.output("stdout").includes("\n"), {
          message: "the program should print a line once it is connected",
          expected: line,
          cause:
            "It has to wait for each reply before it prints, and must not end before: is an await missing, or process.exit called?",
        });
        const [first] = program.output("stdout").split("\n");
        expect.value(first, "the first line on standard output").equals(line, {
          cause: (found) =>
            startCause(program) ??
            (found === `${line}\r`
              ? "The lines of INFO end with \\r\\n: a \\r is left behind the version."
              : String(found).startsWith("connected to Redis")
                ? "The version is what stands behind redis_version: in the reply of INFO. Is there an await before client.info?"
                : "Print this line once INFO has replied, and nothing before it."),
        });
        expect.commands(await trace.commands()).include("INFO", {
          cause: "Ask Redis: a version that you type in is wrong as soon as the server is another one.",
        });
      },
    },
    {
      id: "waits",
      title: "it waits with BLPOP until a message is in the list, and prints it",
      points: 2,
      after: "connects",
      limitMs: CHECK_MS,
      async run(context) {
        const { redis, random, trace, expect } = context;
        const line = await connectedLine(context);
        const list = newList(context);
        const text = random.text();
        const program = await startWaiting(context, list);
        const waiting = (await trace.commands()).filter(({ name }) => name.startsWith("B"));
        const sent = waiting.map(({ name, args }) => [name, ...args].join(" ")).join(", then ");
        expect.that(
          sent === `BLPOP ${list} 0`,
          "the program should wait with BLPOP, for its list, for ever",
          {
            expected: `BLPOP ${list} 0`,
            actual: sent,
            cause: waitingCause(sent, list),
          },
        );
        await redis.rPush(list, text);
        await waitUntil(context, program, () => program.output("stdout").split("\n").length > 2, {
          message: "the program should print the message once it is there",
          expected: `message: ${text}`,
          cause: "Await blPop, and print the element of what it gives.",
        });
        expect.value(program.output("stdout"), "standard output").equals(`${line}\nmessage: ${text}\n`, {
          cause: (found) =>
            String(found).includes("[object Object]") || String(found).includes('"element"')
              ? "blPop gives { key, element }: the message is the element."
              : "Two lines, the message in it as it came. What you print to find a mistake goes to console.error.",
        });
      },
    },
    {
      id: "ends",
      title: "it takes one message, closes its connection and ends with exit code 0",
      points: 2,
      after: "waits",
      limitMs: CHECK_MS,
      async run(context) {
        const { answer, redis, random, expect } = context;
        const line = await connectedLine(context);
        const list = newList(context);
        const [first, second] = [random.text(), random.text()] as const;
        await redis.rPush(list, [first, second]);
        const before = (await redis.clientList()).map(({ id }) => id);
        const program = await answer.start({ args: [list] });
        const { code, signal } = await program.ended(AMPLE_MS);
        expect.that(code === 0, "the exit code should be 0 when all went well", {
          expected: 0,
          actual: `${code ?? signal}: ${program.shown()}`,
          cause: startCause(program) ?? "A program that just ends has exit code 0: only errors need another.",
        });
        expect.value(program.output("stdout"), "standard output").equals(`${line}\nmessage: ${first}\n`, {
          cause: "The program is for one message: BLPOP takes the first of the list, and is sent once.",
        });
        await expect.key(list).isList([second], {
          cause: "One message is for this program, the others are for those that come later.",
        });
        await expect.eventually(
          async () => (await redis.clientList()).filter(({ id }) => !before.includes(id)).length,
          (left) => left === 0,
          "no connection of the program should be left in CLIENT LIST",
          { expected: 0, cause: "Close every client that was connected." },
        );
      },
    },
    {
      id: "down",
      title: "where no Redis is, it says so on standard error and ends with an exit code other than 0",
      points: 2,
      after: "connects",
      limitMs: CHECK_MS,
      async run(context) {
        const env = { REDIS_URL: addressOfNobody(context) };
        const program = await context.answer.start({ args: [newList(context)], env });
        await expectsTrouble(context, program, { reason: /ECONNREFUSED/, printed: "" });
      },
    },
    {
      id: "refused",
      title: "the same where Redis refuses the password",
      after: "down",
      limitMs: CHECK_MS,
      async run(context) {
        await context.redis.configSet("requirepass", context.random.id());
        const program = await context.answer.start({ args: [newList(context)] });
        await expectsTrouble(context, program, { reason: /WRONGPASS/, printed: "" });
      },
    },
    {
      id: "lost",
      title: "the same where Redis dies while the program waits",
      points: 2,
      after: "down",
      limitMs: CHECK_MS,
      async run(context) {
        const line = await connectedLine(context);
        const program = await startWaiting(context, newList(context));
        await context.server.kill();
        await expectsTrouble(context, program, { reason: /^Redis: *\S/, printed: `${line}\n` });
      },
    },
  ],
  wrong: [
    {
      name: "hard-coded-address",
      fails: "connects",
      why: "The address of the own machine is written into the program: it never asks REDIS_URL.",
    },
    {
      name: "no-address",
      fails: "connects",
      why: "createClient without a url looks at localhost, port 6379, without a password.",
    },
    { name: "never-connects", fails: "connects", why: "A command before connect(): the client is closed." },
    {
      name: "exit-before-reply",
      fails: "connects",
      why: "process.exit at the end of the file, while nothing is awaited: it ends before Redis has replied.",
    },
    {
      name: "promise-as-text",
      fails: "connects",
      why: "No await before info: there is no text yet to look into.",
    },
    {
      name: "version-typed-in",
      fails: "connects",
      why: "Prints a version that the author has seen somewhere, without asking Redis.",
    },
    {
      name: "carriage-return",
      fails: "connects",
      why: "Splits INFO at \\n only: each line still has its \\r.",
    },
    {
      name: "all-of-info",
      fails: "connects",
      why: "Prints the whole reply of INFO, with its hundred lines.",
    },
    {
      name: "own-list",
      fails: "waits",
      why: "The name of the list is written into the program instead of read from the command line.",
    },
    {
      name: "first-argument-is-node",
      fails: "waits",
      why: "process.argv[1] is the program itself: the first argument is process.argv[2].",
    },
    {
      name: "asks-once",
      fails: "waits",
      why: "LPOP answers at once: nothing is there yet, and the program ends.",
    },
    {
      name: "asks-again-and-again",
      fails: "waits",
      why: "Asks ten times a second whether a message is there, instead of waiting inside Redis.",
    },
    { name: "one-second", fails: "waits", why: "Waits for a second only: 0 is for ever." },
    { name: "from-the-right", fails: "waits", why: "BRPOP takes the newest message instead of the oldest." },
    {
      name: "whole-reply",
      fails: "waits",
      why: "Prints the object that blPop gives, not the message in it.",
    },
    { name: "json", fails: "waits", why: "Prints the message as JSON, with quotes around it." },
    {
      name: "closes-too-soon",
      fails: "waits",
      why: "No await before blPop, and the client is destroyed while it waits.",
    },
    { name: "never-closes", fails: "ends", why: "The open connection keeps the program running for ever." },
    {
      name: "second-client-open",
      fails: "ends",
      why: "Closes one of its two clients: the other keeps it running.",
    },
    { name: "takes-all", fails: "ends", why: "Goes on with the next message, where one was asked for." },
    { name: "always-exit-code-1", fails: "ends", why: "process.exit(1) for success, too." },
    { name: "closes-twice", fails: "ends", why: "close() a second time throws, after everything went well." },
    {
      name: "retries-for-ever",
      fails: "down",
      why: "No reconnectStrategy: node-redis tries again and again, and connect() never comes back.",
    },
    {
      name: "connect-timeout-only",
      fails: "down",
      why: "connectTimeout ends one try to connect; the next one follows.",
    },
    { name: "tries-for-too-long", fails: "down", why: "Gives up after twenty tries, half a second apart." },
    {
      name: "no-catch",
      fails: "down",
      why: "Nobody catches the error of connect(): the program ends with a stack trace.",
    },
    {
      name: "prints-whole-error",
      fails: "down",
      why: "Prints the error with its stack trace, not its message.",
    },
    {
      name: "throws-again",
      fails: "down",
      why: "Prints the message and throws the error on: the stack trace comes all the same.",
    },
    { name: "own-words", fails: "down", why: "Says that something is wrong, but not what." },
    {
      name: "without-prefix",
      fails: "down",
      why: "Prints the bare message: nobody sees that it is about Redis.",
    },
    {
      name: "error-to-standard-output",
      fails: "down",
      why: "Prints the error with console.log, among the results.",
    },
    { name: "exit-code-0", fails: "down", why: "Prints the error and ends as if all went well." },
    { name: "says-nothing", fails: "down", why: "An exit code, but no word about the reason." },
    {
      name: "closes-what-is-closed",
      fails: "down",
      why: "close() in finally throws where the connection was never made.",
    },
    {
      name: "only-when-down",
      fails: "refused",
      why: "Gives up for ECONNREFUSED alone: after a wrong password it tries for ever.",
    },
    {
      name: "only-one-error",
      fails: "refused",
      why: "The listener ends the program for ECONNREFUSED alone; everything else it swallows.",
    },
    {
      name: "no-error-listener",
      fails: "lost",
      why: 'Nobody listens to "error": a lost connection ends the program with a stack trace, whatever is caught.',
    },
    {
      name: "only-connect-in-try",
      fails: "lost",
      why: "Only connect() is in the try: the error of the waiting command is caught by nobody.",
    },
    {
      name: "lost-is-no-message",
      fails: "lost",
      why: 'Takes a lost connection for "no message" and ends with exit code 0.',
    },
    {
      name: "waits-for-its-return",
      fails: "lost",
      why: "Gives up when it cannot connect at first, but once connected it tries for ever.",
    },
    {
      name: "undefined-when-lost",
      fails: "lost",
      why: 'Prints "message: undefined" for a message that never came.',
    },
  ],
} satisfies ProgramExercise;
