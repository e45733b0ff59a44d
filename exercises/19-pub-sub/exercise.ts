import type { ProgramContext, ProgramExercise, Random, TracedCommand } from "redis-learning-lab";
import {
  expectEnd,
  expectLines,
  expectPrinted,
  expectRefusal,
  line,
  startSubscribers,
  troubleCause,
  untilSubscribed,
  waitUntil,
} from "./subscribers.ts";

/** For a check: long enough that the reason is told, and not that limit. */
const CHECK_MS = 20_000;

/** A channel that nobody can guess, with what breaks careless quoting. */
const newChannel = (random: Random) => `${random.word()}:${random.text()}:${random.id()}`;

/** Messages of all kinds: one is empty, one is there twice, some look like something else. */
function awkwardMessages(random: Random): string[] {
  const [twice, number] = [random.text(), String(random.integer(10, 99))];
  const spaces = ` ${random.word()}\n${random.text()} `;
  return [...random.shuffle([twice, "", number, `{"n":${number}}`, spaces, "null"]), twice];
}

/** Messages that are not exactly the one that ends a subscriber. */
const almostStop = (random: Random) =>
  random.shuffle(["Stop", "STOP", "stop ", " stop", "stop\n", '"stop"', `${random.word()} stop`, "stopped"]);

/** Publishes all in one step, so that nothing comes between. */
async function publishAll({ redis }: ProgramContext, messages: readonly (readonly [string, string])[]) {
  const all = redis.multi();
  for (const [channel, message] of messages) all.publish(channel, message);
  await all.exec();
}

/** The numbers that a publisher should print: as many lines as there are messages. */
const numbers = (count: number, messages: readonly string[]) => `${count}\n`.repeat(messages.length);

function publishCause(sent: readonly TracedCommand[], channel: string, messages: readonly string[]): string {
  const published = sent.filter(({ name }) => name === "PUBLISH");
  if (published.length === 0)
    return "Redis received no PUBLISH: await client.publish(channel, message) for each message. A program that ends before has not sent it.";
  if (published.some(({ args }) => args[1] === channel))
    return "The arguments are swapped: the channel comes first, client.publish(channel, message).";
  if (published.some(({ args }) => args[0] !== channel))
    return "The channel is the argument behind publish: process.argv[3].";
  if (published.length === 1 && messages.length > 1)
    return "Each argument behind the channel is a message of its own: process.argv.slice(4), in a loop.";
  if (published.some(({ args }) => args[1] === `"${messages.find((one) => /^\d+$/.test(one))}"`))
    return "A message is published as it is, without JSON.stringify.";
  if (published.length < messages.length)
    return "Every argument is a message, also an empty one, and one that came before.";
  return "A message is published as it is, and in the order of the arguments.";
}

const NUMBERS_CAUSE =
  "await client.publish(channel, message) gives how many got the message: console.log that number, in a line for each message, and nothing else.";
const PUBLISHER_ENDS = {
  whenRunning:
    "Each message is published once, also where nobody listens; then await client.close(): an open connection keeps the program running.",
  whenFailed: "Exit code 0 is for all that went well, and 0 subscribers are no error.",
};
const SUBSCRIBER_ENDS = {
  whenRunning:
    "Look for stop in the messages of channels and of patterns. Unsubscribing is not enough, client.close() ends the connection. A listener that calls destroy() each time it gets stop never ends, as it is called with the same stop again.",
  whenClosed:
    "stop comes once for each channel and pattern that it fits: does each call of the listener close the client? The second close() is rejected.",
  whenFailed: "A subscriber that was told to stop has done all that it should: exit code 0.",
};
const LATE_CAUSE =
  "What is on its way still comes, after unsubscribe() and close() were called, too: remember in a variable that it has stopped, and look at it before you print.";
const ONLY_STOP_CAUSE = 'Only a message that is exactly stop ends the subscriber: message === "stop".';
const LOST_CAUSE = "What was published before it subscribed is not for a subscriber: pub/sub keeps nothing.";
const AGAIN_CAUSE = "node-redis subscribes again by itself: who does it once more gets each message twice.";
const EACH_CAUSE =
  "Print one line for each call of a listener, at once: what waits before it prints may be lost at the end.";

