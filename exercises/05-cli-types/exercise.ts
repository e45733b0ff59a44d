import type { Random, ScriptContext, ScriptExercise, ScriptReply } from "redis-learning-lab";

/** Every key that the task names. */
const NAMED = [
  ...["program", "queue:waiting", "queue:running", "helpers"],
  ...["signup:jump", "signup:throw", "signup:both", "signup:jump-only"],
  ...["points:run", "points:jump", "points:throw", "points:total", "podium", "runner:77", "runner:12"],
];

/** What the results are computed from. */
const ONLY_READ = {
  cause: "It is only to be read: the first key behind a STORE command is the one that is written.",
};

/** How the commands that beginners most often mistype are put together. */
const USAGE: Readonly<Record<string, string>> = {
  ZADD: "ZADD key score member: the score comes first, and it is a number.",
  ZINCRBY: "ZINCRBY key n member: the number comes first, then the member.",
  ZUNIONSTORE: "Behind the new key: how many keys, the keys, then WEIGHTS with one number for each of them.",
  ZRANGESTORE: "ZRANGESTORE newkey key first last, and REV behind it. It takes the scores along by itself.",
  LMOVE: "LMOVE from to, then LEFT or RIGHT twice: the end where it is taken, and the end where it arrives.",
  HSET: "Behind the key, fields and values take turns. A value with a space in it needs quotes.",
};

function causeOfError({ command: [name = ""] }: ScriptReply, error: string): string | undefined {
  if (/WRONGTYPE/.test(error))
    return "A command for another type: L and R are for lists, S for sets, Z for sorted sets, H for hashes.";
  if (/unknown command/.test(error)) return "Is the command spelt right? It is the first word of the line.";
  if (/not an integer/.test(error) && /^HINCRBY$/i.test(name))
    return "HINCRBY key field n: is the field spelt right, and is it the one that holds a number?";
  return (
    USAGE[name.toUpperCase()] ??
    (/wrong number of arguments/.test(error)
      ? "The command got too many words, or too few: look it up in the lesson."
      : undefined)
  );
}

/** Points of runners by start number. No two have the same total: it ends in the runner's place in the list. */
function randomPoints(random: Random) {
  const jump: Record<string, number> = {};
  const thrown: Record<string, number> = {};
  const total: Record<string, number> = {};
  random.shuffle([1, 2, 3, 4, 5, 6, 7, 8]).forEach((hundred, place) => {
    const runner = String(100 * hundred + random.integer(0, 99));
    if (place > 0) jump[runner] = 10 * random.integer(2, 30) + place;
    if (place < 6) thrown[runner] = 5 * random.integer(4, 40);
    total[runner] = (jump[runner] ?? 0) + 2 * (thrown[runner] ?? 0);
  });
  return { jump, thrown, total };
}

const asMembers = (points: Readonly<Record<string, number>>) =>
  Object.entries(points).map(([value, score]) => ({ value, score }));

/** Fills the keyspace as the task says, with random values, runs the script on it and gives what was there before. */
async function runOnSportsDay({ answer, redis, random, expect }: ScriptContext) {
  const names = random.words(12);
  const { jump, thrown, total } = randomPoints(random);
  const day = {
    program: random.words(random.integer(2, 4)),
    waiting: random.words(random.integer(3, 5)),
    running: random.words(random.integer(2, 3)),
    helpers: [...random.words(random.integer(2, 4)), ...random.pick([[], ["Ada"]])],
    both: names.slice(0, random.integer(2, 4)),
    jumpOnly: names.slice(4, 4 + random.integer(2, 4)),
    throwOnly: names.slice(8, 8 + random.integer(2, 4)),
    run: {
      "12": random.integer(100, 900),
      ...Object.fromEntries(
        Object.keys(jump)
          .slice(0, 3)
          .map((runner) => [runner, random.integer(100, 900)]),
      ),
    },
    jump,
    thrown,
    total,
    runner: { name: random.text(), [random.word()]: random.text() },
    laps: random.integer(100, 900),
  };
  await Promise.all([
    redis.rPush("program", day.program),
    redis.rPush("queue:waiting", day.waiting),
    redis.rPush("queue:running", day.running),
    redis.sAdd("helpers", [...day.helpers, "Ben"]),
    redis.sAdd("signup:jump", [...day.both, ...day.jumpOnly]),
    redis.sAdd("signup:throw", [...day.both, ...day.throwOnly]),
    redis.sAdd("signup:both", [...random.words(2), ...day.throwOnly.slice(1)]),
    redis.zAdd("points:run", asMembers(day.run)),
    redis.zAdd("points:jump", asMembers(jump)),
    redis.zAdd("points:throw", asMembers(thrown)),
    redis.hSet("runner:12", { ...day.runner, club: random.text(), laps: day.laps, phone: random.id() }),
  ]);
  const replies = await answer.run();
  expect.that(replies.length > 0, "commands.redis holds no command yet", {
    cause:
      "Write one command a line, as you would type it into redis-cli. Lines that begin with # are comments.",
  });
  return { ...day, replies };
}

