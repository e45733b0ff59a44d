import type { ModuleExercise, Random, TracedCommand } from "redis-learning-lab";

/** Texts that break careless code: quotes and accents, spaces around, digits with zeros before, nothing at all. */
function awkwardTexts(random: Random): string[] {
  return random.shuffle([random.text(), ` ${random.word()} `, `00${random.integer(100, 999)}`, ""]);
}

/** What was sent by itself: not by a script, and not between MULTI and EXEC. */
function sentAlone(commands: readonly TracedCommand[]): TracedCommand[] {
  return commands.filter(({ byScript, inTransaction }) => !byScript && !inTransaction);
}

function claimCause(found: unknown): string | undefined {
  if (found === true)
    return "The name was taken already: SET overwrites, SET with the condition NX does not.";
  if (typeof found === "number") return "SETNX answers 1 or 0: make true or false of it, with === 1.";
  if (found === "OK" || found === null)
    return 'SET with NX answers "OK" or null: make true or false of it, with === "OK".';
  return undefined;
}

export default {
  title: "Strings: values, counters and codes that expire",
  objectives: ["O3 a Redis client with Node JS for basic operations", "feature: strings"],
  form: "module",
  answer: "site.ts",
  processes: 2,
  proxied: true,
  hints: [
    "Each function needs one command: SET or GET for the notes, INCR and GET for the visits, SET with an option for the other two.",
    "client.get(key) gives null where there is no key, and text otherwise: Number(…) makes a number of it. client.incr(key) gives the new number.",
    'A condition or a time to live is an option of client.set, its third argument: { condition: "NX" } writes only where there is no key yet. What does set give then, and what when there was one?',
    'claimName: const reply = await client.set(key, user, { condition: "NX" }); reply is "OK" or null. saveCode: { expiration: { type: "EX", value: seconds } } as the third argument.',
  ],
  checks: [
    {
      id: "save",
      title: "saveNote stores the text at note:<id>, for ever, and replaces what was there",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const id = random.id();
        const key = `note:${id}`;
        for (const text of awkwardTexts(random)) {
          // Another program let the older note expire; the new one stays.
          await redis.expire(key, 500);
          await answer.callAndWait("saveNote", id, text);
          await expect.key(key).isString(text, {
            cause(found) {
              if (found === undefined) return "Nothing was stored: is set called, with the key note:<id>?";
              if (found === JSON.stringify(text)) return "A text is stored as it is, without JSON.stringify.";
              return text === ""
                ? "An empty text is a text too: `if (text)` takes it for nothing, and leaves the old one."
                : "The text goes into Redis as it is, and in place of the one before.";
            },
          });
          await expect.key(key).hasNoTtl({
            cause: "A note stays: SET without options also takes away the time to live of the older one.",
          });
        }
      },
    },
    {
      id: "read",
      title: "readNote gives the text that is stored now",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const id = random.id();
        for (const text of awkwardTexts(random).filter(Boolean)) {
          await redis.set(`note:${id}`, text);
          expect.value(await answer.call("readNote", id), "the note").equals(text, {
            cause: (found) =>
              found === null
                ? "The note is there: is get called with the key note:<id>?"
                : typeof found !== "string" || found === text.trim()
                  ? "Give back the text as get gives it, without JSON.parse, Number or trim."
                  : "Another program changed the note meanwhile: what a variable remembers is old.",
          });
        }
      },
    },
    {
      id: "missing",
      title: 'readNote gives null for a note that does not exist, and "" for an empty one',
      after: "read",
      async run({ answer, redis, random, expect }) {
        const [empty, missing] = [random.id(), random.id()];
        await redis.set(`note:${empty}`, "");
        expect.value(await answer.call("readNote", empty), "an empty note").equals("", {
          cause: 'An empty text is a text: || and `if (text)` take "" for nothing. Only null is missing.',
        });
        expect.value(await answer.call("readNote", missing), "a note that does not exist").equals(null, {
          cause: "get gives null for a missing key: pass it on as it is.",
        });
      },
    },
    {
      id: "count",
      title: "countVisit counts up by 1 and gives the new number, also when many call at once",
      points: 3,
      async run(context) {
        const { answer, redis, random, trace, expect } = context;
        const page = `/${random.word()}`;
        const key = `visits:${page}`;
        expect.value(await answer.call("countVisit", page), "the number after the first visit").equals(1);
        await expect.key(key).isString("1", { cause: "The number is kept in Redis, at visits:<page>." });
        const before = random.integer(1_000, 9_000);
        await redis.set(key, String(before));
        const calls = random.list(200, () => ["countVisit", page] as const);
        const numbers = await answer.callAtOnce(calls);
        expect
          .value(Number(await redis.get(key)), `the visits after 200 more to ${before}, by two processes`)
          .equals(before + 200, {
            cause: (found) =>
              Number(found) < before
                ? "Another program counted up to there meanwhile: what a variable counts, others neither see nor change."
                : "Two callers read the same number, and both wrote it plus one: INCR reads, adds and writes in one step.",
          });
        const each = random.list(200, (i) => before + 1 + i);
        const cause =
          "Each caller's number is what INCR answered to it: a GET before or after it sees what others count meanwhile.";
        expect.value(numbers, "the list of numbers that the 200 callers got").hasMembers(each, { cause });
        expect.commands(sentAlone(await trace.commands())).exclude(["GET", "MGET"], { cause });
      },
    },
    {
      id: "visits",
      title: "readVisits gives a number, 0 for a page without visits, and stores nothing",
      async run({ answer, redis, random, expect }) {
        const [page, unseen] = random.words(2).map((word) => `/${word}`);
        const visits = random.integer(10, 9_999);
        await redis.set(`visits:${page}`, String(visits));
        expect.value(await answer.call("readVisits", page), "the number of visits").equals(visits, {
          cause: (found) =>
            typeof found === "string"
              ? "What Redis stores is text: Number(…) makes a number of it."
              : found === 0
                ? "Is an await missing before get? Number(…) makes no number of a promise."
                : undefined,
        });
        expect
          .value(await answer.call("readVisits", unseen), "the number of visits of a page without any")
          .equals(0, {
            cause: (found) =>
              Number.isNaN(found)
                ? "parseInt(null) and Number(undefined) are no numbers (NaN): look for null first."
                : "A page that nobody visited has no key, so get gives null: turn it into 0.",
          });
        await expect.key(`visits:${unseen}`).isMissing({
          cause: "Reading stores nothing: GET leaves a missing key missing, INCRBY does not.",
        });
      },
    },
    {
      id: "claim",
      title: "claimName stores the user at name:<name> and gives true; once it is taken, it gives false",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const name = random.word();
        const key = `name:${name}`;
        const [first, second] = [random.id(), random.id()];
        expect.value(await answer.call("claimName", name, first), "the answer for a free name").equals(true, {
          cause: (found) =>
            found === false
              ? 'set with NX gives "OK" or null, setNX gives 1 or 0: is it compared with the right one, and awaited?'
              : claimCause(found),
        });
        await expect.key(key).isString(first, { cause: "The user is stored at name:<name>." });
        await expect.key(key).hasNoTtl({ cause: "A name stays with its user: leave out the time to live." });
        for (const user of [second, first]) {
          const asker = user === first ? "the user who has it" : "another user";
          expect
            .value(await answer.call("claimName", name, user), `the answer to ${asker}, for a taken name,`)
            .equals(false, {
              cause: (found) => (user === first ? "A taken name is taken, whoever asks." : claimCause(found)),
            });
          await expect.key(key).isString(first, {
            cause: "The name was taken already: SET overwrites, SET with the condition NX does not.",
          });
        }
        await redis.del(key);
        expect
          .value(await answer.call("claimName", name, second), "the answer after the name was given back")
          .equals(true, { cause: "Ask Redis each time: what a variable remembers is old." });
      },
    },
    {
      id: "claim-race",
      title: "Of many users who claim a name at once, exactly one gets it",
      points: 2,
      after: "claim",
      async run({ answer, redis, random, expect }) {
        const name = random.word();
        const users = random.list(40, () => random.id());
        const answers = await answer.callAtOnce(users.map((user) => ["claimName", name, user]));
        const winners = users.filter((_, i) => answers[i] === true);
        const cause =
          "They looked at the same time, and all saw a free name: SET with the condition NX looks and writes in one step.";
        expect.value(winners.length, "the number of users, of 40, who were told true").equals(1, { cause });
        expect
          .value(await redis.get(`name:${name}`), "the user who has the name")
          .equals(winners[0], { cause });
      },
    },
    {
      id: "code",
      title: "saveCode stores the code at code:<user> for so many seconds, each time anew",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const user = random.id();
        const key = `code:${user}`;
        for (let time = 0; time < 2; time++) {
          const code = `0${random.integer(10_000, 99_999)}`;
          const seconds = random.integer(200, 900);
          await answer.callAndWait("saveCode", user, code, seconds);
          await expect.key(key).isString(code, {
            cause: (found) =>
              found === undefined
                ? "Nothing is stored, or it is gone already: EX takes seconds, PX milliseconds."
                : "A new code takes the place of the old one, without NX, and goes into Redis as it is: a text, with its zeros.",
          });
          await expect.key(key).hasTtl(seconds - 10, seconds, {
            cause:
              (await redis.ttl(key)) === -1
                ? "Nothing told Redis when to delete it: SET takes the time to live as an option, EX."
                : "The time to live is the argument seconds, in seconds: EX takes seconds, PX milliseconds. It starts anew with each code.",
          });
          await redis.expire(key, 50);
        }
      },
    },
    {
      id: "one-command",
      title: "saveCode sends the code and its time to live with one command",
      after: "code",
      async run({ answer, random, trace, expect }) {
        const user = random.id();
        await answer.call("saveCode", user, random.word(), random.integer(200, 900));
        const sent = sentAlone(await trace.commands()).filter(({ args }) => args[0] === `code:${user}`);
        expect.that(sent.length <= 1, "saveCode should send one command", {
          expected: "one command, which stores the code with its time to live",
          actual: sent.map(({ name }) => name).join(", "),
          cause:
            "A program or connection that ends between two commands leaves a code that is valid for ever, or none: SET takes the time to live as an option.",
        });
      },
    },
  ],
  wrong: [
    {
      name: "save-not-awaited",
      fails: "save",
      why: "No await before set: the function ends before Redis has the text.",
    },
    {
      name: "json",
      fails: "save",
      why: "Stores JSON.stringify(text): every other program finds quotes around it.",
    },
    {
      name: "skips-empty",
      fails: "save",
      why: "if (text): an empty text is never stored, and the old one stays.",
    },
    {
      name: "keeps-the-time",
      fails: "save",
      why: "SET with KEEPTTL: a note vanishes when the older one would have.",
    },
    {
      name: "note-expires",
      fails: "save",
      why: "Gives every note a time to live: it vanishes after an hour.",
    },
    { name: "trims", fails: "read", why: "Trims what it reads: the text is not the one that was stored." },
    { name: "parses", fails: "read", why: "JSON.parse on what is no JSON." },
    {
      name: "remembers",
      fails: "read",
      why: "Keeps notes in a variable: what another program changes is never seen.",
    },
    {
      name: "empty-is-missing",
      fails: "missing",
      why: "get(…) || null: an empty note becomes a missing one.",
    },
    {
      name: "empty-for-missing",
      fails: "missing",
      why: 'get(…) ?? "": a missing note becomes an empty one.',
    },
    {
      name: "get-then-set",
      fails: "count",
      why: "GET, plus one in JavaScript, SET: parallel calls lose visits.",
    },
    {
      name: "lock-in-one-process",
      fails: "count",
      why: "GET and SET one after the other, in one process: the other process has its own queue.",
    },
    {
      name: "counts-in-memory",
      fails: "count",
      why: "Counts in a variable and writes that: each process has its own count.",
    },
    {
      name: "count-then-read",
      fails: "count",
      why: "INCR, then GET for the result: under load it is another caller's number.",
    },
    {
      name: "count-and-read-together",
      fails: "count",
      why: "INCR and GET sent together: another process can still count between them.",
    },
    { name: "text-for-number", fails: "visits", why: "Gives the text that GET answers." },
    { name: "not-a-number", fails: "visits", why: "parseInt(null) is NaN for a page without visits." },
    {
      name: "stores-zero",
      fails: "visits",
      why: "INCRBY 0 to read a counter: each page asked for gets a key.",
    },
    { name: "one-for-true", fails: "claim", why: "Gives what SETNX answers: 1 and 0." },
    { name: "ok-for-true", fails: "claim", why: 'Gives what SET answers: "OK" and null.' },
    { name: "claim-not-awaited", fails: "claim", why: 'No await before set: a promise is never === "OK".' },
    { name: "overwrites", fails: "claim", why: "Without NX: the last one to ask gets the name." },
    {
      name: "own-name-again",
      fails: "claim",
      why: "SET NX, then GET: the user who has the name is told true again.",
    },
    {
      name: "look-then-set",
      fails: "claim-race",
      why: "EXISTS, then SET: all who look at once see a free name.",
    },
    {
      name: "lock-for-names",
      fails: "claim-race",
      why: "EXISTS and SET one after the other, in one process: the other process looks meanwhile.",
    },
    {
      name: "milliseconds",
      fails: "code",
      why: "PX with seconds: the code is gone before anyone can type it in.",
    },
    { name: "never-expires", fails: "code", why: "SET without a time to live." },
    {
      name: "timer",
      fails: "code",
      why: "Deletes the code with setTimeout: when the program ends, the code stays for ever.",
    },
    {
      name: "code-not-awaited",
      fails: "code",
      why: "No await before set: the function ends before Redis has the code.",
    },
    { name: "first-code-stays", fails: "code", why: "SET with NX: who asks for another code cannot use it." },
    {
      name: "set-then-expire",
      fails: "one-command",
      why: "SET, then EXPIRE: in between, and after a crash, the code is valid for ever.",
    },
    {
      name: "sent-together",
      fails: "one-command",
      why: "SET and EXPIRE sent together are still two commands: Redis may get the first alone.",
    },
  ],
} satisfies ModuleExercise;