export default {
  title: "Pub/sub: messages for whoever listens",
  objectives: ["feature: pub/sub", "O5 deal with async operations"],
  form: "program",
  answer: "news.ts",
  hints: [
    "Begin with publish: connect, a loop with await client.publish(channel, message), console.log of what it gives, close. Try it while redis-cli runs SUBSCRIBE in another terminal.",
    'subscribe: name.includes("*") decides between client.pSubscribe(name, listener) and client.subscribe(name, listener). Await all of them, then print listening.',
    "Both kinds of listeners get (message, channel). The pattern is not among them: make the listener where you know the name, and print JSON.stringify({ pattern: name, channel, message }).",
    "To wait for the end, make a promise and keep its resolve: const stopped = new Promise((resolve) => { stop = resolve; }). A listener that gets stop calls stop(); below, await stopped and then client.close().",
    "Two messages stop may come, by a channel and by a pattern, and others behind them: let hasStopped = false; the first line of the listener is if (hasStopped) return.",
  ],
  checks: [
    {
      id: "publish",
      title: "publish sends each message to the channel, in order, prints how many got it, and ends",
      points: 3,
      limitMs: CHECK_MS,
      async run(context) {
        const { answer, redis, random, trace, expect } = context;
        const [channel, messages] = [newChannel(random), awkwardMessages(random)];
        const heard: string[] = [];
        await redis.subscribe(channel, (message) => heard.push(message));
        // A second subscription of it, so that the number is not 1.
        await redis.pSubscribe(`${channel.slice(0, 3)}*`, () => {});
        const program = await answer.start({ args: ["publish", channel, ...messages] });
        let sent = await trace.commands();
        const cause = () => troubleCause(program) ?? publishCause(sent, channel, messages);
        const allCame = async () => {
          sent = await trace.commands();
          return heard.length >= messages.length;
        };
        const sentence = "whoever is subscribed to the channel should get every message";
        await waitUntil(context, [program], allCame, {
          message: sentence,
          expected: `${messages.length} messages`,
          cause,
        });
        expect.value(heard, "what a subscriber of the channel got").equals(messages, { cause });
        const printed = () => program.output("stdout").split("\n").length > messages.length;
        const expected = numbers(2, messages);
        await waitUntil(context, [program], printed, {
          message: "publish should print a number for each message",
          expected,
          cause: () => NUMBERS_CAUSE,
        });
        expect.value(program.output("stdout"), "standard output").equals(expected, { cause: NUMBERS_CAUSE });
        await expectEnd(context, program, "publish", PUBLISHER_ENDS);
        await Promise.all([redis.unsubscribe(), redis.pUnsubscribe()]);
      },
    },
    {
      id: "subscribe",
      title: "subscribe prints listening and then each message of its channels, as a line of JSON",
      points: 2,
      limitMs: CHECK_MS,
      async run(context) {
        const { random } = context;
        const [first, second] = [newChannel(random), newChannel(random)];
        const messages = awkwardMessages(random);
        const [program] = await startSubscribers(context, [first, second]);
        const own = messages.flatMap(
          (message) =>
            [
              [first, message],
              [second, message],
            ] as const,
        );
        const others = [first.slice(0, -1), `${first}.`, first.toUpperCase()].map(
          (channel) => [channel, random.id()] as const,
        );
        const expected = own.map(([channel, message]) => line(channel, message));
        await publishAll(context, [...own.slice(0, 4), ...others]);
        await expectLines(context, program, expected.slice(0, 4), { usual: EACH_CAUSE });
        // Who has printed these and does not stay has gone by now.
        await publishAll(context, own.slice(4));
        await expectLines(context, program, expected, { usual: EACH_CAUSE });
      },
    },
    {
      id: "lost",
      title:
        "what is published while nobody listens is lost: publish prints 0 and ends, and nobody gets it later",
      after: "subscribe",
      limitMs: CHECK_MS,
      async run(context) {
        const { answer, random, expect } = context;
        const [channel, earlier] = [newChannel(random), [random.text(), "stop"]];
        const publisher = await answer.start({ args: ["publish", channel, ...earlier] });
        await expectEnd(context, publisher, "publish", PUBLISHER_ENDS);
        expect
          .value(publisher.output("stdout"), "standard output, where nobody listens,")
          .equals(numbers(0, earlier), {
            cause: NUMBERS_CAUSE,
          });
        const [subscriber] = await startSubscribers(context, [channel]);
        const lines: unknown[] = [];
        for (const message of [random.text(), random.text()]) {
          await publishAll(context, [[channel, message]]);
          lines.push(line(channel, message));
          await expectLines(context, subscriber, lines, { usual: LOST_CAUSE, whenMissing: EACH_CAUSE });
        }
      },
    },
    {
      id: "patterns",
      title: "a name with * is a pattern, any other a channel; what comes by both gets a line for each",
      points: 2,
      after: "subscribe",
      limitMs: CHECK_MS,
      async run(context) {
        const { random } = context;
        const [topic = "", end = "", room = ""] = random.words(3).map((word) => word + random.id());
        const [behind, inFront, within] = [`${topic}:*`, `*:${end}`, `${room}*${end}`] as const;
        const both = `${topic}:${random.text()}`;
        const letters = `${room}[${random.word()}]?`;
        const [program] = await startSubscribers(
          context,
          random.shuffle([behind, inFront, within, both, letters]),
        );
        const patterns = new Map([
          [both, [undefined, behind]],
          [`${topic}:${random.text()}:${end}`, [behind, inFront]],
          [`${room}:${end}`, [inFront, within]],
          [letters, [undefined]],
          // What would match, if it were a pattern.
          [`${room}${letters.at(-3)}!`, []],
          [`x${both}`, []],
        ]);
        const messages = random
          .shuffle([...patterns.keys(), both])
          .map((channel) => [channel, random.text()] as const);
        const last = [
          [both, random.text()],
          [letters, random.text()],
        ] as const;
        await publishAll(context, [...messages, ...last]);
        const expected = [...messages, ...last].flatMap(([channel, message]) =>
          (patterns.get(channel) ?? []).map((pattern) => line(channel, message, pattern)),
        );
        await expectLines(context, program, expected, {
          usual:
            "By a pattern, a line has the pattern as well: { pattern, channel, message }. Where a message comes by a channel and a pattern, or by two patterns, it gets a line for each.",
        });
      },
    },
    {
      id: "stop",
      title: "at the message stop a subscriber ends with exit code 0, and prints nothing more",
      points: 3,
      after: "subscribe",
      limitMs: CHECK_MS,
      async run(context) {
        const { random } = context;
        const channel = newChannel(random);
        const [pattern, other] = [`${channel.slice(0, -3)}*`, `${channel.slice(0, -4)}*`];
        const before = almostStop(random);
        const [byBoth, byPattern] = await startSubscribers(context, [channel, pattern], [other]);
        await publishAll(
          context,
          before.map((message) => [channel, message]),
        );
        const linesBy = (messages: readonly string[], ...by: (string | undefined)[]) =>
          messages.flatMap((message) => by.map((one) => line(channel, message, one)));
        const causes = { usual: ONLY_STOP_CAUSE, whenMissing: EACH_CAUSE, whenEnded: ONLY_STOP_CAUSE };
        await expectLines(context, byBoth, linesBy(before, undefined, pattern), causes);
        await expectLines(context, byPattern, linesBy(before, other), causes);
        // By one subscription alone: only there what comes before stop is certain to be heard before it.
        const beside = [`${other.slice(0, -1)}!`, random.text()] as const;
        await publishAll(context, [beside, [channel, "stop"], [channel, random.text()]]);
        await expectEnd(context, byBoth, "a subscriber", SUBSCRIBER_ENDS);
        await expectEnd(context, byPattern, "a subscriber that gets stop by a pattern", SUBSCRIBER_ENDS);
        const atTheEnd = { usual: LATE_CAUSE, whenMissing: EACH_CAUSE };
        expectPrinted(context, byBoth, linesBy(before, undefined, pattern), atTheEnd);
        expectPrinted(context, byPattern, [...linesBy(before, other), line(...beside, other)], atTheEnd);
      },
    },
    {
      id: "reconnect",
      title: "when its connection breaks, a subscriber goes on as soon as it is subscribed again",
      after: "subscribe",
      limitMs: CHECK_MS,
      async run(context) {
        const { redis, random } = context;
        const [channel, pattern] = [newChannel(random), `${random.id()}*`];
        const [program] = await startSubscribers(context, [channel, pattern]);
        const judge = await redis.clientId();
        for (const { id, sub, psub } of await redis.clientList()) {
          if (id !== judge && sub + psub > 0) await redis.sendCommand(["CLIENT", "KILL", "ID", String(id)]);
        }
        await untilSubscribed(context, [program], [channel, pattern], true);
        const other = `${pattern.slice(0, -1)}${random.word()}`;
        const [first, second, third] = [random.text(), random.text(), random.text()];
        await publishAll(context, [
          [channel, first],
          [other, first],
        ]);
        const lines = [line(channel, first), line(other, first, pattern)];
        await expectLines(context, program, lines, { usual: AGAIN_CAUSE, whenMissing: EACH_CAUSE });
        // By now the program has done all that it does when it is connected again.
        await publishAll(context, [
          [other, second],
          [channel, second],
          [other, third],
        ]);
        lines.push(line(other, second, pattern), line(channel, second), line(other, third, pattern));
        await expectLines(context, program, lines, { usual: AGAIN_CAUSE, whenMissing: EACH_CAUSE });
      },
    },
    {
      id: "refused",
      title: "where Redis refuses a channel, the program says so and ends with an exit code other than 0",
      limitMs: CHECK_MS,
      async run(context) {
        const { answer, redis, random } = context;
        const [mine, other] = [`${random.word()}${random.id()}`, random.id()] as const;
        await redis.sendCommand(["ACL", "SETUSER", "default", "resetchannels", `&${mine}`, `&${mine}*`]);
        const commands = [
          ["subscribe", mine, `${other}*`],
          ["subscribe", `${mine}*`, other],
          ["publish", other, random.text()],
        ];
        const programs = await Promise.all(commands.map((args) => answer.start({ args })));
        for (const [index, program] of programs.entries())
          await expectRefusal(context, program, String(commands[index]?.[0]));
      },
    },
  ],
  wrong: [
    {
      name: "hard-coded-address",
      fails: "publish",
      why: "The address of the own machine is written into the program: it never asks REDIS_URL.",
    },
    { name: "publish-arguments-swapped", fails: "publish", why: "Publishes the channel to the message." },
    {
      name: "exits-before-it-leaves",
      fails: "publish",
      why: "Does not await publish, and ends the program before a message has left it.",
    },
    { name: "first-message-only", fails: "publish", why: "Publishes one message, where several may come." },
    { name: "all-in-one", fails: "publish", why: "Joins the messages to one." },
    {
      name: "publishes-json",
      fails: "publish",
      why: "Publishes each message as JSON, with quotes around it.",
    },
    { name: "skips-empty-messages", fails: "publish", why: "Takes an empty message for none." },
    { name: "list", fails: "publish", why: "Puts the messages into a list: nobody hears of it." },
    {
      name: "promise-as-number",
      fails: "publish",
      why: "Prints the promise that publish gives, not the number.",
    },
    { name: "prints-no-number", fails: "publish", why: "Publishes, and says nothing." },
    {
      name: "publisher-never-closes",
      fails: "publish",
      why: "The open connection keeps the publisher running.",
    },
    {
      name: "listener-arguments-swapped",
      fails: "subscribe",
      why: "Takes the first argument of a listener for the channel.",
    },
    { name: "no-json", fails: "subscribe", why: "Prints the channel and the message as a text of its own." },
    {
      name: "json-over-several-lines",
      fails: "subscribe",
      why: "Prints JSON for people, over several lines.",
    },
    { name: "message-parsed", fails: "subscribe", why: "Takes a message for JSON where it looks like it." },
    { name: "skips-empty-text", fails: "subscribe", why: "Takes an empty message for none." },
    { name: "never-says-listening", fails: "subscribe", why: "Subscribes, and does not say it." },
    {
      name: "first-channel-only",
      fails: "subscribe",
      why: "Subscribes to one name, where several may come.",
    },
    { name: "ends-after-the-first", fails: "subscribe", why: "Ends when one message has come." },
    {
      name: "exits-after-subscribing",
      fails: "subscribe",
      why: "Nothing waits for the end: the program closes its connection as soon as it has subscribed.",
    },
    { name: "same-text-once", fails: "subscribe", why: "Does not print a message that came before." },
    {
      name: "everything-and-filtered",
      fails: "subscribe",
      why: "Subscribes to everything, and throws away what was not asked for.",
    },
    { name: "patterns-only", fails: "subscribe", why: "Subscribes to every name as a pattern." },
    {
      name: "mixed-with-remarks",
      fails: "subscribe",
      why: "Prints remarks among the lines that other programs read.",
    },
    {
      name: "publishes-until-heard",
      fails: "lost",
      why: "Publishes a message again and again until somebody gets it.",
    },
    {
      name: "unheard-is-an-error",
      fails: "lost",
      why: "Ends with an exit code other than 0 where nobody listens.",
    },
    {
      name: "keeps-messages",
      fails: "lost",
      why: "Keeps what was published in a list, and gives it to every subscriber that comes later.",
    },
    {
      name: "channels-only",
      fails: "patterns",
      why: "SUBSCRIBE takes the name of a pattern letter by letter.",
    },
    {
      name: "glob-characters",
      fails: "patterns",
      why: "Takes a name for a pattern that has no *, but ? or [.",
    },
    {
      name: "star-at-the-end",
      fails: "patterns",
      why: "Takes a name for a channel whose * is not at its end.",
    },
    { name: "pattern-as-channel", fails: "patterns", why: "Prints the pattern as the channel." },
    { name: "without-pattern", fails: "patterns", why: "Does not say by which pattern a message came." },
    {
      name: "one-line-for-both",
      fails: "patterns",
      why: "Prints one line for a message that comes by a channel and a pattern.",
    },
    {
      name: "never-ends",
      fails: "stop",
      why: "stop is a message as any other: the subscriber never unsubscribes.",
    },
    { name: "stays-connected", fails: "stop", why: "Unsubscribes, and leaves the connection open." },
    { name: "prints-stop", fails: "stop", why: "Prints the message that ends it, too." },
    { name: "prints-what-comes-late", fails: "stop", why: "Prints what was on its way when it stopped." },
    {
      name: "closes-twice",
      fails: "stop",
      why: "Closes the client at each message stop, and it comes by the channel and by the pattern.",
    },
    {
      name: "destroys-in-the-listener",
      fails: "stop",
      why: "The listener calls destroy() at each stop, and node-redis calls it with the same stop again.",
    },
    { name: "any-case", fails: "stop", why: "Ends at Stop and STOP, too." },
    { name: "stop-within", fails: "stop", why: "Ends at every message that has stop in it." },
    { name: "stop-is-an-error", fails: "stop", why: "Ends with an exit code other than 0." },
    {
      name: "no-error-listener",
      fails: "reconnect",
      why: "Nobody listens to the error of a connection that breaks.",
    },
    {
      name: "ends-at-an-error",
      fails: "reconnect",
      why: "Ends when its connection breaks, as the program of 06 did.",
    },
    { name: "never-reconnects", fails: "reconnect", why: "Tells node-redis not to connect again." },
    {
      name: "subscribes-again",
      fails: "reconnect",
      why: "Subscribes again at each new connection, which node-redis does already.",
    },
    { name: "listening-again", fails: "reconnect", why: "Prints listening at each new connection." },
    { name: "subscribe-not-awaited", fails: "refused", why: "Says listening before Redis has confirmed it." },
    {
      name: "listening-after-connect",
      fails: "refused",
      why: "Says listening when it is connected, and subscribes then.",
    },
    {
      name: "patterns-after-listening",
      fails: "refused",
      why: "Says listening when its channels are confirmed, and subscribes to its patterns then.",
    },
    { name: "refusal-not-caught", fails: "refused", why: "Nobody catches what Redis says: a stack trace." },
    {
      name: "prints-the-whole-error",
      fails: "refused",
      why: "Catches what Redis says, and prints it with its stack trace.",
    },
    {
      name: "skips-what-is-refused",
      fails: "refused",
      why: "Says that one name was refused, and listens to the others.",
    },
    { name: "refusal-swallowed", fails: "refused", why: "Ends with an exit code, but says nothing." },
    {
      name: "refusal-is-a-success",
      fails: "refused",
      why: "Says what is wrong, and ends as if all went well.",
    },
    {
      name: "stays-after-a-refusal",
      fails: "refused",
      why: "Says what is wrong, and leaves the connection open.",
    },
    {
      name: "refused-is-zero",
      fails: "refused",
      why: "Takes a message that Redis refused for one that nobody got.",
    },
    {
      name: "stop-by-channel-only",
      fails: "stop",
      why: "Does not look for stop in what comes by a pattern.",
    },
    { name: "prints-later", fails: "stop", why: "Waits before it prints, and has ended by then." },
    {
      name: "heard-or-not",
      fails: "publish",
      why: "Prints 1 where the message was heard, however many there were.",
    },
  ],
} satisfies ProgramExercise;
