import type { ModuleExercise, TracedCommand } from "redis-learning-lab";
import {
  addTo,
  daysCause,
  expectHyperLogLog,
  expectNear,
  givenCause,
  guardDays,
  newVisitors,
  someDays,
  storedCause,
} from "./counts.ts";

/** A small day: Redis counts few visitors exactly, nearly always. */
const VISITORS = 8;
/** A large day. */
const MANY = 50_000;
/** 16,384 registers of 6 bits, and what Redis keeps around them: 14,384 bytes. */
const MOST_BYTES = 16 * 1024;

export default {
  title: "HyperLogLog: how many different visitors?",
  objectives: ["feature: hyperloglogs", "use: real-time analytics"],
  form: "module",
  answer: "visitors.ts",
  proxied: true,
  hints: [
    "A HyperLogLog has three commands: PFADD adds, PFCOUNT counts, PFMERGE joins. Three of the functions are one command each.",
    "client.pfAdd(key, visitors) takes the whole list. client.pfCount takes a key or a list of keys, and gives 0 where there is none.",
    "countDays: client.pfCount(days.map((day) => …)) counts over all the keys at once, each visitor once, and stores nothing.",
    "mergeMonth: await client.pfMerge(key of the month, keys of the days), then return client.pfCount(key of the month). PFMERGE keeps what is in the month's key.",
  ],
  checks: [
    {
      id: "add",
      title: "addVisits adds the visitors to the HyperLogLog at visitors:<day>",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const { days } = someDays(random, 1);
        const key = `visitors:${days[0]}`;
        // Few: whatever text an answer makes of them, Redis counts three exactly, but once in five thousand times.
        const [first = [], others = [], more = []] = await newVisitors(redis, random, 3, 300, 6);
        const count = async (expected: number) => {
          await expectHyperLogLog(expect, redis, key, "Is pfAdd called, with the key visitors:<day>?");
          expectNear(expect, await redis.pfCount(key), `what PFCOUNT gives for ${key}`, expected, addCause);
        };
        await answer.callAndWait("addVisits", days[0], first);
        await count(first.length);
        // Another program adds visitors too.
        await addTo(redis, key, others);
        await answer.callAndWait("addVisits", days[0], more);
        await count(first.length + others.length + more.length);
      },
    },
    {
      id: "one-command",
      title: "addVisits sends one PFADD for the whole list",
      points: 2,
      after: "add",
      async run({ answer, random, trace, expect }) {
        const { days } = someDays(random, 1);
        for (const count of [12, 3_000]) {
          await trace.clear();
          await answer.call(
            "addVisits",
            days[0],
            random.list(count, () => random.id()),
          );
          const sent = sentBy(await trace.commands());
          expect.that(sent.length === 1, `addVisits should send one command for a list of ${count}`, {
            expected: "PFADD, once",
            actual: sent.map(({ name, args }) => `${name} ${args[0]}`).slice(0, 5),
            cause: severalCause(sent),
          });
        }
      },
    },
    {
      id: "again",
      title: "A visitor counts once a day, however often",
      after: "add",
      async run({ answer, redis, random, expect }) {
        const { days } = someDays(random, 2);
        const [visitors = []] = await newVisitors(redis, random, VISITORS);
        for (const list of [visitors, random.shuffle(visitors), [...visitors, ...visitors]]) {
          await answer.call("addVisits", days[0], list);
        }
        await answer.call("addVisits", days[1], visitors);
        for (const day of days) {
          const key = `visitors:${day}`;
          expectNear(expect, await redis.pfCount(key), `what PFCOUNT gives for ${key}`, VISITORS, (found) =>
            Number(found) > VISITORS
              ? "These are visits. Who comes again must be the same text again: then PFADD knows it."
              : undefined,
          );
          const isNew = await redis.pfAdd(key, visitors);
          expect.that(isNew === 0, `the visitors are counted anew when another program adds them to ${key}`, {
            expected: "PFADD of the same visitors gives 0: they are there",
            actual: "it gives 1: some were new",
            cause: "The visitors are added as they are given, with nothing before or after them.",
          });
        }
      },
    },
    {
      id: "small",
      title: "A day takes at most 16 KiB, and one key",
      points: 2,
      after: "add",
      async run({ answer, redis, random, expect }) {
        const { days } = someDays(random, 1);
        const key = `visitors:${days[0]}`;
        const [visitors = [], more = []] = await newVisitors(redis, random, 100, 4_900);
        await answer.call("addVisits", days[0], visitors);
        await addTo(redis, key, more);
        const others = (await redis.keys("*")).filter((other) => other !== key);
        expect.that(others.length === 0, "addVisits stores something else besides the HyperLogLog", {
          expected: `one key: ${key}`,
          actual: `also ${others.slice(0, 5).join(", ")}`,
          cause: "A list of the visitors grows with them, and costs what the HyperLogLog saves.",
        });
        expect
          .value(await redis.memoryUsage(key), `the number of bytes that ${key} takes`)
          .atMost(MOST_BYTES, { cause: "Is something other than visitors kept there?" });
      },
    },
    {
      id: "count",
      title: `countDay gives the number of different visitors, within 3 % at ${MANY.toLocaleString("en")}`,
      points: 2,
      async run({ answer, redis, random, expect }) {
        const { days } = someDays(random, 2);
        const [first = [], rest = []] = await newVisitors(redis, random, 2_000, MANY - 2_000);
        const count = async (what: string, expected: number) =>
          expectNear(expect, await answer.call("countDay", days[0]), what, expected, (found) =>
            found === 0
              ? "Is the answer of PFCOUNT for visitors:<day> given back?"
              : "PFCOUNT counts what PFADD has added. Ask Redis each time: other programs add visitors too.",
          );
        await addTo(redis, `visitors:${days[0]}`, first);
        await count("the number of visitors", first.length);
        await addTo(redis, `visitors:${days[0]}`, rest);
        await count("the number after another program added more", MANY);
        expect
          .value(await answer.call("countDay", days[1]), "the number on a day without any visitor")
          .equals(0, { cause: "PFCOUNT gives 0 for a missing key." });
      },
    },
    {
      id: "days",
      title: "countDays gives the number of different visitors of all the days, each counted once",
      points: 3,
      async run({ answer, redis, random, expect }) {
        const { days } = someDays(random, 4);
        const [a = "", b = "", c = "", missing = ""] = days;
        const [ab = [], bc = [], all = [], onlyC = []] = await newVisitors(
          redis,
          random,
          2_000,
          2_000,
          2_000,
          2_000,
        );
        for (const [day, groups] of [
          [a, [ab, all]],
          [b, [ab, bc, all]],
          [c, [bc, all, onlyC]],
        ] as const) {
          await addTo(redis, `visitors:${day}`, groups.flat());
        }
        const areSame = await guardDays(expect, redis, days);
        for (const [asked, expected, sum, largest] of [
          [[a, b], 6_000, 10_000, 6_000],
          [[a, b, c], 8_000, 16_000, 6_000],
          [[c, a], 8_000, 10_000, 6_000],
          [[b], 6_000, 6_000, 6_000],
          [[missing, a], 4_000, 4_000, 4_000],
        ] as const) {
          const found = await answer.call("countDays", asked);
          const what = `the number of different visitors of ${asked.join(", ")}`;
          expectNear(expect, found, what, expected, daysCause(expected, { sum, largest }));
          await areSame("countDays");
        }
        expect
          .value(await answer.call("countDays", [missing]), "the number for a day without any visitor")
          .equals(0, { cause: "PFCOUNT gives 0 for a missing key." });
      },
    },
    {
      id: "reads-only",
      title: "countDay and countDays store nothing, not even for a moment",
      points: 2,
      after: "days",
      async run({ answer, redis, random, trace, expect }) {
        const { days } = someDays(random, 3);
        for (const day of days.slice(1)) {
          await addTo(redis, `visitors:${day}`, random.words(20));
        }
        await answer.call("countDay", days[1]);
        await answer.call("countDays", days);
        // A missing day, too, must stay missing.
        await answer.call("countDay", days[0]);
        expect.commands(await trace.commands()).exclude(WRITING, {
          cause: "PFCOUNT takes several keys, and joins them for itself: nothing has to be written to count.",
        });
        const stored = (await redis.keys("*")).sort();
        expect.value(stored, "the list of keys after counting").equals(
          days
            .slice(1)
            .map((day) => `visitors:${day}`)
            .sort(),
          { cause: "Counting stores nothing: PFCOUNT leaves a missing key missing." },
        );
      },
    },
    {
      id: "merge",
      title:
        "mergeMonth adds the days to visitors:<month>, keeps what is there, and gives the month's number",
      points: 3,
      async run({ answer, redis, random, expect }) {
        const { month, days } = someDays(random, 4);
        const [a = "", b = "", c = "", missing = ""] = days;
        const [both = [], early = [], late = []] = await newVisitors(redis, random, 2_000, 2_000, 3_000);
        await addTo(redis, `visitors:${a}`, both);
        await addTo(redis, `visitors:${b}`, [...both, ...early]);
        await addTo(redis, `visitors:${c}`, [...both, ...late]);
        const key = `visitors:${month}`;
        const areSame = await guardDays(expect, redis, days);
        for (const [asked, expected, sum, only] of [
          [[a, b], 4_000, 6_000, 4_000],
          [[c, missing], 7_000, 9_000, 5_000],
          [[b, c], 7_000, 9_000, 7_000],
        ] as const) {
          const found = await answer.callAndWait("mergeMonth", month, asked);
          await areSame("mergeMonth");
          const missed = "PFMERGE stores the month: its first key is that of the result, visitors:<month>.";
          await expectHyperLogLog(expect, redis, key, missed);
          const what = `${key}, after ${asked.join(" and ")} were merged,`;
          const cause = storedCause(expected, { sum, only });
          expectNear(expect, await redis.pfCount(key), `what PFCOUNT gives for ${what}`, expected, cause);
          expectNear(expect, found, `the number that mergeMonth gave for ${what}`, expected, givenCause);
        }
        await expect.key(key).hasNoTtl({ cause: "A month's number stays: leave out the time to live." });
        const others = (await redis.keys("*")).filter(
          (other) => other !== key && !days.includes(other.replace("visitors:", "")),
        );
        expect.that(others.length === 0, "mergeMonth left another key", {
          expected: `${key} and the days`,
          actual: others.slice(0, 5),
          cause: "PFMERGE reads the days' keys where they are: nothing else has to be stored.",
        });
      },
    },
    {
      id: "merge-nothing",
      title: "mergeMonth gives 0 for a month whose days had no visitors, and no day appears",
      after: "merge",
      async run({ answer, redis, random, expect }) {
        const { month, days } = someDays(random, 2);
        expect
          .value(await answer.call("mergeMonth", month, days), "the number")
          .equals(0, { cause: "PFMERGE takes a missing key for an empty one, and PFCOUNT then gives 0." });
        const keys = (await redis.keys("*")).filter((key) => key !== `visitors:${month}`);
        expect.value(keys, "the list of keys besides the month's").equals([], {
          cause: "PFMERGE takes a missing key for an empty one: nothing has to be made first.",
        });
      },
    },
  ],
  wrong: [
    {
      name: "a-set",
      fails: "add",
      why: "A set of all visitors: exact, and hundreds of times as large.",
    },
    {
      name: "counts-visits",
      fails: "add",
      why: "INCRBY counts visits: nobody knows who came before.",
    },
    {
      name: "add-not-awaited",
      fails: "add",
      why: "No await before pfAdd: the function ends before Redis has the visitors.",
    },
    {
      name: "for-each",
      fails: "add",
      why: "forEach(async …) does not wait: the function ends before Redis has the visitors.",
    },
    {
      name: "list-as-text",
      fails: "add",
      why: "JSON.stringify makes one visitor of the whole list.",
    },
    {
      name: "starts-anew",
      fails: "add",
      why: "DEL before PFADD: the visitors of before are lost.",
    },
    {
      name: "first-only",
      fails: "add",
      why: "Adds the first visitor of the list alone.",
    },
    {
      name: "one-by-one",
      fails: "one-command",
      why: "A PFADD for each visitor, and a round trip for each.",
    },
    {
      name: "all-at-once",
      fails: "one-command",
      why: "Promise.all saves the round trips, but still sends a command for each visitor.",
    },
    {
      name: "in-chunks",
      fails: "one-command",
      why: "A PFADD for each hundred visitors: PFADD takes a list of any length.",
    },
    {
      name: "also-the-month",
      fails: "one-command",
      why: "Adds the visitors to the month as well: that is what mergeMonth does.",
    },
    {
      name: "also-expires",
      fails: "one-command",
      why: "EXPIRE besides PFADD: a second command, and the day vanishes after a month.",
    },
    {
      name: "with-the-time",
      fails: "again",
      why: "Adds the visitor with the time: each visit is someone new.",
    },
    {
      name: "with-a-prefix",
      fails: "again",
      why: "Puts a word before each visitor: other programs add the same visitors without it.",
    },
    {
      name: "set-beside",
      fails: "small",
      why: "Keeps a set of the visitors besides: that is what takes the memory.",
    },
    {
      name: "remembers",
      fails: "count",
      why: "Keeps the first number in a variable: later visitors are never seen.",
    },
    {
      name: "null-for-nobody",
      fails: "count",
      why: "Gives null for a day without a key.",
    },
    {
      name: "length-of-the-key",
      fails: "count",
      why: "STRLEN is the size of the HyperLogLog, not a count.",
    },
    {
      name: "sum-of-counts",
      fails: "days",
      why: "Adds up the days: who came on two of them counts twice.",
    },
    {
      name: "list-of-counts",
      fails: "days",
      why: "Gives a number for each day.",
    },
    {
      name: "largest-day",
      fails: "days",
      why: "Takes the largest day: the others had visitors of their own.",
    },
    {
      name: "merges-into-a-day",
      fails: "days",
      why: "PFMERGE into the first day's own key, to count it.",
    },
    {
      name: "temporary-merge",
      fails: "reads-only",
      why: "PFMERGE into a key of its own to count, and DEL: PFCOUNT does it without writing.",
    },
    {
      name: "makes-the-day",
      fails: "reads-only",
      why: "Adds nobody first, to be sure that the key is there.",
    },
    {
      name: "stores-the-sum",
      fails: "merge",
      why: "Stores a sum as the month's number: nothing can be added to it later.",
    },
    {
      name: "counts-without-storing",
      fails: "merge",
      why: "Counts the days, but stores nothing for the month.",
    },
    {
      name: "merge-not-awaited",
      fails: "merge",
      why: "Counts the keys together, and does not wait until the month is stored.",
    },
    {
      name: "days-without-their-prefix",
      fails: "merge",
      why: "Merges keys named as the days, without visitors: before them.",
    },
    {
      name: "all-days-of-the-month",
      fails: "merge",
      why: "Merges every day of the month that has a key, also those that were not asked for.",
    },
    {
      name: "month-into-a-day",
      fails: "merge",
      why: "PFMERGE into the first of the days, then COPY to the month.",
    },
    {
      name: "month-starts-anew",
      fails: "merge",
      why: "Deletes the month's key first: what was merged before is lost.",
    },
    {
      name: "gives-ok",
      fails: "merge",
      why: "Gives what PFMERGE answers: OK.",
    },
    {
      name: "counts-the-days",
      fails: "merge",
      why: "Gives the number of the days merged now, not of the month.",
    },
    {
      name: "deletes-the-days",
      fails: "merge",
      why: "Deletes the days once they are merged.",
    },
    {
      name: "makes-missing-days",
      fails: "merge-nothing",
      why: "Makes keys for the days that have none, before it merges them.",
    },
    {
      name: "null-for-no-month",
      fails: "merge-nothing",
      why: "Gives null where there is nothing to merge.",
    },
  ],
} satisfies ModuleExercise;

