import type { Expect, JudgeRedis, ModuleExercise, Outcome, Random } from "redis-learning-lab";

/** Milliseconds that the proxy adds to each round trip where round trips count. */
const SLOW_MS = 10;
/** Milliseconds that it adds where a read is slow, but in time. */
const SLOWER_MS = 300;
/** How much later than asked a read may be given up: for the timer and a busy machine. */
const LATE_MS = 400;
/** Milliseconds for 200 reads one after the other on a busy machine: then it can be said what is wrong. */
const ONE_BY_ONE_MS = 15_000;
/** One or two are enough for each function. */
const MOST_ROUND_TRIPS = 3;
/** Milliseconds for an answer that the lab does not hold up: far more than a busy machine needs. */
const AMPLE_MS = 1_500;
/** Milliseconds after which a read is to be given up that is never answered in time. */
const SHORT_MS = 60;

const newKey = (random: Random) => `${random.word()}:${random.id()}`;

/** Keys with texts, one empty text and a few that are not there, in random order. */
async function storeTexts(redis: JudgeRedis, random: Random, count: number) {
  const values = random.shuffle(random.list(count, (i) => (i === 0 ? "" : i < 4 ? null : random.text())));
  const entries = values.map((value) => ({ key: newKey(random), value }));
  await Promise.all(entries.map(({ key, value }) => value !== null && redis.set(key, value)));
  return { keys: entries.map(({ key }) => key), values };
}

/** Place by place, so that a failure shows the one place that is wrong. */
function expectEach(
  expect: Expect,
  keys: readonly string[],
  actual: unknown,
  expected: readonly unknown[],
  cause: (found: unknown) => string | undefined,
) {
  const list = Array.isArray(actual) ? actual : undefined;
  expect.that(list?.length === keys.length, "there should be one result for each key", {
    expected: `a list of ${keys.length}`,
    actual: list ? `a list of ${list.length}` : actual,
    cause: list
      ? list.length === 0
        ? "The list was given back empty, before any read ended. forEach does not wait for reads: use map and Promise.all."
        : "Every key keeps its place in the list, also a missing one and one that comes twice."
      : "Give back a list: is a return or an await missing?",
  });
  keys.forEach((key, place) => {
    expect.value(list?.[place], `result [${place}], of the key ${key},`).equals(expected[place], { cause });
  });
}

function expectFewRoundTrips(expect: Expect, keys: readonly string[], trips: number) {
  expect.value(trips, `the number of round trips for ${keys.length} keys`).atMost(MOST_ROUND_TRIPS, {
    cause:
      trips < keys.length
        ? "Some reads still wait for others that they do not need."
        : "An await in a loop waits for each reply before it sends the next command: start all reads first, then await them together.",
  });
}

const wrongText = (found: unknown) =>
  found === null || found === undefined
    ? "An empty text is a value too: only what Redis answers with null is missing (|| and if (value) take both for nothing)."
    : found === ""
      ? "A missing key gives null, not an empty text."
      : undefined;

/** The error that a command on this key meets, in Redis' own words. */
const redisError = (redis: JudgeRedis, key: string) =>
  redis.get(key).then(
    () => "",
    (error: Error) => error.message,
  );

function expectValue(
  expect: Expect,
  ended: Outcome,
  expected: string | null,
  message: string,
  cause: string,
) {
  const holds = ended.kind === "returned" && ended.value === expected;
  expect.that(holds, message, { expected: { value: expected }, actual: shown(ended), cause });
}

function expectError(
  expect: Expect,
  ended: Outcome,
  expected: string,
  message: string,
  causes: Record<Outcome["kind"], string>,
) {
  const holds = ended.kind === "threw" && ended.error.message === expected;
  expect.that(holds, message, {
    expected: `rejected with an Error: ${expected}`,
    actual: shown(ended),
    cause: isNoError(ended) ? "Reject with an Error: reject(new Error(…))." : causes[ended.kind],
  });
}

