import type { ScriptContext, ScriptExercise, ScriptReply } from "redis-learning-lab";

/** Every key that the task names. */
const NAMED =
  "shop:city shop:motto order:open order:paid visits:today stock:apples log:today session:ana banner cart:old";

/** Only two keys of the task expire. */
const FOR_EVER = {
  cause: "Only session:ana and banner expire. EX, EXPIRE and GETEX let a key vanish: leave them out here.",
};

/** What Redis' commonest errors mean to a beginner; the first that matches. */
const ERRORS: readonly (readonly [RegExp, string])[] = [
  [
    /wrong number of arguments/,
    "The command got too many words, or too few: look up what it takes. A value with spaces needs quotes.",
  ],
  [/unknown command/, "Is the command spelt right? Its name is the first word of the line."],
  [
    /no such key/,
    "Is the key spelt as in the task, and not deleted on a line before? RENAME takes the old name first.",
  ],
];

/** What SET takes behind the value. */
const SET_OPTIONS = /^(NX|XX|GET|EX|PX|EXAT|PXAT|KEEPTTL|\d+)$/i;

function causeOfError({ command, text }: ScriptReply, error: string): string | undefined {
  if (command.slice(1).some((word) => /^(#|\/\/)/.test(word))) return "A comment needs a line of its own.";
  if (!/syntax error/.test(error)) return ERRORS.find(([pattern]) => pattern.test(error))?.[1];
  if (!/["']/.test(text)) return "A value with spaces is several words to Redis: put it in quotes.";
  const unknown = command.slice(3).find((word) => !SET_OPTIONS.test(word));
  return unknown
    ? `${command[0]} knows no option ${unknown}: is it spelt right?`
    : "Behind the value comes either EX with a number, or KEEPTTL.";
}

/** Fills the keyspace as the task says, with random values, runs the script on it and gives what was there before. */
async function runOnShop({ answer, redis, random, expect }: ScriptContext) {
  const shop = {
    motto: random.text(),
    order: random.text(),
    visits: random.integer(100, 900),
    apples: random.integer(100, 900),
    log: random.text(),
    session: random.text(),
    bannerTtl: random.integer(2_000, 9_000),
  };
  await redis.mSet({
    "shop:motto": shop.motto,
    "order:open": shop.order,
    "visits:today": String(shop.visits),
    "stock:apples": String(shop.apples),
    "log:today": shop.log,
    "session:ana": shop.session,
    "cart:old": random.text(),
  });
  await redis.setEx("banner", shop.bannerTtl, random.text());
  const replies = await answer.run();
  expect.that(replies.length > 0, "commands.redis holds no command yet", {
    cause:
      "Write one command a line, as you would type it into redis-cli. Lines that begin with # are comments.",
  });
  return { ...shop, replies };
}

/** All single values in the replies, also those inside the reply of an EXEC. */
function valuesIn(replies: readonly ScriptReply[]): unknown[] {
  return replies.flatMap(({ value }) => (Array.isArray(value) ? value.flat(9) : [value]));
}

/** The error that a line was answered with, also one inside the reply of an EXEC. */
function errorOf(reply: ScriptReply): string | undefined {
  return reply.error ?? valuesIn([reply]).find((value) => value instanceof Error)?.message;
}

export default {
  title: "redis-cli: keys and values by hand",
  objectives: ["O2 simple operations with the Redis client, redis-cli"],
  form: "redis-cli",
  answer: "commands.redis",
  hints: [
    "Play first: start the server of your exercise 01 and open redis-cli on it. Try each command there, and look with GET and TTL at what it did.",
    "You need one line for each key of the task, nine in all, and no value that you do not know: Redis can rename, add and append without being told the old value.",
    'A value with a space, also one at its beginning, goes into quotes: "…". What a SET does to the time to live of a key stands in its table in the lesson.',
    "The commands are SET, GET, RENAME, INCR, INCRBY, APPEND, EXPIRE, SET with KEEPTTL, and DEL, in the order of the task.",
  ],
  checks: [
    {
      id: "runs",
      title: "Redis answers no line with an error",
      async run(context) {
        const { replies } = await runOnShop(context);
        const failed = replies.find(errorOf);
        if (!failed) return;
        const error = errorOf(failed) ?? "";
        context.expect.that(false, `Redis refuses line ${failed.line}: ${failed.text}`, {
          expected: "a reply without an error",
          actual: error,
          cause: causeOfError(failed, error),
        });
      },
    },
    {
      id: "untouched",
      title: "Keys that the task does not name stay as they are, and no other key is made",
      async run(context) {
        const { redis, random, expect } = context;
        const [cart, list, hash] = [`cart:${random.word()}`, random.word(), `shop:${random.id()}`];
        const [text, items, fields] = [random.text(), random.words(3), { [random.word()]: random.text() }];
        const ttl = random.integer(2_000, 9_000);
        await redis.setEx(cart, ttl, text);
        await redis.rPush(list, items);
        await redis.hSet(hash, fields);
        await runOnShop(context);
        const cause = "FLUSHALL and FLUSHDB delete every key, your colleagues' too: delete by name.";
        await expect.key(cart).isString(text, { cause });
        await expect.key(cart).hasTtl(ttl - 5, ttl);
        await expect.key(list).isList(items, { cause });
        await expect.key(list).hasNoTtl(FOR_EVER);
        await expect.key(hash).isHash(fields, { cause });
        await expect.key(hash).hasNoTtl(FOR_EVER);
        const known = [...NAMED.split(" "), cart, list, hash];
        const made = (await redis.keys("*")).filter((key) => !known.includes(key));
        expect.that(made.length === 0, `the task does not name the key ${made[0]}, which is there now`, {
          expected: "only the keys of the task, and those that were there before",
          actual: made.join(", "),
          cause: "A misspelt name is a new key to Redis. Capital letters count, too.",
        });
        const others = (await redis.info("keyspace")).match(/^db[1-9].*/gm) ?? [];
        expect.that(others.length === 0, "there are keys in another database now", {
          expected: "keys in database 0 alone",
          actual: others.join("\n"),
          cause: "SELECT and MOVE go to another database, where keys are not gone: leave them out.",
        });
      },
    },
    {
      id: "write",
      title: "shop:city holds the text New York",
      async run(context) {
        await runOnShop(context);
        await context.expect.key("shop:city").isString("New York", {
          cause: (found) =>
            found === undefined
              ? "SET key value writes a text."
              : "The text has a space and capital letters: in quotes, it is one value.",
        });
        await context.expect.key("shop:city").hasNoTtl(FOR_EVER);
      },
    },
    {
      id: "read",
      title: "The text of shop:motto is read, and still there",
      async run(context) {
        const { replies, motto } = await runOnShop(context);
        context.expect.that(valuesIn(replies).includes(motto), "no reply is the text of shop:motto", {
          expected: motto,
          actual: replies
            .map(({ line, command, value }) => `line ${line}, ${command[0]}: ${value}`)
            .join("\n"),
          cause: "GET key answers the text. (nil), here null, means that nothing is at this key.",
        });
        await context.expect
          .key("shop:motto")
          .isString(motto, { cause: "Only read it: GET leaves the text there, GETDEL deletes it." });
        await context.expect.key("shop:motto").hasNoTtl(FOR_EVER);
      },
    },
    {
      id: "rename",
      title: "order:open is now called order:paid, with the same text",
      points: 2,
      async run(context) {
        const { order } = await runOnShop(context);
        const { expect } = context;
        await expect.key("order:paid").isString(order, {
          cause: "The text is another one each time: RENAME takes it along, whatever it is.",
        });
        await expect.key("order:paid").hasNoTtl(FOR_EVER);
        await expect.key("order:open").isMissing({ cause: "It was copied: RENAME leaves no second key." });
      },
    },
    {
      id: "count",
      title: "visits:today went up by 1 and stock:apples by 25",
      points: 2,
      async run(context) {
        const { visits, apples } = await runOnShop(context);
        const cause = (by: string) => `${by}: Redis adds to the number that is there, which you cannot know.`;
        await context.expect.key("visits:today").isString(String(visits + 1), { cause: cause("INCR key") });
        await context.expect.key("stock:apples").isString(String(apples + 25), {
          cause: cause("INCRBY key 25"),
        });
        await context.expect.key("visits:today").hasNoTtl(FOR_EVER);
        await context.expect.key("stock:apples").hasNoTtl(FOR_EVER);
      },
    },
    {
      id: "append",
      title: "log:today has a space and (closed) added to its end",
      async run(context) {
        const { log } = await runOnShop(context);
        await context.expect.key("log:today").isString(`${log} (closed)`, {
          cause: (found) => {
            if (found === log) return "APPEND key value adds a text to the end.";
            if (found === `${log}(closed)`)
              return "The space is missing. Spaces separate words, unless they are inside the quotes.";
            return "SET replaces the whole text: APPEND adds to the end, whatever is there.";
          },
        });
        await context.expect.key("log:today").hasNoTtl(FOR_EVER);
      },
    },
    {
      id: "expire",
      title: "session:ana expires 600 seconds from now and keeps its text",
      points: 2,
      async run(context) {
        const { session } = await runOnShop(context);
        const { expect } = context;
        await expect.key("session:ana").isString(session, {
          cause: "EXPIRE sets the time alone. SET with EX, and SETEX, replace the text.",
        });
        await expect.key("session:ana").hasTtl(595, 600, {
          cause: "EXPIRE key 600 sets it. EXPIRE counts in seconds and PEXPIRE in milliseconds.",
        });
      },
    },
    {
      id: "keep-ttl",
      title: "banner holds the text sold out and expires when it would have",
      points: 2,
      async run(context) {
        const { bannerTtl } = await runOnShop(context);
        const { expect } = context;
        await expect
          .key("banner")
          .isString("sold out", { cause: "SET key value KEEPTTL replaces the text." });
        await expect.key("banner").hasTtl(bannerTtl - 5, bannerTtl, {
          cause: "SET removes the time to live, and EX sets a new one: only KEEPTTL lets the old one run on.",
        });
      },
    },
    {
      id: "delete",
      title: "cart:old is gone",
      async run(context) {
        const { replies } = await runOnShop(context);
        const usesPattern = replies.some(
          ({ command: [name = "", ...keys] }) =>
            /^(DEL|UNLINK)$/i.test(name) && keys.some((key) => /[*?[]/.test(key)),
        );
        await context.expect.key("cart:old").isMissing({
          cause: (found) => {
            if (found === "") return "An empty text is a value, too: the key is still there.";
            return usesPattern
              ? "DEL takes the names of keys. It knows no patterns such as cart:*."
              : "Nothing deleted cart:old: DEL takes the names of keys.";
          },
        });
      },
    },
  ],
  wrong: [
    { name: "without-quotes", fails: "runs", why: "SET shop:city New York: three words for Redis." },
    { name: "incr-with-number", fails: "runs", why: "INCR stock:apples 25: INCR takes no number." },
    { name: "misspelt-option", fails: "runs", why: "KEEPTLL for KEEPTTL." },
    { name: "comment-behind", fails: "runs", why: "A comment behind a command: more words for Redis." },
    { name: "semicolons", fails: "runs", why: "A semicolon after each command, as in SQL." },
    { name: "pasted-prompts", fails: "runs", why: "Copied with the prompts of redis-cli." },
    { name: "slashes", fails: "runs", why: "A comment of JavaScript." },
    { name: "typographic-quotes", fails: "runs", why: "Quotes of a word processor: “New York”." },
    { name: "exit-too-early", fails: "runs", why: "exit in the middle: redis-cli ends there." },
    { name: "byte-order-mark", fails: "runs", why: "Saved with a byte order mark, as some editors do." },
    { name: "names-swapped", fails: "runs", why: "Swaps the two names of RENAME." },
    { name: "flushall", fails: "untouched", why: "Begins with FLUSHALL and builds all keys anew." },
    { name: "misspelt-key", fails: "untouched", why: "Counts visit:today, which makes a new key." },
    { name: "moved", fails: "untouched", why: "MOVE cart:old 1: it is in another database, not gone." },
    { name: "expires-all", fails: "untouched", why: "Gives every key that has none a time to live." },
    { name: "city-expires", fails: "write", why: "SET shop:city … EX 3600: it is to stay for ever." },
    { name: "underscore", fails: "write", why: "Writes New_York to get around the quotes." },
    { name: "reads-another-key", fails: "read", why: "GET motto answers nil: the key is shop:motto." },
    { name: "getdel", fails: "read", why: "GETDEL reads the text and deletes it." },
    { name: "typed-in", fails: "rename", why: "Types in the values seen in one run." },
    { name: "copied", fails: "rename", why: "COPY without DEL: both orders are there." },
    { name: "counted-by-hand", fails: "count", why: "SET visits:today 42: right only once." },
    { name: "append-without-quotes", fails: "append", why: "The space before (closed) is lost." },
    { name: "set-ex", fails: "expire", why: "SET session:ana … EX 600 replaces the text." },
    { name: "milliseconds", fails: "expire", why: "EXPIRE session:ana 600000." },
    { name: "too-few-seconds", fails: "expire", why: "EXPIRE session:ana 590." },
    { name: "set-drops-ttl", fails: "keep-ttl", why: "A plain SET: the banner stays for ever." },
    { name: "guessed-ttl", fails: "keep-ttl", why: "SET with EX 3600: another time than before." },
    { name: "delete-by-pattern", fails: "delete", why: "DEL cart:* deletes a key of that very name." },
    { name: "nothing-deleted", fails: "delete", why: "Forgets cart:old." },
    { name: "emptied", fails: "delete", why: 'SET cart:old "" leaves an empty text.' },
  ],
} satisfies ScriptExercise;