/** Commands that write what PFCOUNT needs no writing for. */
const WRITING = [
  "PFMERGE",
  "PFADD",
  "SET",
  "SETEX",
  "COPY",
  "DEL",
  "UNLINK",
  "RENAME",
  "SADD",
  "INCRBY",
  "HSET",
];

function addCause(found: unknown): string | undefined {
  return found === 1
    ? "The whole list became one visitor, or only one of the list was added: pfAdd takes the list as it is."
    : "PFADD adds the visitors of the list to those who are there: nothing has to be deleted or written anew.";
}

/** What was sent by itself, or as a whole: not by a script, and without what is around a transaction. */
function sentBy(commands: readonly TracedCommand[]): TracedCommand[] {
  return commands.filter(({ name, byScript }) => !byScript && !["MULTI", "EXEC"].includes(name));
}

/** Why it was not one PFADD. */
function severalCause(sent: readonly TracedCommand[]): string {
  if (sent.some(({ name }) => name !== "PFADD"))
    return "PFADD alone does it: it makes the key where there is none, and leaves out who is counted already.";
  if (new Set(sent.map(({ args }) => args[0])).size > 1)
    return "addVisits adds to the day's key alone: the month is for mergeMonth.";
  return "pfAdd takes the whole list: a loop over the visitors costs a command for each, and with await a round trip too.";
}