function shown(ended: Outcome): unknown {
  if (ended.kind === "returned") return { value: ended.value };
  if (ended.kind === "unanswered") return `still waiting after ${ended.afterMs} ms`;
  const { name, message } = ended.error;
  return isNoError(ended)
    ? `rejected with '${message.slice(NO_ERROR.length)}', which is no Error`
    : `rejected with ${name}: ${message}`;
}

/** How the lab tells of a rejection with something else than an Error. */
const NO_ERROR = "a value that is no Error: ";
const isNoError = (ended: Outcome) => ended.kind === "threw" && ended.error.message.startsWith(NO_ERROR);

const GIVING_UP: Record<Outcome["kind"], string> = {
  unanswered:
    "A command that was sent waits for its reply as long as the connection lives; withAbortSignal and the option timeout only stop one that was not sent yet. Let the read race a promise that a timer rejects.",
  returned: "Giving up is an error: reject the promise, so that nobody takes it for a missing key.",
  threw: "The message must be exactly: no answer after <ms> ms, with the number of milliseconds for <ms>.",
};

export default {
  title: "Async: many answers, few round trips",
  objectives: ["O5 deal with async operations"],
  form: "module",
  answer: "reads.ts",
  proxied: true,
  hints: [
    "client.get(key) sends nothing by itself that you must wait for: it gives a promise. Collect the promises of all keys in a list before the first await.",
    "keys.map((key) => client.get(key)) is a list of promises; Promise.all makes one promise of it, with the values in the same order. In readLinked, give map an async function that awaits twice.",
    'Promise.allSettled never rejects. Each of its results has a status: with "fulfilled" comes value, with "rejected" comes reason, the Error. Turn each into what the task wants.',
    "readWithin: Promise.race takes a list of promises and settles as the first of them does. One is the read; make the other with new Promise((resolve, reject) => …) and a timer that calls reject.",
    'timer = setTimeout(() => reject(new Error("no answer after " + ms + " ms")), ms); then, in a try, return await Promise.race([client.get(key), tooLate]), and clearTimeout(timer) in its finally.',
  ],
  checks: [
    {
      id: "order",
      title: "readMany gives the value of every key, in the order of the keys, null where there is none",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const { keys, values } = await storeTexts(redis, random, 8);
        const asked = [...keys, keys[0] ?? ""];
        const found = await answer.call("readMany", asked);
        expectEach(expect, asked, found, [...values, values[0]], wrongText);
      },
    },
    {
      id: "few-trips",
      title: `readMany needs at most ${MOST_ROUND_TRIPS} round trips, however many keys there are`,
      points: 2,
      after: "order",
      limitMs: ONE_BY_ONE_MS,
      async run({ answer, redis, random, proxy, expect }) {
        const { keys, values } = await storeTexts(redis, random, random.integer(200, 220));
        proxy.delay(SLOW_MS);
        const started = performance.now();
        const found = await answer.call("readMany", keys);
        const tookMs = Math.round(performance.now() - started);
        expectFewRoundTrips(expect, keys, proxy.roundTrips());
        expect.value(tookMs, `the milliseconds for ${keys.length} keys`).atMost((keys.length * SLOW_MS) / 2);
        expectEach(expect, keys, found, values, wrongText);
      },
    },
    {
      id: "linked",
      title: `readLinked reads what each key points to, in at most ${MOST_ROUND_TRIPS} round trips`,
      points: 2,
      limitMs: ONE_BY_ONE_MS,
      async run({ answer, redis, random, proxy, expect }) {
        const targets = await storeTexts(redis, random, random.integer(200, 220));
        const keys = targets.keys.map(() => newKey(random));
        // One key is missing, and one holds the empty text, which is the name of a key here.
        const [nowhere, unnamed] = random.sample([...keys.keys()], 2);
        const unnamedText = random.text();
        await redis.set("", unnamedText);
        const names = targets.keys.map((name, i) => (i === unnamed ? "" : name));
        await Promise.all(keys.map((key, i) => i !== nowhere && redis.set(key, names[i] ?? "")));
        const expected = targets.values.map((value, i) =>
          i === nowhere ? null : i === unnamed ? unnamedText : value,
        );
        proxy.delay(SLOW_MS);
        const found = await answer.call("readLinked", keys);
        expectEach(expect, keys, found, expected, (value) =>
          targets.keys.includes(String(value))
            ? "This is the name of the other key: read that key too."
            : value === unnamedText
              ? 'This is the text at the key "", which is a key as any other: a missing key names none, so give null.'
              : wrongText(value),
        );
        expectFewRoundTrips(expect, keys, proxy.roundTrips());
      },
    },
    {
      id: "each",
      title: "readEach reports the reads that fail, each in its place, and still gives all the others",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const { keys, values } = await storeTexts(redis, random, 50);
        const broken = random.sample(keys, random.integer(1, 3));
        await redis.del(broken);
        for (const key of broken) await redis.rPush(key, random.text());
        const error = await redisError(redis, broken[0] ?? "");
        const expected = keys.map((key, i) => (broken.includes(key) ? { error } : { value: values[i] }));
        const ended = await answer.outcome("readEach", [keys]);
        expect.that(ended.kind === "returned", `readEach failed, because ${broken.length} of 50 reads did`, {
          expected: `${50 - broken.length} times { value } and ${broken.length} times { error }`,
          actual: shown(ended),
          cause:
            "Promise.all and exec reject as soon as one read fails, and all other values are lost: Promise.allSettled waits for every read.",
        });
        expectEach(expect, keys, ended.kind === "returned" && ended.value, expected, eachCause);
      },
    },
    {
      id: "each-trips",
      title: `readEach needs at most ${MOST_ROUND_TRIPS} round trips, however many keys there are`,
      after: "each",
      limitMs: ONE_BY_ONE_MS,
      async run({ answer, redis, random, proxy, expect }) {
        const { keys } = await storeTexts(redis, random, random.integer(200, 220));
        const key = newKey(random);
        await redis.rPush(key, random.text());
        proxy.delay(SLOW_MS);
        await answer.call("readEach", random.shuffle([...keys, key]));
        expectFewRoundTrips(expect, keys, proxy.roundTrips());
      },
    },
    {
      id: "no-keys",
      title: "readMany, readLinked and readEach give an empty list for no keys",
      after: "each",
      async run({ answer, expect }) {
        for (const name of ["readMany", "readLinked", "readEach"]) {
          const ended = await answer.outcome(name, [[]]);
          expect.that(ended.kind === "returned", `${name} fails when there are no keys`, {
            expected: [],
            actual: shown(ended),
            cause: "MGET without a key is an error in Redis: look at keys.length before you send it.",
          });
          expect.value(ended.kind === "returned" && ended.value, `what ${name} gives for no keys`).equals([]);
        }
      },
    },
    {
      id: "in-time",
      title: "readWithin gives the value, or null where there is none, as soon as Redis answers",
      async run({ answer, redis, random, proxy, expect }) {
        const key = newKey(random);
        const text = random.text();
        await redis.set(key, text);
        proxy.delay(SLOWER_MS);
        for (const [name, value] of [
          [key, text],
          [newKey(random), null],
        ] as const) {
          const ended = await answer.outcome("readWithin", [name, 2 * AMPLE_MS], AMPLE_MS);
          const message = `readWithin should give the value: Redis answers after ${SLOWER_MS} ms, of ${2 * AMPLE_MS} ms allowed`;
          const cause =
            ended.kind === "unanswered"
              ? "It waits for the timer although the value is there: the read and the timer must race."
              : ended.kind === "threw"
                ? "It gave up too early. Does setTimeout get ms, as it is? It takes milliseconds."
                : "Give back what client.get resolves to.";
          expectValue(expect, ended, value, message, cause);
        }
      },
    },
    {
      id: "gives-up",
      title: "readWithin rejects once Redis has not answered for ms milliseconds",
      points: 2,
      async run({ answer, redis, random, proxy, expect }) {
        const key = newKey(random);
        await redis.set(key, random.text());
        const ms = random.integer(600, 700);
        proxy.hang();
        const started = performance.now();
        const ended = await answer.outcome("readWithin", [key, ms], ms + AMPLE_MS);
        const tookMs = Math.round(performance.now() - started);
        proxy.heal();
        const message = `readWithin should give up after ${ms} ms, because Redis does not answer`;
        expectError(expect, ended, `no answer after ${ms} ms`, message, GIVING_UP);
        expect.value(tookMs, "the milliseconds until it gave up").atLeast(0.8 * ms);
        expect.value(tookMs, "the milliseconds until it gave up").atMost(ms + LATE_MS, {
          cause: "The timer gets ms itself, and there is one try: ms is for the whole call.",
        });
      },
    },
    {
      id: "recovers",
      title: "The client can still be used after readWithin gave up",
      after: "gives-up",
      async run({ answer, redis, random, proxy, expect }) {
        const [late, other] = [newKey(random), newKey(random)];
        const [text, otherText] = [random.text(), random.text()];
        await redis.set(late, random.text());
        await redis.set(other, otherText);
        proxy.hang();
        await answer.outcome("readWithin", [late, SHORT_MS], AMPLE_MS);
        proxy.heal();
        await redis.set(late, text);
        const message = "after Redis is back, readWithin should give what is stored now";
        const cause =
          "The client is not yours to close, and each call reads anew: giving up only means to stop waiting.";
        expectValue(expect, await answer.outcome("readWithin", [other, AMPLE_MS]), otherText, message, cause);
        expectValue(expect, await answer.outcome("readWithin", [late, AMPLE_MS]), text, message, cause);
      },
    },
    {
      id: "errors",
      title: "readWithin passes on an error of Redis, and one that comes too late ends nothing",
      points: 2,
      after: "in-time",
      async run({ answer, redis, random, proxy, expect }) {
        const [key, list] = [newKey(random), newKey(random)];
        const text = random.text();
        await redis.set(key, text);
        await redis.rPush(list, random.text());
        const error = await redisError(redis, list);
        const ended = await answer.outcome("readWithin", [list, AMPLE_MS], 2 * AMPLE_MS);
        expectError(expect, ended, error, "readWithin should reject with the error of the read", {
          unanswered:
            "The caller never hears of it: connect the rejection of the read too, not only its value.",
          returned: "The error was swallowed: the caller takes it for a value.",
          threw: "Let the read's own error through, unchanged.",
        });
        // The read is given up first and fails afterwards.
        proxy.hang();
        await answer.outcome("readWithin", [list, SHORT_MS], AMPLE_MS);
        proxy.heal();
        const after = await answer.outcome("readWithin", [key, AMPLE_MS]);
        expectValue(expect, after, text, "the next read should work", "The read before it failed late.");
      },
    },
  ],
  wrong: [
    {
      name: "drops-missing",
      fails: "order",
      why: "Filters the missing ones out: no value is in its key's place any more.",
    },
    { name: "empty-is-null", fails: "order", why: "`value || null` takes an empty text for a missing key." },
    {
      name: "keyed-by-name",
      fails: "order",
      why: "Collects in an object: a key that comes twice is there once.",
    },
    { name: "for-each", fails: "order", why: "forEach waits for nothing: the list is still empty." },
    { name: "forgotten-await", fails: "order", why: "Gives back a list of promises." },
    {
      name: "one-by-one",
      fails: "few-trips",
      why: "Awaits each GET in a loop: one round trip for each key.",
    },
    {
      name: "first-64",
      fails: "few-trips",
      why: "Reads no more than 64 keys, a limit that nobody asked for.",
    },
    { name: "mget-of-nothing", fails: "no-keys", why: "Sends MGET without a key, which is an error." },
    {
      name: "linked-one-by-one",
      fails: "linked",
      why: "Reads the names together, but then what they point to one by one.",
    },
    { name: "linked-to-null", fails: "linked", why: "Uses the null of a missing first key as a key." },
    {
      name: "linked-if-name",
      fails: "linked",
      why: "`target ? … : null` takes an empty text for a missing key: it is a key's name.",
    },
    {
      name: "linked-or-empty",
      fails: "linked",
      why: '`target ?? ""`: reads the key "" where the first key is missing.',
    },
    { name: "linked-half-way", fails: "linked", why: "Gives the names of the other keys, not their values." },
    { name: "all-or-nothing", fails: "each", why: "Promise.all: one failed read loses all other values." },
    {
      name: "mget-hides-errors",
      fails: "each",
      why: "MGET gives null for a key of another type: a failure looks missing.",
    },
    {
      name: "settled-as-it-is",
      fails: "each",
      why: "Gives back what allSettled gives, in another form than asked.",
    },
    { name: "error-objects", fails: "each", why: "Gives the Error itself, where its message is asked for." },
    {
      name: "try-in-a-loop",
      fails: "each-trips",
      why: "Isolates each failure with try and catch, but one by one.",
    },
    {
      name: "in-portions",
      fails: "each-trips",
      why: "Reads 30 keys at a time: the round trips grow with the keys.",
    },
    {
      name: "always-the-whole-time",
      fails: "in-time",
      why: "Sleeps for ms and looks then, however soon the value came.",
    },
    {
      name: "seconds",
      fails: "in-time",
      why: "Takes setTimeout's milliseconds for seconds and gives up at once.",
    },
    {
      name: "own-limit",
      fails: "in-time",
      why: "Math.min(ms, 250): gives up before the time that the caller allowed.",
    },
    {
      name: "tries-twice",
      fails: "gives-up",
      why: "Reads a second time when the first was too late: the caller waits twice as long.",
    },
    {
      name: "waits-for-ever",
      fails: "gives-up",
      why: "Only awaits the read, which never settles while Redis hangs.",
    },
    {
      name: "abort-signal",
      fails: "gives-up",
      why: "withAbortSignal only takes back what was not sent yet; this read is already on its way.",
    },
    {
      name: "throws-in-timer",
      fails: "gives-up",
      why: "A throw in a timer reaches no caller: it ends the program.",
    },
    {
      name: "text-for-an-error",
      fails: "gives-up",
      why: "Rejects with a text, which has neither a message nor a stack.",
    },
    {
      name: "await-before-the-race",
      fails: "gives-up",
      why: "Promise.race([await …, tooLate]): the race begins when the read has ended.",
    },
    { name: "no-time", fails: "in-time", why: "setTimeout without ms: it gives up at once." },
    {
      name: "null-when-late",
      fails: "gives-up",
      why: "Resolves with null, so that late looks like missing.",
    },
    {
      name: "closes-the-client",
      fails: "recovers",
      why: "Destroys the shared client, so that no later call works.",
    },
    {
      name: "only-then",
      fails: "errors",
      why: "Listens to the value with then(resolve), never to the error: an unhandled rejection.",
    },
    {
      name: "finally-apart",
      fails: "errors",
      why: "read.finally(…) makes a second promise that rejects too, and nobody listens to that one.",
    },
    {
      name: "swallows-errors",
      fails: "errors",
      why: "catch(() => null) makes every error look like a missing key.",
    },
  ],
} satisfies ModuleExercise;

function eachCause(found: unknown): string | undefined {
  const result = (typeof found === "object" ? found : undefined) ?? {};
  if ("status" in result) return "This is how allSettled says it: make { value } or { error } of it.";
  if ("error" in result && typeof result.error !== "string") return "error must be a text: reason.message.";
  if ("value" in result && result.value === null)
    return "MGET gives null for a key of another type, GET gives an error: only the error tells it from a missing key.";
  return undefined;
}
