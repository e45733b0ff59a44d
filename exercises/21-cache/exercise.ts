import type { ModuleExercise } from "redis-learning-lab";
import { actAfter, allOf, holdBack, untilQuiet, untilSent } from "./between.ts";
import {
  AMPLE,
  about,
  cacheKey,
  limitOf,
  lockKey,
  MIDDLE,
  newValue,
  randomValues,
  read,
  SHORT,
  sentAlone,
  untilFree,
} from "./calls.ts";
import {
  AWAY,
  hitCause,
  IN_ONE_STEP,
  LOADED_TWICE,
  lateCause,
  lockTtlCause,
  missThrewCause,
  notStoredCause,
  stampedeCause,
  ttlCause,
} from "./causes.ts";
import {
  expectGiven,
  expectLoads,
  expectPassedOn,
  newOrigin,
  type Origin,
  shown,
  untilAsked,
} from "./origin.ts";
import { overtakenBy } from "./overtaken.ts";
import {
  lockNotRenewed,
  lockOfTheDead,
  lockTakenAfter,
  storedAfterLook,
  storedDuringForget,
  waitsLong,
} from "./rivals.ts";

/** Commands that give a key its end later than its value. */
const EXPIRE_LATER = ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"];
export default {
  title: "Caching: load once, serve many",
  objectives: ["O5 deal with async operations", "use: caching"],
  form: "module",
  answer: "cache.ts",
  processes: 2,
  proxied: true,
  hints: [
    "Begin without the lock: get the text at cache:<name>; where it is null, load, store as JSON with a time to live in whole seconds (Math.round), give the value. Compare the text with null, not the value.",
    'The lock: client.set("lock:" + name, token, { condition: "NX", expiration: { type: "PX", value: lockMs } }) gives "OK" to one caller. All others go round a loop: pause for 25 ms, look at the cache, try to get the lock.',
    "Who got the lock looks at the cache once more before it loads: since its last look, another one may have stored the value and freed the lock.",
    "After the load, a Lua script looks whether the lock still holds your token; only then it stores the value and deletes the lock. Call it in a finally, so that a load that fails frees the lock as well.",
    "Redis away: let each command race a timer of redisMs, as readWithin in 09 did. One try … catch around all that comes before the load: in the catch, return load(). The script after the load gets a catch of its own, because there is a value already.",
  ],
  checks: [
    {
      id: "miss",
      title: "cached loads what is not in the cache, gives it, and stores it as JSON at cache:<name>",
      points: 2,
      async run({ answer, redis, random, trace, expect }) {
        for (const value of randomValues(random)) {
          const [name, origin] = [random.id(), newOrigin(value)];
          const ended = await read(answer, name, origin);
          const sent = await trace.commands();
          expectGiven(expect, ended, value, "where it had to load", {
            returned: "Give back what load resolves to, as it is.",
            threw: missThrewCause(sent),
            unanswered: "Nobody else holds the lock here: whoever gets it loads.",
          });
          expectLoads(expect, origin, 1, "by the first call", "One call loads once.");
          const stored = await expect.eventually(
            () => redis.get(cacheKey(name)),
            (text) => text !== null,
            `cache:${name} should hold what was loaded`,
            { expected: JSON.stringify(value), cause: notStoredCause(value, sent) },
          );
          expect.value(stored, `the text at cache:${name}`).equals(JSON.stringify(value), {
            cause: "Store JSON.stringify(value), also where the value is a text or null.",
          });
        }
      },
    },
    {
      id: "hit",
      title: "cached gives what is in the cache without loading, also null, and takes no lock for it",
      points: 2,
      async run({ answer, redis, random, trace, expect }) {
        const name = random.id();
        // Another program stores one value after the other.
        for (const value of randomValues(random)) {
          await redis.set(cacheKey(name), JSON.stringify(value), { EX: 100 });
          const origin = newOrigin("this was loaded");
          const ended = await read(answer, name, origin);
          const kind = value === null ? "null" : "a value";
          expectLoads(expect, origin, 0, `with ${kind} in the cache`, hitCause(value));
          expectGiven(expect, ended, value, "from the cache", {
            returned: "Ask Redis each time, and give back JSON.parse of the text.",
          });
        }
        const locks = (await trace.commands()).filter(
          ({ name: command, args }) => command.startsWith("SET") && args[0] === lockKey(name),
        );
        expect.value(locks.length, "how often a lock was taken for what was in the cache").equals(0, {
          cause:
            "Look into the cache first. The lock is for the one who loads: readers need not wait for it.",
        });
      },
    },
    {
      id: "ttl",
      title: "Each value lives for a random time, between 80 % and 100 % of the seconds asked for",
      points: 2,
      after: "miss",
      async run({ answer, redis, random, trace, expect }) {
        const names = random.list(30, () => random.id());
        const seconds = random.list(30, () => random.integer(1_000, 9_000));
        const calls = names.map((name, i) => {
          const origin = newOrigin(i ? newValue(random) : null);
          return read(answer, name, origin, { ...AMPLE, seconds: seconds[i] as number });
        });
        await Promise.all(calls);
        const shares: number[] = [];
        for (const [i, name] of names.entries()) {
          const left = await expect.eventually(
            () => redis.ttl(cacheKey(name)),
            (found) => found !== -2,
            `cache:${name} should be there`,
          );
          const most = seconds[i] as number;
          const [what, cause] = [
            `the seconds that cache:${name} lives (${most} asked for)`,
            ttlCause(left, most),
          ];
          expect.value(left, what).atLeast(Math.floor(0.8 * most) - 10, { cause });
          expect.value(left, what).atMost(most, { cause });
          shares.push(Math.round((100 * left) / most));
        }
        const spread = Math.max(...shares) - Math.min(...shares);
        const what =
          "the distance between the shortest and the longest time of 30 values, in percent of seconds,";
        expect.value(spread, what).atLeast(5, {
          cause:
            "Stored together, they would end together, and all be loaded together then: draw a new random time for each value.",
        });
        const commands = await trace.commands();
        const aboutValues = names
          .flatMap((name) => sentAlone(commands, name))
          .filter(({ args }) => args[0]?.startsWith(cacheKey("")));
        expect.commands(aboutValues).exclude(EXPIRE_LATER, { cause: IN_ONE_STEP });
      },
    },
    {
      id: "stampede",
      limitMs: 12_000,
      title: "Of all who miss the same value, in two processes, one loads; the others wait for its value",
      points: 3,
      after: "miss",
      async run(context) {
        const { answer, redis, random, trace, expect } = context;
        const [name, value] = [random.id(), newValue(random)];
        let locked = 0;
        const origin = newOrigin(value, async () => {
          locked += await redis.exists(lockKey(name));
        });
        const call = ["cached", name, origin.load, AMPLE] as const;
        const given = await answer.callAtOnce(random.list(100, () => call));
        const taken = about(sentAlone(await trace.commands(), name), lockKey(name));
        const cause = stampedeCause(origin.loads, locked, taken);
        expectLoads(expect, origin, 1, "for 100 callers at once", cause);
        const right = given.filter((one) => JSON.stringify(one) === JSON.stringify(value));
        expect.value(right.length, "how many of the 100 callers got the value").equals(100, {
          cause: "Who does not get the lock waits until the value is in the cache, and gives that.",
        });
        // Luck has its part among a hundred; here another process surely takes the lock between two commands.
        for (const commands of [1, 2]) await lockTakenAfter(context, commands);
        await storedAfterLook(context);
      },
    },
    {
      id: "lock",
      limitMs: 12_000,
      title: "Who loads holds lock:<name> for at most lockMs; the others wait until it ends or is freed",
      points: 2,
      after: "stampede",
      async run(context) {
        const { answer, random, trace, expect } = context;
        const other = await answer.another();
        const [name, value] = [random.id(), newValue(random)];
        const origin = newOrigin(value);
        origin.hold();
        const calling = read(answer, name, origin);
        await untilAsked(expect, origin, calling);
        await expect.key(lockKey(name)).hasTtl(40, AMPLE.lockMs / 1000, { cause: lockTtlCause });
        expect
          .commands(sentAlone(await trace.commands(), name))
          .exclude(EXPIRE_LATER, { cause: IN_ONE_STEP });
        origin.letGo();
        expectGiven(expect, await calling, value, "where it had to load", {});
        const cause = "Free the lock after the load: until it ends, nobody could load this name again.";
        await untilFree(context, name, "the value is stored", cause);
        // Each of these is about another name, and waits most of its time.
        await allOf(lockOfTheDead(context), lockNotRenewed(context), waitsLong(context, other));
      },
    },
    {
      id: "load-fails",
      limitMs: 12_000,
      title: "An error of load reaches its caller, nothing is stored, and who waits loads at once",
      points: 2,
      after: "stampede",
      async run(context) {
        const { answer, redis, random, expect } = context;
        const other = await answer.another();
        for (const waiter of [other, answer]) {
          const [name, value, error] = [random.id(), newValue(random), new Error(random.text())];
          const [broken, working] = [newOrigin(error), newOrigin(value)];
          broken.hold();
          const first = read(answer, name, broken);
          await untilAsked(expect, broken, first);
          const second = read(waiter, name, working);
          await untilSent(context, 2, () => working.loads > 0);
          broken.letGo();
          expectPassedOn(expect, await first, error, "for the one that called it");
          expectLoads(expect, broken, 1, "by the call that failed", LOADED_TWICE);
          const who = `for another caller, in ${waiter === answer ? "the same" : "another"} process, that waited while load failed`;
          expectGiven(expect, await second, value, who, {
            unanswered:
              "Free the lock also where load fails (finally): otherwise nobody loads until it ends.",
            threw:
              "Each caller has a load of its own: the error of one is not that of another, and its promise is not shared.",
            returned: "Nothing is stored where load fails: the next one gets the lock and loads.",
          });
          expectLoads(expect, working, 1, who, "It got the lock: it loads.");
          await redis.del([cacheKey(name), lockKey(name)]);
        }
      },
    },
    {
      id: "forget",
      title: "After forget the next call loads anew; other names stay in the cache",
      after: "miss",
      async run({ answer, redis, random, expect }) {
        const [name = "", kept = ""] = random.list(2, () => random.id());
        const [old, value] = [newValue(random), newValue(random)];
        await redis.mSet([cacheKey(name), JSON.stringify(old), cacheKey(kept), JSON.stringify(old)]);
        await answer.callAndWait("forget", name, AMPLE);
        await expect.key(cacheKey(name)).isMissing({ cause: "forget deletes cache:<name>." });
        await expect.key(cacheKey(kept)).isString(JSON.stringify(old), {
          cause: "Only the name that was given is forgotten.",
        });
        const origin = newOrigin(value);
        expectGiven(expect, await read(answer, name, origin), value, "after forget", {
          returned: "What a variable remembers is old after forget: ask Redis each time.",
        });
      },
    },
    {
      id: "overtaken",
      limitMs: 12_000,
      title: "A load that began before forget stores nothing, and leaves the lock of the next one alone",
      points: 3,
      after: "forget",
      async run(context) {
        const { answer, random } = context;
        const other = await answer.another();
        await overtakenBy(context, other, other, newValue(random));
        // In the same process neither a variable nor a token of the process tells the two calls apart.
        await overtakenBy(context, other, answer, new Error(random.text()));
      },
    },
    {
      id: "one-step",
      title: "Nothing comes between looking at the lock and storing, or between the two keys of forget",
      after: "overtaken",
      async run(context) {
        const { answer, redis, random, proxy, expect } = context;
        const [name, old] = [random.id(), newValue(random)];
        const origin = newOrigin(old);
        origin.hold();
        const calling = read(answer, name, origin);
        await untilAsked(expect, origin, calling);
        holdBack(proxy);
        origin.letGo();
        // What forget does, called in another process, right after the first command that follows the load.
        await actAfter(
          context,
          1,
          () => false,
          async () => {
            await redis.del([cacheKey(name), lockKey(name)]);
          },
        );
        await calling;
        await untilQuiet(expect, answer, random.id(), AMPLE);
        await expect.key(cacheKey(name)).isMissing({
          cause:
            "Another process called forget between your look at the lock and your SET: do both in one Lua script.",
        });
        for (const commands of [1, 2]) await storedDuringForget(context, commands);
      },
    },
    {
      id: "hangs",
      limitMs: 12_000,
      title:
        "When Redis does not answer, cached gives what it loads, forget rejects, and later all works again",
      points: 2,
      after: "forget",
      async run({ answer, redis, random, proxy, trace, expect }) {
        const other = await answer.another();
        const name = random.id();
        const [value, later] = [newValue(random), newValue(random)];
        const [alone, origin] = [newOrigin(value), newOrigin(later)];
        proxy.hang();
        const [given, forgotten] = await Promise.all([
          read(answer, name, alone, SHORT),
          other.outcome("forget", [random.id(), SHORT], limitOf(SHORT)),
        ]);
        await proxy.heal();
        expectGiven(expect, given, value, `after ${SHORT.redisMs} ms without an answer of Redis`, AWAY);
        expectLoads(expect, alone, 1, "without Redis", LOADED_TWICE);
        expect.that(
          forgotten.kind === "threw",
          "forget should reject when Redis does not answer in redisMs",
          {
            expected: "rejected with an Error",
            actual: shown(forgotten),
            cause:
              forgotten.kind === "returned"
                ? "The old value may still be in the cache: whoever changed it must hear of that."
                : "Let its command race a timer of redisMs, too.",
          },
        );
        await untilQuiet(expect, answer, random.id(), AMPLE);
        const late = sentAlone(await trace.commands(), name).slice(1);
        expect.that(late.length === 0, "a call that had given up should send nothing more", {
          expected: "only what it sent before a reply was late",
          actual: late.map(({ name: command, args }) => [command, ...args].join(" ")).join(", "),
          cause: lateCause(late, JSON.stringify(value)),
        });
        // What it had sent may have got the lock, which ends by itself.
        await redis.del(lockKey(name));
        expectGiven(expect, await read(answer, name, origin), later, "when Redis was back", {
          threw: "The client is not yours to close: each call asks Redis anew.",
          returned: "The value that was loaded without Redis is old by now: do not keep it in a variable.",
        });
        await expect.eventually(
          () => redis.exists(cacheKey(name)),
          (found) => found === 1,
          "what is loaded when Redis is back should be in the cache",
          { cause: "Each call asks Redis anew, and the client is not yours to close." },
        );
      },
    },
    {
      id: "lost",
      limitMs: 12_000,
      title: "When Redis goes away in the middle, loading, waiting and cut off callers get their values",
      points: 2,
      after: "hangs",
      async run(context) {
        const { answer, random, proxy, expect } = context;
        const other = await answer.another();
        const [name, error] = [random.id(), new Error(random.text())];
        const values = random.list(4, () => newValue(random));
        const [loading, waiting, cutOff, late] = values.map((value) => newOrigin(value)) as [
          Origin,
          Origin,
          Origin,
          Origin,
        ];
        const failing = newOrigin(error);
        for (const origin of [loading, failing]) origin.hold();
        const [first, broken] = [
          read(answer, name, loading, MIDDLE),
          read(answer, random.id(), failing, MIDDLE),
        ];
        await untilAsked(expect, loading, first);
        await untilAsked(expect, failing, broken);
        const second = read(other, name, waiting, MIDDLE);
        await untilSent(context, 2, () => waiting.loads > 0);
        proxy.hang();
        for (const origin of [loading, failing]) origin.letGo();
        const [given, givenToWaiting, failed] = await Promise.all([first, second, broken]);
        expectGiven(expect, given, values[0], "when Redis hung during the load", AWAY);
        expectLoads(expect, loading, 1, "when Redis hung during the load", LOADED_TWICE);
        expectGiven(expect, givenToWaiting, values[1], "when Redis hung while it waited for the lock", AWAY);
        expectPassedOn(expect, failed, error, "when Redis hung before load failed");
        expectLoads(expect, failing, 1, "when Redis hung before load failed", LOADED_TWICE);
        await proxy.heal();

        holdBack(proxy);
        const third = read(answer, random.id(), cutOff);
        await expect.eventually(
          () => proxy.roundTrips() > 0,
          (isSent) => isSent,
          "cached should ask Redis",
        );
        proxy.cut();
        expectGiven(expect, await third, values[2], "when the connection broke", AWAY);
        expectLoads(expect, cutOff, 1, "when the connection broke", LOADED_TWICE);
        const fourth = await read(answer, random.id(), late, SHORT);
        expectGiven(expect, fourth, values[3], "while there was no connection", AWAY);
        await proxy.heal();
      },
    },
  ],
  wrong: [
    { name: "not-json", fails: "miss", why: 'String(value): of an object only "[object Object]" is left.' },
    {
      name: "text-as-it-is",
      fails: "miss",
      why: "Stores a text without JSON: it is not what JSON.parse, here and elsewhere, expects.",
    },
    {
      name: "null-not-stored",
      fails: "miss",
      why: "Stores only what is not null: what does not exist is loaded again each time.",
    },
    {
      name: "truthy-stored",
      fails: "miss",
      why: "if (value): 0, an empty text and false are loaded again each time.",
    },
    { name: "stores-nothing", fails: "miss", why: "Gives what it loads, but never stores it." },
    {
      name: "fraction-of-a-second",
      fails: "miss",
      why: "EX with a fraction: Redis refuses it, and nothing is stored.",
    },
    { name: "other-key", fails: "miss", why: "Stores at the name itself, without cache: before it." },
    {
      name: "falsy-is-missing",
      fails: "hit",
      why: 'if (value) after JSON.parse takes 0, "", false and null for nothing.',
    },
    {
      name: "remembers",
      fails: "hit",
      why: "Keeps values in a variable: what others store or forget is never seen.",
    },
    { name: "gives-the-text", fails: "hit", why: "Gives the text from the cache, without JSON.parse." },
    {
      name: "lock-first",
      fails: "hit",
      why: "Takes the lock before it looks: all readers of one name wait for each other.",
    },
    { name: "always-loads", fails: "hit", why: "Stores, but never looks: each call loads." },
    {
      name: "no-ttl",
      fails: "ttl",
      why: "Stores without a time to live: what nobody forgets stays for ever.",
    },
    {
      name: "no-jitter",
      fails: "ttl",
      why: "The same time for all: what was stored together ends together.",
    },
    { name: "hour-for-all", fails: "ttl", why: "2880 to 3600 seconds, whatever seconds says." },
    { name: "jitter-once", fails: "ttl", why: "Draws the random factor once, when the module is loaded." },
    { name: "jitter-upwards", fails: "ttl", why: "Lets values live longer than was asked for." },
    {
      name: "milliseconds",
      fails: "ttl",
      why: "PX with a number of seconds: the value is gone a thousand times too soon.",
    },
    {
      name: "expire-apart",
      fails: "ttl",
      why: "SET, then EXPIRE: a program that dies between the two leaves the value for ever.",
    },
    { name: "no-lock", fails: "stampede", why: "No lock: everybody who misses loads." },
    {
      name: "in-process-only",
      fails: "stampede",
      why: "One load in each process: a variable is not known in the others.",
    },
    {
      name: "null-for-the-others",
      fails: "stampede",
      why: "Who does not get the lock gives null at once: it does not wait.",
    },
    {
      name: "looks-then-locks",
      fails: "stampede",
      why: "EXISTS, then SET: many see that there is no lock, and all take it.",
    },
    {
      name: "lock-without-end",
      fails: "lock",
      why: "The lock has no time to live: when its process dies, nobody ever loads that name again.",
    },
    {
      name: "lock-expire-apart",
      fails: "lock",
      why: "SETNX, then PEXPIRE: a process that dies between the two leaves the lock for ever.",
    },
    { name: "lock-too-short", fails: "lock", why: "The lock lives 5 seconds, whatever lockMs says." },
    {
      name: "lock-in-seconds",
      fails: "lock",
      why: "EX with milliseconds: a dead lock stays a thousand times too long.",
    },
    {
      name: "lock-stays",
      fails: "lock",
      why: "Frees the lock only where there is nothing to store: after the load it stays until it ends by itself.",
    },
    {
      name: "waits-for-the-value-alone",
      fails: "lock",
      why: "Tries to get the lock once, then waits for a value that never comes when the other one dies.",
    },
    {
      name: "loads-when-lock-should-have-ended",
      fails: "lock",
      why: "Loads after lockMs, although another one has the lock.",
    },
    {
      name: "waits-for-redis-ms",
      fails: "lock",
      why: "redisMs for all of the waiting instead of for each reply: then it loads without the lock.",
    },
    {
      name: "gives-up-waiting",
      fails: "lock",
      why: "Throws after half a second, although the other one is still at it.",
    },
    { name: "long-pause", fails: "lock", why: "Pauses a second between two looks: all who wait are late." },
    {
      name: "renews-the-lock",
      fails: "lock",
      why: "Makes its lock longer again and again: one that hangs in load keeps it for ever.",
    },
    {
      name: "waits-once",
      fails: "stampede",
      why: "Waits 100 ms, and then loads although the other one is still at it.",
    },
    { name: "five-tries", fails: "lock", why: "Gives up after five tries, and loads." },
    {
      name: "shares-and-looks-then-locks",
      fails: "stampede",
      why: "One load in each process, but EXISTS and then SET between them: both may take the lock.",
    },
    {
      name: "no-second-look",
      fails: "stampede",
      why: "Loads as soon as it has the lock: the value may have come since its last look.",
    },
    {
      name: "second-look-keeps-the-lock",
      fails: "stampede",
      why: "Finds the value at its second look, and leaves its lock there.",
    },
    {
      name: "second-look-frees-any-lock",
      fails: "stampede",
      why: "Frees the lock after its second look without its token: it may be the one of another by then.",
    },
    {
      name: "loads-again-on-any-error",
      fails: "load-fails",
      why: "One try around everything: where load fails, load is called again.",
    },
    {
      name: "error-keeps-the-lock",
      fails: "load-fails",
      why: "No finally: where load fails, the lock stays.",
    },
    {
      name: "joins-the-load",
      fails: "load-fails",
      why: "Gives the promise of a load that runs in this process: its error, and what is old after forget, reach other callers.",
    },
    {
      name: "error-becomes-null",
      fails: "load-fails",
      why: "An error of load is cached as null: for an hour everybody believes that nothing is there.",
    },
    {
      name: "error-is-cached",
      fails: "load-fails",
      why: "Passes the error on, but stores null: the next caller believes that nothing is there.",
    },
    { name: "forget-other-key", fails: "forget", why: "Deletes a key that nobody uses." },
    {
      name: "forget-not-awaited",
      fails: "forget",
      why: "Comes back before Redis has deleted anything: a reader may still get the old value.",
    },
    { name: "forget-everything", fails: "forget", why: "FLUSHDB: all other names are loaded again, too." },
    {
      name: "forget-stores-null",
      fails: "forget",
      why: "Stores null: readers believe that nothing is there, and nobody loads.",
    },
    {
      name: "forget-leaves-the-lock",
      fails: "overtaken",
      why: "Deletes the value alone: the load that began before stores the old one.",
    },
    {
      name: "waits-for-the-running-load",
      fails: "overtaken",
      why: "Waits in its process for a load that began before forget, instead of loading at once.",
    },
    {
      name: "stores-in-any-case",
      fails: "overtaken",
      why: "Stores whatever it loaded, although it lost its lock meanwhile.",
    },
    { name: "frees-any-lock", fails: "overtaken", why: "Frees the lock without a look at whose it is." },
    {
      name: "error-frees-any-lock",
      fails: "overtaken",
      why: "Where load fails, frees the lock without a look at whose it is.",
    },
    {
      name: "token-of-the-process",
      fails: "overtaken",
      why: "One token for all calls of a process: two of them take the lock of one another for their own.",
    },
    {
      name: "same-token",
      fails: "overtaken",
      why: "The same token for all: nobody can tell its own lock from another one's.",
    },
    {
      name: "looks-then-stores",
      fails: "one-step",
      why: "GET of the lock, then SET: between the two, another process may forget the value.",
    },
    {
      name: "looks-then-stores-in-multi",
      fails: "one-step",
      why: "GET of the lock, then MULTI: the look is not part of the transaction.",
    },
    {
      name: "forget-lock-last",
      fails: "one-step",
      why: "Deletes the value, and the lock later: between the two, an older load stores.",
    },
    {
      name: "only-errors",
      fails: "hangs",
      why: "Catches errors of Redis, but waits for ever for a reply that never comes.",
    },
    {
      name: "error-to-the-caller",
      fails: "hangs",
      why: "Redis away is an error to the caller, who only wanted a value.",
    },
    {
      name: "null-without-redis",
      fails: "hangs",
      why: "Gives null without Redis, as if nothing were there.",
    },
    {
      name: "forget-says-nothing",
      fails: "hangs",
      why: "Swallows the error in forget: nobody hears that the old value is still there.",
    },
    { name: "forget-waits", fails: "hangs", why: "forget waits for ever for a reply that never comes." },
    {
      name: "goes-on-behind",
      fails: "hangs",
      why: "One timer around look and lock: when Redis is back, the call that gave up takes the lock, which nobody frees.",
    },
    {
      name: "stores-after-a-late-reply",
      fails: "hangs",
      why: "Gives up after a late reply, but still stores what it loads.",
    },
    {
      name: "off-for-good",
      fails: "hangs",
      why: "Remembers that Redis was away once, and never asks it again.",
    },
    {
      name: "closes-the-client",
      fails: "hangs",
      why: "Destroys the shared client when Redis is late: no later call works.",
    },
    {
      name: "store-unguarded",
      fails: "lost",
      why: "The value is there, but the caller waits until Redis has stored it, for ever.",
    },
    {
      name: "store-error-to-the-caller",
      fails: "lost",
      why: "Storing fails, and with it the call, although the value is there.",
    },
    {
      name: "free-hides-the-error",
      fails: "lost",
      why: "Where load fails and Redis is away, the caller gets the error of Redis.",
    },
    {
      name: "loads-again-to-be-sure",
      fails: "lost",
      why: "Loads a second time where the value could not be stored.",
    },
    {
      name: "first-look-only",
      fails: "lost",
      why: "Only the first look has a timer: who waits for the lock then waits for ever.",
    },
    {
      name: "only-late-replies",
      fails: "lost",
      why: "Goes on without Redis where a reply is late, but not where the connection breaks.",
    },
  ],
} satisfies ModuleExercise;
