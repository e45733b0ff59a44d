import type { ModuleExercise } from "redis-learning-lab";
import { callInStep, callUntilAnswered, expectAll, STEP_MS, traffic } from "./callers.ts";
import { expectMarked, LAST_USER, readingOnly, someDays, someUsers, storeDay, storeDays } from "./days.ts";
import { loyaltyCause, loyaltyOf, placeCause, setLoyalty } from "./loyalty.ts";

const LENGTH_CAUSE =
  "BITOP answers the length of its result, in bytes: BITCOUNT counts the bits in it that are 1.";
const ASK_AGAIN =
  "Other programs change the days: ask Redis in each call. What a variable or a key remembers is old.";
const NONE_CAUSE =
  "Is the number of BITCOUNT given back? Are the keys active:<day>, with active: before each of the days?";
const PACKED_CAUSE =
  "The counters of all users are packed into this one key, a byte for each user: BITFIELD adds to one of them.";
/** A bit for each of a million users. */
const DAY_BYTES = 125_000;
/** What a day's key may take, with what Redis keeps around it. */
const DAY_MEMORY_BYTES = 200_000;
/** What Redis may send for one number: far less than a bitmap, far more than a number. */
const REPLY_BYTES = 20_000;
/** Enough for BITOP and what belongs to it, or for the odd bits at both ends of a range of bytes. */
const MOST_COMMANDS = 20;
/** Seconds after which the key of a result must be gone, if it was not deleted. */
const LEFTOVER_SECONDS = 60;
const MOST_LOYALTY = 255;