/** The error that a line was answered with, also one inside the reply of an EXEC. */
function errorOf({ error, value }: ScriptReply): string | undefined {
  return error ?? (Array.isArray(value) ? value.find((one) => one instanceof Error)?.message : undefined);
}

const asList = (found: unknown): readonly string[] => (Array.isArray(found) ? found : []);
const asScores = (found: unknown) => (found ?? {}) as Readonly<Record<string, number>>;

export default {
  title: "redis-cli: lists, sets, sorted sets and hashes",
  objectives: ["O2 simple operations with the Redis client, redis-cli"],
  form: "redis-cli",
  answer: "commands.redis",
  hints: [
    "Play first: start the server of your exercise 01 and open redis-cli on it. Make a small list, set, sorted set and hash there, and look with LRANGE, SMEMBERS, ZRANGE … WITHSCORES and HGETALL at what each command did.",
    "Most tasks are one line, and none needs a value that you do not know. Tasks 4, 5, 7 and 8 are made by the commands that end in STORE: they read keys and write the result to another one, all inside Redis.",
    "Mind the order: of several values of LPUSH, the last one is first in the list; in LMOVE, the first LEFT or RIGHT belongs to the first key; SDIFFSTORE takes away from the first key behind the new one; ZADD and ZINCRBY want the number before the member.",
    "ZUNIONSTORE wants the number of keys: 2. To count the second one double, its end is WEIGHTS 1 2. The three best are the positions 0 to 2 when REV puts the highest first.",
    "In the order of the task: LPUSH and RPUSH, LMOVE, SADD and SREM, SINTERSTORE, SDIFFSTORE, ZADD and ZINCRBY, ZUNIONSTORE, ZRANGESTORE, HSET, and for the last one HSET, HINCRBY and HDEL.",
  ],
  checks: [
    {
      id: "runs",
      title: "Each line is one command, and Redis answers none with an error",
      async run(context) {
        const { replies } = await runOnSportsDay(context);
        for (const reply of replies) {
          const { line, text, command } = reply;
          const odd = command.find((word) => /^(#|\/\/)$|,$/.test(word));
          const [mistake, cause] = odd?.endsWith(",")
            ? ["separates words by commas", "Only spaces separate them: a comma becomes a part of the word."]
            : [
                "has a comment behind the command",
                "A comment needs a line of its own: its words become values.",
              ];
          context.expect.that(odd === undefined, `line ${line} ${mistake}: ${text}`, {
            actual: `${command.length} words: ${command.join(" | ")}`,
            cause,
          });
          const error = errorOf(reply) ?? "";
          context.expect.that(error === "", `Redis refuses line ${line}: ${text}`, {
            expected: "a reply without an error",
            actual: error,
            cause: causeOfError(reply, error),
          });
        }
      },
    },
    {
      id: "untouched",
      title: "Other keys stay as they are, no other key is made, and none expires",
      async run(context) {
        const { redis, random, expect } = context;
        const [list, set] = [`queue:${random.id()}`, `signup:${random.id()}`];
        const [sorted, hash] = [`points:${random.id()}`, `runner:${random.id()}`];
        const [items, fields] = [random.words(3), { [random.word()]: random.text() }];
        const ttl = random.integer(2_000, 9_000);
        await redis.rPush(list, items);
        await redis.sAdd(set, items);
        await redis.zAdd(sorted, { value: "77", score: ttl });
        await redis.hSet(hash, fields);
        await redis.expire(hash, ttl);
        await runOnSportsDay(context);
        const cause = "FLUSHALL and FLUSHDB delete every key, your colleagues' too: delete by name.";
        await expect.key(list).isList(items, { cause });
        await expect.key(set).isSet(items, { cause });
        await expect.key(sorted).isSortedSet({ "77": ttl }, { cause });
        await expect.key(hash).isHash(fields, { cause });
        await expect.key(hash).hasTtl(ttl - 5, ttl);
        const known = [...NAMED, list, set, sorted, hash];
        const made = (await redis.keys("*")).filter((key) => !known.includes(key)).sort();
        expect.that(made.length === 0, `the task does not name the key ${made[0]}, which is there now`, {
          expected: "only the keys of the task, and those that were there before",
          actual: made.join(", "),
          cause:
            "A misspelt name is a new key to Redis. A key that you needed on the way: delete it with DEL.",
        });
        const existing = (await redis.keys("*")).filter((key) => key !== hash);
        for (const key of existing) {
          await expect.key(key).hasNoTtl({ cause: "Nothing is to expire here: leave EXPIRE out." });
        }
        const others = (await redis.info("keyspace")).match(/^db[1-9].*/gm) ?? [];
        expect.that(others.length === 0, "there are keys in another database now", {
          expected: "keys in database 0 alone",
          actual: others.join("\n"),
          cause: "SELECT, MOVE and COPY … DB go to another database: leave them out.",
        });
      },
    },
    {
      id: "ends",
      title: "The list program begins with welcome and anthem, and ends with prizes",
      points: 2,
      async run(context) {
        const { program } = await runOnSportsDay(context);
        await context.expect.key("program").isList(["welcome", "anthem", ...program, "prizes"], {
          cause(found) {
            const list = asList(found);
            if (list.some((element) => / /.test(element)))
              return "Quotes make one element of what is between them: welcome and anthem are two.";
            if (list[0] === "anthem" && list[1] === "welcome")
              return "LPUSH puts each value in front of the one before it: the last one that you give comes first.";
            if (!program.every((element) => list.includes(element)))
              return "What was in the list is different each time: add to the list, do not make it anew.";
            return "LPUSH adds at the front (left), RPUSH at the end (right).";
          },
        });
      },
    },
    {
      id: "move",
      title: "The first of queue:waiting is now the last of queue:running",
      points: 2,
      async run(context) {
        const { waiting, running } = await runOnSportsDay(context);
        const [first = "", ...rest] = waiting;
        await context.expect.key("queue:running").isList([...running, first], {
          cause(found) {
            const list = asList(found);
            if (list.includes(waiting.at(-1) ?? ""))
              return "That is the last one. The first LEFT or RIGHT names the end where LMOVE takes it: LEFT is the front.";
            if (list[0] === first)
              return "It came to the front. The second LEFT or RIGHT names the end where it arrives: RIGHT is the end.";
            if (list.length < running.length)
              return "It went the other way: the list to take from comes first.";
            return "LMOVE takes along whatever stands first, which is different each time.";
          },
        });
        await context.expect.key("queue:waiting").isList(rest, {
          cause: "LMOVE takes it out of the first list and puts it into the second, once.",
        });
      },
    },
    {
      id: "members",
      title: "Ada and Linus are in the set helpers, Ben is not, the others are as before",
      async run(context) {
        const { helpers } = await runOnSportsDay(context);
        await context.expect.key("helpers").isSet([...new Set([...helpers, "Ada", "Linus"])], {
          cause(found) {
            const set = asList(found);
            if (set.some((member) => / /.test(member)))
              return "Quotes make one member of what is between them: Ada and Linus are two.";
            if (set.includes("Ben"))
              return "Ben is still in: SREM key member takes one out. Capital letters count.";
            if (!helpers.every((member) => set.includes(member)))
              return "Who was in is different each time: SADD adds to a set, and only SREM takes out.";
            return "SADD key member … puts members in, and SREM takes them out. Capital letters count.";
          },
        });
      },
    },
    {
      id: "both",
      title: "signup:both holds who is in signup:jump and in signup:throw",
      points: 2,
      async run(context) {
        const { both, jumpOnly, throwOnly } = await runOnSportsDay(context);
        const { expect } = context;
        await expect.key("signup:both").isSet(both, {
          cause(found) {
            const set = asList(found);
            if (found === undefined)
              return "The result was empty, so there is no key: a misspelt key counts as an empty set.";
            if ([...both, ...jumpOnly, ...throwOnly].every((name) => set.includes(name)))
              return "SUNIONSTORE takes who is in any of the sets: SINTERSTORE takes who is in all of them.";
            if (!both.some((name) => set.includes(name)))
              return "What was there is out of date. SINTER only shows the result: SINTERSTORE newkey key key stores it.";
            return "SINTERSTORE newkey key key makes the set anew, from whoever is in both sets.";
          },
        });
        await expect.key("signup:jump").isSet([...both, ...jumpOnly], ONLY_READ);
        await expect.key("signup:throw").isSet([...both, ...throwOnly], ONLY_READ);
      },
    },
    {
      id: "only",
      title: "signup:jump-only holds who is in signup:jump and not in signup:throw",
      points: 2,
      async run(context) {
        const { both, jumpOnly, throwOnly } = await runOnSportsDay(context);
        const { expect } = context;
        await expect.key("signup:jump-only").isSet(jumpOnly, {
          cause(found) {
            if (found === undefined)
              return "SDIFF only shows the result: SDIFFSTORE newkey key key stores it.";
            return throwOnly.some((name) => asList(found).includes(name))
              ? "Some are from signup:throw: SDIFFSTORE starts with the first key behind the new one, and takes away the next."
              : "SDIFFSTORE newkey key key: who is in the first of the two keys, without who is in the second.";
          },
        });
        await expect.key("signup:jump").isSet([...both, ...jumpOnly], ONLY_READ);
        await expect.key("signup:throw").isSet([...both, ...throwOnly], ONLY_READ);
      },
    },
    {
      id: "points",
      title: "In points:run, runner 77 has 40 points and runner 12 has 15 more",
      points: 2,
      async run(context) {
        const { run } = await runOnSportsDay(context);
        await context.expect.key("points:run").isSortedSet(
          { ...run, "12": run["12"] + 15, "77": 40 },
          {
            cause(found) {
              const scores = asScores(found);
              if (scores["runner:77"] !== undefined || scores["runner:12"] !== undefined)
                return "The members are the start numbers alone, 77 and 12: runner:77 is the name of another key.";
              if (scores["40"] !== undefined)
                return "This makes a runner 40 with 77 points: ZADD wants the score first, then the member.";
              if (scores["15"] !== undefined)
                return "This gives points to a runner 15: ZINCRBY wants the number first, then the member.";
              if (Object.keys(run).some((runner) => scores[runner] === undefined))
                return "The other runners are different each time: add to the sorted set, do not make it anew.";
              if (scores["12"] !== run["12"] + 15 && scores["12"] !== run["12"])
                return "ZADD replaces the score of a member that is there: ZINCRBY key n member adds to it.";
              return "ZADD key score member puts a member in, ZINCRBY key n member adds to its score.";
            },
          },
        );
      },
    },
    {
      id: "total",
      title: "points:total holds each runner's points of jump, plus twice those of throw",
      points: 3,
      async run(context) {
        const { jump, thrown, total } = await runOnSportsDay(context);
        const { expect } = context;
        const [inBoth = ""] = Object.keys(jump).filter((runner) => thrown[runner] !== undefined);
        await expect.key("points:total").isSortedSet(total, {
          cause(found) {
            const scores = asScores(found);
            if (found === undefined)
              return "ZUNIONSTORE stores the result. ZUNION only shows it, and a misspelt key counts as an empty one.";
            if (scores[inBoth] === Number(jump[inBoth]) + Number(thrown[inBoth]))
              return "Each key counts once: WEIGHTS, with a number for each key, multiplies its scores.";
            if (scores[inBoth] === 2 * Number(jump[inBoth]) + Number(thrown[inBoth]))
              return "Jump counts double here: the weights stand in the order of the keys.";
            if (Object.keys(scores).every((runner) => scores[runner] === total[runner]))
              return "The points are right, but runners are missing: ZUNIONSTORE takes who is in any of the keys, and no line behind it is to take them out.";
            return "ZUNIONSTORE multiplies each score by the weight of its key and adds up, if no AGGREGATE says otherwise.";
          },
        });
        await expect.key("points:jump").isSortedSet(jump, ONLY_READ);
        await expect.key("points:throw").isSortedSet(thrown, ONLY_READ);
      },
    },
    {
      id: "podium",
      title: "podium holds the three runners with the most points in points:total, and their points",
      points: 2,
      after: "total",
      async run(context) {
        const { total } = await runOnSportsDay(context);
        const best = Object.entries(total).sort(([, a], [, b]) => b - a);
        await context.expect.key("podium").isSortedSet(Object.fromEntries(best.slice(0, 3)), {
          cause(found) {
            const runners = Object.keys(asScores(found));
            if (found === undefined)
              return "ZRANGESTORE stores, ZRANGE only shows. Does its line come behind the one that makes points:total?";
            if (runners.length !== 3)
              return "Positions count from 0, and the last one is included: three runners are 0 to 2.";
            if (runners.includes(best.at(-1)?.[0] ?? ""))
              return "These have the fewest points: a sorted set begins with the lowest score. REV turns it round.";
            return "The positions that you give belong to points:total: 0 to 2 with REV.";
          },
        });
      },
    },
    {
      id: "new-hash",
      title: "runner:77 is a hash with the fields name, club and laps",
      async run(context) {
        await runOnSportsDay(context);
        await context.expect.key("runner:77").isHash(
          { name: "Kim Lee", club: "Red Foxes", laps: "1" },
          {
            cause(found) {
              if (typeof found === "string")
                return "JSON text in a string is not a hash: HSET key field value … makes one.";
              if (asList(Object.values(found ?? {})).includes("Kim"))
                return "Kim Lee and Red Foxes are one value each: put them in quotes, or fields and values get out of step.";
              return "HSET key field value field value …: each field by its name, in small letters.";
            },
          },
        );
      },
    },
    {
      id: "change-hash",
      title: "runner:12 is in Blue Owls, has one lap more and no phone; the other fields are as before",
      points: 2,
      async run(context) {
        const { runner, laps } = await runOnSportsDay(context);
        await context.expect.key("runner:12").isHash(
          { ...runner, club: "Blue Owls", laps: String(laps + 1) },
          {
            cause(found) {
              const fields = (found ?? {}) as Record<string, string>;
              if (Object.keys(runner).some((field) => fields[field] !== runner[field]))
                return "The other fields are different each time: HSET on the key that is there keeps them.";
              if (fields.phone === "")
                return "An empty text is a value, too: HDEL key field removes the field.";
              if (fields.phone !== undefined)
                return "The field phone is still there: HDEL key field removes it.";
              if (fields.laps !== String(laps + 1))
                return "HINCRBY key field 1 adds to the number that is there, which you cannot know.";
              return "HSET key field value sets one field: is it spelt as in the task?";
            },
          },
        );
      },
    },
  ],
  wrong: [
    { name: "wrong-type", fails: "runs", why: "RPUSH helpers …: helpers is a set, not a list." },
    { name: "without-number-of-keys", fails: "runs", why: "ZUNIONSTORE without the 2 before the keys." },
    { name: "rev-before-positions", fails: "runs", why: "ZRANGESTORE … REV 0 2: options come last." },
    { name: "lmove-without-ends", fails: "runs", why: "LMOVE without LEFT and RIGHT." },
    {
      name: "club-without-quotes",
      fails: "runs",
      why: "HSET runner:12 club Blue Owls: three words behind the key.",
    },
    { name: "counts-another-field", fails: "runs", why: "HINCRBY on the field name, which holds a text." },
    {
      name: "score-behind-a-name",
      fails: "runs",
      why: "ZADD points:run runner:77 40: not even a number where the score belongs.",
    },
    { name: "commas", fails: "runs", why: "Commas between the keys become a part of their names." },
    { name: "comment-behind", fails: "runs", why: "A comment behind SADD: its words become members." },
    { name: "flushall", fails: "untouched", why: "Begins with FLUSHALL and builds all keys anew." },
    { name: "misspelt-key", fails: "untouched", why: "SADD helper makes a new key." },
    { name: "leftover-key", fails: "untouched", why: "A key that was needed on the way is left." },
    { name: "podium-expires", fails: "untouched", why: "EXPIRE podium: it would vanish after an hour." },
    { name: "copied-elsewhere", fails: "untouched", why: "Keeps a copy in another database." },
    { name: "lpush-reversed", fails: "ends", why: "LPUSH program welcome anthem: anthem comes first." },
    { name: "rpush-lpush-swapped", fails: "ends", why: "LPUSH for the end, RPUSH for the front." },
    { name: "one-element", fails: "ends", why: 'LPUSH program "welcome anthem": one element.' },
    { name: "program-typed-in", fails: "ends", why: "Types in the program seen in one run." },
    { name: "rpoplpush", fails: "move", why: "RPOPLPUSH takes the last one and puts it at the front." },
    { name: "lands-in-front", fails: "move", why: "LMOVE … LEFT LEFT: it jumps the queue." },
    { name: "lists-swapped", fails: "move", why: "LMOVE from queue:running to queue:waiting." },
    { name: "runner-typed-in", fails: "move", why: "LPOP, then RPUSH of the name seen in one run." },
    {
      name: "not-taken-out",
      fails: "move",
      why: "Copies the first one with LINDEX and Lua, and leaves it in queue:waiting.",
    },
    { name: "one-member", fails: "members", why: 'SADD helpers "Ada Linus": one member.' },
    { name: "nobody-taken-out", fails: "members", why: "Forgets SREM." },
    { name: "helpers-anew", fails: "members", why: "DEL and SADD: the helpers that were there are lost." },
    { name: "small-letters", fails: "members", why: "SREM helpers ben: capital letters count." },
    { name: "union", fails: "both", why: "SUNIONSTORE: who is in any of the two." },
    { name: "not-stored", fails: "both", why: "SINTER shows the result and stores nothing." },
    { name: "names-typed-in", fails: "both", why: "SADD with the names seen in one run." },
    {
      name: "source-overwritten",
      fails: "both",
      why: "SINTERSTORE signup:jump …, then COPY: the sign-ups are overwritten.",
    },
    {
      name: "added-to-the-old",
      fails: "both",
      why: "Adds to the set of last year, which was to be replaced.",
    },
    {
      name: "source-misspelt",
      fails: "both",
      why: "SINTERSTORE with signup:trow, which is empty to Redis: so is the result.",
    },
    { name: "all-of-jump", fails: "only", why: "COPY signup:jump: those of throw are still in it." },
    { name: "difference-swapped", fails: "only", why: "SDIFFSTORE with the two keys swapped." },
    {
      name: "in-one-of-them",
      fails: "only",
      why: "Takes who is in both away from the union: it has those of throw, too.",
    },
    { name: "difference-not-stored", fails: "only", why: "SDIFF shows the result and stores nothing." },
    {
      name: "score-member-swapped",
      fails: "points",
      why: "ZADD points:run 77 40: a runner 40 with 77 points.",
    },
    {
      name: "zincrby-swapped",
      fails: "points",
      why: "ZINCRBY points:run 12 15: a runner 15 gets 12 points.",
    },
    {
      name: "runner-as-member",
      fails: "points",
      why: "ZADD points:run 40 runner:77: the name of a key, where the start number belongs.",
    },
    { name: "zadd-for-zincrby", fails: "points", why: "ZADD points:run 15 12 replaces the score." },
    { name: "score-typed-in", fails: "points", why: "Types in the sum that was right in one run." },
    { name: "no-weights", fails: "total", why: "Without WEIGHTS both count once." },
    { name: "weights-swapped", fails: "total", why: "WEIGHTS 2 1: jump counts double." },
    { name: "zinterstore", fails: "total", why: "ZINTERSTORE: only runners that are in both." },
    { name: "maximum", fails: "total", why: "AGGREGATE MAX takes the larger one in place of the sum." },
    { name: "total-not-stored", fails: "total", why: "ZUNION shows the result and stores nothing." },
    { name: "ascending", fails: "podium", why: "Without REV: the three with the fewest points." },
    { name: "off-by-one", fails: "podium", why: "0 3: four runners." },
    { name: "from-one", fails: "podium", why: "1 3: counts positions from 1." },
    { name: "podium-too-early", fails: "podium", why: "ZRANGESTORE before points:total is made." },
    { name: "podium-not-stored", fails: "podium", why: "ZRANGE shows the result and stores nothing." },
    { name: "cut-down", fails: "total", why: "Cuts the total itself down to three." },
    { name: "json", fails: "new-hash", why: "JSON text in a string." },
    {
      name: "without-quotes",
      fails: "new-hash",
      why: "Kim Lee and Red Foxes without quotes: fields and values get out of step.",
    },
    { name: "field-misspelt", fails: "new-hash", why: "The field Name in place of name." },
    { name: "hash-anew", fails: "change-hash", why: "DEL and HSET: the other fields are lost." },
    { name: "laps-typed-in", fails: "change-hash", why: "HSET runner:12 laps 42: right only once." },
    { name: "phone-emptied", fails: "change-hash", why: 'HSET runner:12 phone "" leaves an empty value.' },
    {
      name: "value-for-field",
      fails: "change-hash",
      why: "HDEL runner:12 with a second word for the number: phone stays.",
    },
  ],
} satisfies ScriptExercise;