export default {
  title: "Bitmaps: who was active, in one bit each",
  objectives: ["feature: bitmaps and bitfields", "use: real-time analytics"],
  form: "module",
  answer: "activity.ts",
  processes: 2,
  proxied: true,
  hints: [
    "Each of the first four functions is one command: SETBIT, GETBIT, BITCOUNT, and BITCOUNT with a range. The number of the bit is the id of the user.",
    "setBit gives the bit as it was before: 0 means that the user was not marked yet. getBit gives 1 or 0, so === 1 makes true or false of it.",
    'countBetween: client.bitCount(key, { start: first, end: last, mode: "BIT" }). Without the mode the numbers are bytes.',
    'activeOnAll: BITOP "AND" into a key of its own, then BITCOUNT of that key, then DEL. In client.multi().bitOp(…).bitCount(…).del(…).exec() nobody comes between; it gives a list of the three replies. activeOnAny is the same with "OR".',
    'addLoyalty: client.bitField(key, [ … ]) with two operations: first { operation: "OVERFLOW", behavior: "SAT" }, then { operation: "INCRBY", encoding: "u8", offset: "#" + user, increment: points }. It gives a list with one number.',
  ],
  checks: [
    {
      id: "mark",
      title: "markActive sets the user's bit in the bitmap at active:<day>",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const [day = ""] = someDays(random, 1);
        const key = `active:${day}`;
        const n = 8 * random.integer(1_000, 100_000);
        const first = n + 7;
        const users = random.shuffle([0, n + 8, n + 13, LAST_USER]);
        await answer.callAndWait("markActive", day, first);
        await expectMarked(expect, redis, key, [first]);
        // Another program marks one too.
        await redis.setBit(key, n, 1);
        for (const user of users) await answer.callAndWait("markActive", day, user);
        await expectMarked(expect, redis, key, [n, first, ...users]);
      },
    },
    {
      id: "small",
      title: `A day takes at most ${DAY_MEMORY_BYTES / 1000} kB for a million users, and one key`,
      after: "mark",
      async run({ answer, redis, random, expect }) {
        const [day = ""] = someDays(random, 1);
        await answer.call("markActive", day, LAST_USER);
        await redis.set(`active:${day}`, Buffer.alloc(DAY_BYTES, 0x55));
        for (const user of someUsers(random, 4)) await answer.call("markActive", day, user);
        const memory = await redis.memoryUsage(`active:${day}`);
        expect.value(memory, `the number of bytes that active:${day} takes`).atMost(DAY_MEMORY_BYTES, {
          cause:
            "A bitmap is as long as its last bit needs: 125,000 bytes for a million users. Is there a bit after 999,999?",
        });
        const others = (await redis.keys("*")).filter((key) => key !== `active:${day}`);
        expect.that(others.length === 0, "markActive stores something else besides the bitmap", {
          expected: `one key: active:${day}`,
          actual: `also ${others.slice(0, 5).join(", ")}`,
          cause: "Everything can be counted and asked from the bitmap alone: nothing else has to be kept.",
        });
      },
    },
    {
      id: "first",
      title: "markActive gives true the first time on that day, then false, also when many call at once",
      points: 2,
      after: "mark",
      async run(context) {
        const { answer, redis, random, expect } = context;
        const [day = "", crowded = ""] = someDays(random, 2);
        const [user = 0] = someUsers(random, 1);
        const mark = () => answer.call("markActive", day, user);
        expect.value(await mark(), "the answer the first time").equals(true, { cause: firstCause });
        expect.value(await mark(), "the answer the second time").equals(false, { cause: firstCause });
        await redis.setBit(`active:${day}`, user, 0);
        expect
          .value(await mark(), "the answer after another program took the mark away")
          .equals(true, { cause: ASK_AGAIN });
        const base = random.integer(1_000, 900_000);
        const users = random.list(20, (i) => base + i);
        const calls = random.shuffle([...users, ...users, ...users]);
        const answers = await answer.callAtOnce(calls.map((one) => ["markActive", crowded, one]));
        const cause =
          "Who looks first and writes later is overtaken: SETBIT does both in one step, and gives the bit as it was before.";
        expect
          .value(
            await redis.bitCount(`active:${crowded}`),
            "the number of users marked, by 60 calls at once,",
          )
          .equals(users.length, { cause });
        const firsts = calls.filter((_, i) => answers[i] === true);
        const isOneEach = firsts.length === users.length && new Set(firsts).size === users.length;
        expect.that(isOneEach, `${firsts.length} of 60 callers at once were told that they were the first`, {
          expected: `${users.length}: each of ${users.length} users was marked 3 times`,
          actual: `${firsts.length}, for ${new Set(firsts).size} users`,
          cause,
        });
      },
    },
    {
      id: "active",
      title: "isActive gives true or false",
      async run({ answer, redis, random, expect }) {
        const [day = "", missing = ""] = someDays(random, 2);
        const [user = 0] = someUsers(random, 1, LAST_USER - 2_000);
        await storeDay(redis, day, [user]);
        const cause = (found: unknown) =>
          typeof found === "number"
            ? "GETBIT answers 1 or 0: make true or false of it, with === 1."
            : "Is getBit called with active:<day> and the user, and with await? A promise counts as true, and is never === 1.";
        const asked = async (of: string, id: number, what: string, expected: boolean) =>
          expect.value(await answer.call("isActive", of, id), what).equals(expected, { cause });
        await asked(day, user, "the answer for a user who was active", true);
        await asked(day, user + 1, "the answer for another user", false);
        await asked(day, user + 1_500, "the answer for a user beyond the end of the bitmap", false);
        await asked(missing, user, "the answer for a day without any user", false);
        await redis.setBit(`active:${missing}`, user, 1);
        await asked(missing, user, "the answer after another program marked the user", true);
      },
    },
    {
      id: "count",
      title: "countActive gives the number of users who were active on the day",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const [day = "", missing = ""] = someDays(random, 2);
        const users = someUsers(random, random.integer(2_000, 3_000));
        await storeDay(redis, day, users);
        const all = "BITCOUNT counts the bits that are 1, in the whole key unless it gets a range.";
        const count = async (of: string, what: string, expected: number, cause = all) =>
          expect.value(await answer.call("countActive", of), what).equals(expected, { cause });
        await count(day, "the number of active users", users.length);
        await redis.setBit(`active:${day}`, users[0] ?? 0, 0);
        await count(day, "the number after another program took a mark away", users.length - 1, ASK_AGAIN);
        await count(missing, "the number on a day without any user", 0);
        await redis.set(`active:${day}`, Buffer.alloc(DAY_BYTES, 0xff));
        await count(day, "the number on a day when everybody was active", LAST_USER + 1);
      },
    },
    {
      id: "between",
      title: "countBetween gives the number of active users from first to last, both included",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const [day = "", missing = ""] = someDays(random, 2);
        // Both ends were active, so that an end left out is a user lost.
        const first = 8 * random.integer(100, 200) + random.integer(1, 6);
        const last = first + 8 * random.integer(100, 200) + random.integer(1, 6);
        const others = someUsers(random, 3_000).concat(someUsers(random, 3_000, 20_000));
        const users = [...new Set([first, last, ...others])].filter((user) => user !== first + 1);
        await storeDay(redis, day, users);
        const count = async (of: string, from: number, to: number) => {
          const within = of === missing ? [] : users.filter((user) => user >= from && user <= to);
          const ofBytes = users.filter((user) => user >= 8 * from && user < 8 * (to + 1));
          const around = users.filter((user) => user >> 3 >= from >> 3 && user >> 3 <= to >> 3);
          const what = `the number of active users from ${from} to ${to}${of === missing ? ", on a day without any" : ""}`;
          expect.value(await answer.call("countBetween", of, from, to), what).equals(within.length, {
            cause: (found) =>
              found === ofBytes.length
                ? 'Without a mode the range counts bytes, of eight users each: mode: "BIT" makes it bits.'
                : found === around.length
                  ? 'Whole bytes also hold users before the first and after the last: with mode: "BIT" the range counts bits.'
                  : typeof found === "number" && found < within.length && found >= within.length - 2
                    ? "Both ends are included, in the task as in BITCOUNT."
                    : 'The range of BITCOUNT does it: { start, end, mode: "BIT" }.',
          });
        };
        await count(day, first, last);
        await count(day, first, first);
        await count(day, first + 1, first + 1);
        await count(day, 0, last);
        await count(missing, first, last);
      },
    },
    {
      id: "all",
      title: "activeOnAll gives the number of users who were active on every one of the days",
      points: 3,
      async run(context) {
        const { answer, redis, random, expect } = context;
        const { users, days, missing, isOnAll, onAll, onAny } = await storeDays(redis, random);
        for (const asked of [
          days.slice(0, 2),
          days.slice(1),
          days,
          days.slice(0, 1),
          [days[1] ?? "", missing],
        ]) {
          const [expected, any] = [onAll(asked), onAny(asked)];
          const found = await readingOnly(context, "activeOnAll", days, () =>
            answer.call("activeOnAll", asked),
          );
          const what = `the number of users active on all of ${asked.join(", ")}${asked.includes(missing) ? " (on the last of them, nobody was)" : ""}`;
          expect.value(found, what).equals(expected, {
            cause: (found) =>
              asked.includes(missing)
                ? "A day without a key counts too: nobody was active then, so nobody was on all days."
                : found === any && any !== expected
                  ? "These are the users of at least one of the days: OR joins, AND leaves those who are in all."
                  : Number(found) > any
                    ? LENGTH_CAUSE
                    : found === 0
                      ? NONE_CAUSE
                      : 'BITOP "AND" leaves the bits that are 1 in all of the days\' keys; BITCOUNT counts them, in the key of the result.',
          });
        }
        const [one = "", two = ""] = days;
        await redis.setBit(`active:${one}`, users.find(isOnAll([one, two])) ?? 0, 0);
        expect
          .value(
            await answer.call("activeOnAll", [one, two]),
            "the number after another program took one of their marks away",
          )
          .equals(onAll([one, two]) - 1, { cause: ASK_AGAIN });
      },
    },
    {
      id: "any",
      title: "activeOnAny gives the number of users who were active on at least one of the days",
      points: 2,
      async run(context) {
        const { answer, redis, random, expect } = context;
        const { users, days, missing, onAll, onAny, sum } = await storeDays(redis, random);
        for (const asked of [days.slice(0, 2), days, [missing, days[1] ?? ""], [missing]]) {
          const found = await readingOnly(context, "activeOnAny", days, () =>
            answer.call("activeOnAny", asked),
          );
          expect
            .value(found, `the number of users active on any of ${asked.join(", ")}`)
            .equals(onAny(asked), {
              cause: (found) =>
                found === sum(asked) && asked.length > 1
                  ? "Who was active on two days counts once: BITOP joins the days, then BITCOUNT counts."
                  : Number(found) > sum(asked)
                    ? LENGTH_CAUSE
                    : found === onAll(asked)
                      ? "These are the users of all the days: AND leaves those who are in all, OR joins."
                      : found === 0
                        ? NONE_CAUSE
                        : 'BITOP "OR" of the days\' keys, and BITCOUNT of the key of the result.',
            });
        }
        const [one = "", two = ""] = days;
        const newUser = random
          .list(MOST_COMMANDS, (i) => LAST_USER - i)
          .find((user) => !users.includes(user));
        await redis.setBit(`active:${one}`, newUser ?? 0, 1);
        expect
          .value(
            await answer.call("activeOnAny", [one, two]),
            "the number after another program marked one more user",
          )
          .equals(onAny([one, two]) + 1, { cause: ASK_AGAIN });
      },
    },
    {
      id: "tidy",
      title: `What activeOnAll and activeOnAny store for a moment is gone after ${LEFTOVER_SECONDS} seconds`,
      after: "all",
      async run({ answer, redis, random, expect }) {
        const { days } = await storeDays(redis, random);
        const left = async () => {
          const keys = (await redis.keys("*")).filter((key) => !days.includes(key.replace("active:", "")));
          const seconds = await Promise.all(keys.map((key) => redis.ttl(key)));
          return keys
            .map((key, i) => ({ key, ttl: seconds[i] ?? -2 }))
            .filter(({ ttl }) => ttl === -1 || ttl > LEFTOVER_SECONDS)
            .map(({ key, ttl }) => (ttl === -1 ? `${key}, for ever` : `${key}, for ${ttl} seconds`));
        };
        for (const name of ["activeOnAll", "activeOnAny"]) {
          await answer.call(name, days);
          await expect.eventually(left, (keys) => keys.length === 0, `${name} leaves a key behind`, {
            withinMs: 500,
            expected: "no key that stays, but the days' own",
            cause: `Results that nobody deletes fill the memory: DEL the key of the result, or let it expire after at most ${LEFTOVER_SECONDS} seconds.`,
          });
        }
      },
    },
    {
      id: "together",
      title: "activeOnAll and activeOnAny give the right numbers when many ask at once",
      points: 2,
      after: "all",
      async run(context) {
        const { answer, redis, random, proxy, expect } = context;
        const other = await answer.another();
        const processes = [answer, other];
        const { days, onAll, onAny } = await storeDays(redis, random);
        const [a = "", b = "", c = "", d = ""] = days;
        const asked = [
          [a, b],
          [c, d],
          [a, b, c],
          [b, c],
          [a, d],
          [b, c, d],
          [a, c],
          [b, d],
        ];
        const some = asked.flatMap((some) => [
          { call: ["activeOnAll", some] as const, expected: onAll(some) },
          { call: ["activeOnAny", some] as const, expected: onAny(some) },
        ]);
        // So many that two processes which number their keys use the same numbers.
        const questions = random.shuffle([...some, ...some, ...some]);
        proxy.delay(STEP_MS);
        const answers = await answer.callAtOnce(questions.map(({ call }) => call));
        const cause =
          "Two callers used one key for their results: the second wrote over the first's, or deleted it, before it was counted. Give each call a key of its own, as with crypto.randomUUID(), or send BITOP, BITCOUNT and DEL in one multi().";
        expectAll(expect, answers, (i) => questions[i]?.expected, "callers who asked at once", cause);
        const onEach = onAll(days);
        const same = await callUntilAnswered(context, processes, "activeOnAll", days);
        expectAll(expect, same, () => onEach, "callers who asked at once", cause);
        // Which of two connections Redis hears first is not known: so each process is the first one once.
        for (const order of [[answer, other] as const, [other, answer] as const]) {
          const both = await callInStep(context, order, "activeOnAll", days);
          expectAll(expect, both, () => onEach, "callers who asked at once", cause);
        }
      },
    },
    {
      id: "frugal",
      title: `Redis does the counting: at most ${MOST_COMMANDS} commands a call, and no bitmap is sent`,
      points: 2,
      after: "count",
      async run(context) {
        const { redis, random, expect } = context;
        const days = someDays(random, 3);
        for (const day of days) {
          await redis.set(`active:${day}`, Buffer.alloc(DAY_BYTES, random.integer(1, 255)));
        }
        const [day = ""] = days;
        const [first, user] = [random.integer(1_000, 9_000), random.integer(10_000, 900_000)];
        for (const [name, ...args] of [
          ["isActive", day, user],
          ["countActive", day],
          ["countBetween", day, first, first + random.integer(400, 600)],
          ["countBetween", day, first, first + 900_000],
          ["activeOnAll", days],
          ["activeOnAny", days],
        ] as const) {
          const { bytes, commands } = await traffic(context, name, args);
          expect.value(commands, `the number of commands that ${name} sent`).atMost(MOST_COMMANDS, {
            cause: "Bit by bit costs a command for each user: BITCOUNT counts as many as you like in one.",
          });
          expect.value(bytes, `the number of bytes that Redis sent for ${name}`).atMost(REPLY_BYTES, {
            cause:
              name === "isActive"
                ? "The whole bitmap was sent to look at one bit: GETBIT gives one bit."
                : "The bitmap was sent to be counted in JavaScript: Redis can count it, and send the number.",
          });
        }
      },
    },
    {
      id: "loyalty",
      title: `addLoyalty adds to the user's 8 bits at loyalty:<year>, and stops at 0 and ${MOST_LOYALTY}`,
      points: 3,
      async run({ answer, redis, random, expect }) {
        const year = String(random.integer(2031, 2099));
        const user = random.integer(1, LAST_USER - 1);
        const neighbours = new Map([user - 1, user + 1].map((id) => [id, random.integer(1, 254)]));
        const some = random.integer(101, 199);
        let value = 0;
        for (const points of [some, 20, 200, 1, -255, 30, -100, -1, 1_000, -5, -some]) {
          const raw = value + points;
          const was = value;
          value = Math.min(MOST_LOYALTY, Math.max(0, raw));
          const what = `${was} ${points < 0 ? "-" : "+"} ${Math.abs(points)}`;
          expect
            .value(await answer.call("addLoyalty", year, user, points), `the new value after ${what}`)
            .equals(value, { cause: loyaltyCause(value, raw, points) });
          await expect.key(`loyalty:${year}`).hasType("string", { cause: PACKED_CAUSE });
          const stored = await loyaltyOf(redis, year, user);
          expect
            .value(stored, `the value in the user's 8 bits at loyalty:${year} after ${what}`)
            .equals(value, {
              cause: await placeCause(redis, year, user),
            });
          // Others get theirs once the first is where it should be.
          if (points === some) {
            for (const [id, theirs] of neighbours) await setLoyalty(redis, year, id, theirs);
          }
        }
        for (const [id, expected] of neighbours) {
          expect
            .value(await loyaltyOf(redis, year, id), `the value of user ${id}, beside user ${user},`)
            .equals(expected, { cause: 'Is the place of a user "#" and the id, and the type u8?' });
        }
      },
    },
    {
      id: "loyalty-at-once",
      title: "addLoyalty is exact when many call at once, from two processes",
      points: 2,
      after: "loyalty",
      async run(context) {
        const { answer, redis, random, expect } = context;
        const year = String(random.integer(2031, 2099));
        const [user = 0] = someUsers(random, 1);
        const cause =
          "Two callers read the same value, and each wrote its own result: BITFIELD adds, looks at the limits and answers in one step.";
        for (const [start, points] of [
          [random.integer(180, 220), 3],
          [random.integer(30, 60), -2],
        ] as const) {
          await setLoyalty(redis, year, user, start);
          const numbers = await answer.callAtOnce(
            random.list(40, () => ["addLoyalty", year, user, points] as const),
          );
          const expected = random.list(40, (i) =>
            Math.min(MOST_LOYALTY, Math.max(0, start + points * (i + 1))),
          );
          expect
            .value(
              await loyaltyOf(redis, year, user),
              `the value after 40 callers added ${points} to ${start}`,
            )
            .equals(expected.at(-1), { cause });
          const sorted = [...numbers].sort((a, b) => (Number(a) - Number(b)) * Math.sign(points));
          expectAll(
            expect,
            sorted,
            (i) => expected[i],
            `callers who added ${points} to ${start} at once`,
            "Each caller's value is what BITFIELD answered to it: who reads afterwards may see the next one's.",
          );
        }
      },
    },
  ],
  wrong: [
    {
      name: "a-set",
      fails: "mark",
      why: "A set of ids: 40 times as large, and BITOP cannot compare it.",
    },
    {
      name: "byte-for-bit",
      fails: "mark",
      why: 'SETRANGE writes the text "1" at the user\'s place: a byte for each user.',
    },
    {
      name: "key-for-each-user",
      fails: "mark",
      why: "A key for each user and day: millions of keys, and no bitmap to count.",
    },
    {
      name: "mark-not-awaited",
      fails: "mark",
      why: "No await before setBit: the function ends before Redis has the mark.",
    },
    {
      name: "ids-from-one",
      fails: "mark",
      why: "Takes user 1 for the first bit, as one counts people.",
    },
    {
      name: "list-beside",
      fails: "small",
      why: "Keeps a set of the users besides the bitmap: that is what takes the memory.",
    },
    {
      name: "room-for-more",
      fails: "small",
      why: "Sets a far bit first, to have the room: four times as much as a million users need.",
    },
    {
      name: "gives-the-bit",
      fails: "first",
      why: "Gives what SETBIT answers, 0 or 1.",
    },
    {
      name: "old-bit-for-new",
      fails: "first",
      why: "Takes the answer of SETBIT for the new bit: it is the old one.",
    },
    {
      name: "look-then-mark",
      fails: "first",
      why: "GETBIT, then SETBIT: of many callers at once, several were the first.",
    },
    {
      name: "remembers",
      fails: "first",
      why: "Keeps in a variable who was marked: what other programs do is never seen.",
    },
    {
      name: "writes-the-byte",
      fails: "first",
      why: "Reads eight users, sets one bit in JavaScript and writes all eight back.",
    },
    {
      name: "one-for-true",
      fails: "active",
      why: "Gives what GETBIT answers, 1 or 0.",
    },
    {
      name: "active-not-awaited",
      fails: "active",
      why: "No await before getBit: a promise counts as true.",
    },
    {
      name: "counts-in-the-text",
      fails: "count",
      why: "GET as a text: bytes that are no text are lost before they are counted.",
    },
    {
      name: "length-for-count",
      fails: "count",
      why: "STRLEN is the number of bytes, not of bits that are 1.",
    },
    {
      name: "range-too-short",
      fails: "count",
      why: "A range of 125,000 in bits: only the first eighth of the users is counted.",
    },
    {
      name: "range-in-bytes",
      fails: "between",
      why: "No mode: the range of BITCOUNT counts bytes, of eight users each.",
    },
    {
      name: "last-left-out",
      fails: "between",
      why: "Takes the end of the range for excluded, as slice does.",
    },
    {
      name: "bytes-around",
      fails: "between",
      why: "Divides by 8: counts whole bytes, with users before the first and after the last.",
    },
    {
      name: "or-for-and",
      fails: "all",
      why: "OR for AND: the users of at least one day.",
    },
    {
      name: "into-a-day",
      fails: "all",
      why: "BITOP writes the result into the first day's own key.",
    },
    {
      name: "result-left-out",
      fails: "all",
      why: "Forgets the key of the result: the first day is overwritten by the others.",
    },
    {
      name: "skips-missing-days",
      fails: "all",
      why: "Leaves out the days that have no key, as if they had not been asked for.",
    },
    {
      name: "length-of-the-result",
      fails: "all",
      why: "Gives what BITOP answers: the length of the result in bytes.",
    },
    {
      name: "smallest-day",
      fails: "all",
      why: "The smallest of the counts: these need not be the same users.",
    },
    {
      name: "keeps-the-result",
      fails: "all",
      why: "Keeps the result for a minute and counts it again: the days have changed meanwhile.",
    },
    {
      name: "days-without-their-prefix",
      fails: "all",
      why: "BITOP of keys named as the days, without active: before them.",
    },
    {
      name: "remembers-the-number",
      fails: "any",
      why: "Keeps the number of each list of days in a variable.",
    },
    {
      name: "sum-of-counts",
      fails: "any",
      why: "Adds up the counts: who was active on two days counts twice.",
    },
    {
      name: "and-for-both",
      fails: "any",
      why: "AND for both: the users of all days.",
    },
    {
      name: "result-for-ever",
      fails: "tidy",
      why: "Nobody deletes the key of the result: each call leaves one for ever.",
    },
    {
      name: "result-for-a-day",
      fails: "tidy",
      why: "The key of the result stays for a day.",
    },
    {
      name: "one-key-for-all",
      fails: "together",
      why: "All callers use one key for their results: one overwrites the other's.",
    },
    {
      name: "key-of-the-days",
      fails: "together",
      why: "The key is made of the days: who asks the same finds it deleted by another.",
    },
    {
      name: "numbered-keys",
      fails: "together",
      why: "Numbers its keys in a variable: two processes use the same numbers.",
    },
    {
      name: "count-in-javascript",
      fails: "frugal",
      why: "GET of the whole bitmap, counted in JavaScript.",
    },
    {
      name: "looks-into-the-whole",
      fails: "frugal",
      why: "GET of the whole bitmap to look at one bit.",
    },
    {
      name: "compares-in-javascript",
      fails: "frugal",
      why: "GET of every day, compared in JavaScript.",
    },
    {
      name: "bit-by-bit",
      fails: "frugal",
      why: "GETBIT for each user of the range.",
    },
    {
      name: "wraps",
      fails: "loyalty",
      why: "No OVERFLOW: after 255 the counter begins again at 0.",
    },
    {
      name: "fails-at-the-limit",
      fails: "loyalty",
      why: "OVERFLOW FAIL: null, and the value stays below the limit.",
    },
    {
      name: "overflow-too-late",
      fails: "loyalty",
      why: "OVERFLOW after INCRBY: it only holds for what comes after it.",
    },
    {
      name: "overlapping",
      fails: "loyalty",
      why: "No # before the id: the counters of eight users overlap.",
    },
    {
      name: "set-for-incrby",
      fails: "loyalty",
      why: "SET writes the points over the counter, and gives the old value.",
    },
    {
      name: "second-value",
      fails: "loyalty",
      why: "Takes the second value of the list: OVERFLOW gives none.",
    },
    {
      name: "with-a-sign",
      fails: "loyalty",
      why: "i8 goes from -128 to 127.",
    },
    {
      name: "sixteen-bits",
      fails: "loyalty",
      why: "u16 goes to 65,535, and the counters of others are read wrongly.",
    },
    {
      name: "gives-the-list",
      fails: "loyalty",
      why: "Gives the list that bitField answers.",
    },
    {
      name: "a-key-for-each",
      fails: "loyalty",
      why: "INCRBY on a key for each user, with limits in JavaScript.",
    },
    {
      name: "a-hash",
      fails: "loyalty",
      why: "A field of a hash for each user, with limits in JavaScript.",
    },
    {
      name: "read-add-write",
      fails: "loyalty-at-once",
      why: "Reads the value, adds in JavaScript, writes it back: parallel calls lose points.",
    },
    {
      name: "limits-the-points",
      fails: "loyalty-at-once",
      why: "Reads the value to make the points smaller: it is old when they are added.",
    },
    {
      name: "add-then-read",
      fails: "loyalty-at-once",
      why: "Adds, then reads in a second command: under load that is another caller's value.",
    },
  ],
} satisfies ModuleExercise;

function firstCause(found: unknown): string | undefined {
  if (typeof found === "number")
    return "SETBIT answers the bit as it was before, 0 or 1: make true or false of it.";
  return "SETBIT answers the bit as it was before: 0 the first time. Compare it with === 0, and await it: a promise is never 0.";
}
