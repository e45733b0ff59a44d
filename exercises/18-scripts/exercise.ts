import type { JudgeRedis, ModuleExercise, Random } from "redis-learning-lab";
import { called, expectKeysPassed, expectOneCommandEach } from "./calls.ts";
import {
  AS_TEXTS,
  ENOUGH,
  movedCause,
  noErrorCause,
  RUN_AGAIN,
  timeCause,
  unlessNoBoolean,
} from "./causes.ts";

/** How many call at once. */
const CROWD = 40;
/** Seconds that are left of a window or a lock in the middle of its time. */
const LEFT_S = 50;

const accountKey = (id: string) => `account:${id}`;
const callsKey = (user: string) => `calls:${user}`;
const lockKey = (name: string) => `lock:${name}`;

/** A call of a function that does something, and the keys that it is about. */
interface DrawnCall {
  readonly call: readonly [name: string, ...args: unknown[]];
  readonly keys: readonly string[];
}

async function drawTransfer(redis: JudgeRedis, random: Random) {
  const [from, to, amount] = [random.id(), random.id(), random.integer(2, 90)];
  const keys = [accountKey(from), accountKey(to)] as const;
  await redis.set(keys[0], String(amount + random.integer(10, 90)));
  return { call: ["transfer", from, to, amount], keys } as const satisfies DrawnCall;
}

async function drawAllow(_: JudgeRedis, random: Random): Promise<DrawnCall> {
  const user = random.id();
  return { call: ["allow", user, random.integer(2, 9), random.integer(200, 900)], keys: [callsKey(user)] };
}

async function drawUnlock(redis: JudgeRedis, random: Random): Promise<DrawnCall> {
  const [name, token] = [random.id(), random.id()];
  await redis.set(lockKey(name), token);
  return { call: ["unlock", name, token], keys: [lockKey(name)] };
}

const DRAWN_CALLS = [drawTransfer, drawAllow, drawUnlock];

/** What an account may hold that is no number. */
const NO_NUMBER = {
  "a hash": (redis: JudgeRedis, key: string, word: string) => redis.hSet(key, word, word),
  "a word": (redis: JudgeRedis, key: string, word: string) => redis.set(key, word),
};

export default {
  title: "Scripts: several commands as one step",
  objectives: ["O5 deal with async operations", "feature: atomic operations"],
  form: "module",
  answer: "atomic.ts",
  processes: 2,
  proxied: true,
  hints: [
    "Write each script as a text in a constant, with backticks around it, and one function run(client, script, keys, values) for all three: it calls evalSha, and only where that fails because Redis does not know the script, eval.",
    'The SHA1 of a text: createHash("sha1").update(script).digest("hex"), with createHash from "node:crypto". The error that you wait for: error.message.startsWith("NOSCRIPT"). All other errors go on: throw error.',
    'In a script, tonumber(redis.call("GET", KEYS[1]) or "0") is the number at a key, also where the key is missing, and tonumber(ARGV[1]) the first value. Look first, return 0 where it must not be; then write, and return 1.',
    "transfer: nothing is undone when a command fails in the middle. GET and compare the balance, then INCRBY on KEYS[2], which fails where that is no number, and only then DECRBY on KEYS[1].",
    'allow: if redis.call("INCR", KEYS[1]) == 1 then redis.call("EXPIRE", KEYS[1], ARGV[2]) end. unlock: if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end return redis.call("DEL", KEYS[1]).',
  ],
  checks: [
    {
      id: "transfer",
      title: "transfer moves the amount and gives true; a missing account counts as 0",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const [from, to] = [random.id(), random.id()];
        const amounts = [random.integer(20, 90), random.integer(3, 9), random.integer(2, 9)];
        // As texts, this one comes before each amount.
        let balance = 110 + random.integer(1, 80);
        let other = 0;
        await redis.set(accountKey(from), String(balance));
        const expectBalances = async () => {
          const cause = (found: unknown) =>
            found === undefined
              ? "Nothing is there: the keys are account:<from> and account:<to>."
              : "The amount leaves account:<from> and arrives at account:<to>, once; what they hold is a whole number.";
          await expect.key(accountKey(from)).isString(String(balance), { cause });
          await expect.key(accountKey(to)).isString(String(other), { cause });
        };
        // What is wrong with the script itself is said first.
        await called(expect, answer, "transfer", from, to, 1);
        balance -= 1;
        other += 1;
        for (const amount of [...amounts, 0]) {
          // The last one takes all that is left.
          const moved = amount || balance;
          const result = await answer.callAndWait("transfer", from, to, moved);
          const left = await redis.get(accountKey(from)).catch(() => null);
          const falseCause =
            left === String(balance - moved)
              ? "It was moved all the same: true in Lua arrives as 1, false as null. Let the script give 1 or 0, and compare with === 1."
              : moved === balance
                ? "All that is there may be moved: only a balance below the amount is not enough."
                : AS_TEXTS;
          expect
            .value(result, `what transfer of ${moved} from an account with ${balance} gives`)
            .equals(true, { cause: unlessNoBoolean(falseCause) });
          balance -= moved;
          other += moved;
          await expectBalances();
        }
      },
    },
    {
      id: "forgotten",
      title: "The functions go on working when Redis has forgotten the scripts",
      points: 2,
      after: "transfer",
      async run({ answer, redis, random, expect }) {
        const [from, to] = [random.id(), random.id()];
        const before = random.integer(100, 900);
        await redis.set(accountKey(from), String(before));
        const processes = [answer, await answer.another()];
        for (let time = 0; time < 3; time++) {
          for (const one of processes) await called(expect, one, "transfer", from, to, 1);
          await redis.scriptFlush();
          await redis.functionFlush().catch(() => {});
        }
        await expect.key(accountKey(from)).isString(String(before - 6), {
          cause:
            "Where the script is not known, nothing was moved yet: it runs once, after the text was sent.",
        });
      },
    },
    {
      id: "refuse",
      title:
        "transfer changes nothing and gives false where there is too little, or the amount is no whole number above 0",
      points: 2,
      after: "transfer",
      async run({ answer, redis, random, expect }) {
        const [from, to, missing] = [random.id(), random.id(), random.id()];
        const [balance, other] = [random.integer(2, 9), random.integer(100, 900)];
        await redis.set(accountKey(from), String(balance));
        await redis.set(accountKey(to), String(other));
        const more = random.integer(10, 19);
        const noAmount =
          "A negative amount would take from the other one: look whether amount is a whole number above 0, before anything else.";
        for (const [giver, taker, amount, cause] of [
          [from, to, more, ENOUGH],
          [missing, to, 1, "A missing account counts as 0: for it, GET gives false in Lua."],
          [from, from, more, "Nobody may pay what is not there, not even to oneself."],
          [from, to, -random.integer(2, 9), noAmount],
          [from, to, 0, noAmount],
          [from, to, balance - 0.5, noAmount],
        ] as const) {
          const held = giver === from ? balance : "nothing";
          const result = await called(expect, answer, "transfer", giver, taker, amount);
          expect
            .value(
              result,
              `what transfer of ${amount} from an account with ${held}${giver === taker ? " to itself" : ""} gives`,
            )
            .equals(false, { cause: unlessNoBoolean(cause) });
          await expect.key(accountKey(from)).isString(String(balance), { cause });
          await expect.key(accountKey(to)).isString(String(other), { cause });
          await expect.key(accountKey(missing)).isMissing({
            cause: "What is refused changes nothing, not even for a moment: look before you write.",
          });
        }
        const paid = await called(expect, answer, "transfer", from, from, 1);
        expect.value(paid, "what transfer gives where an account pays itself").equals(true, {
          cause: unlessNoBoolean("It holds enough, so that is a transfer like any other."),
        });
        await expect.key(accountKey(from)).isString(String(balance), {
          cause:
            "From an account to itself, nothing changes: what was read before the first write is old at the second. INCRBY and DECRBY add to what is there.",
        });
      },
    },
    {
      id: "half",
      title: "Where the other account holds no number, transfer throws, and nothing was moved",
      after: "transfer",
      async run({ answer, redis, random, trace, expect }) {
        for (const [kind, put] of Object.entries(NO_NUMBER)) {
          const {
            call: [name, ...args],
            keys: [from, to],
          } = await drawTransfer(redis, random);
          const [balance, word] = [await redis.get(from), random.word()];
          await put(redis, to, word);
          await trace.clear();
          const ended = await answer.outcome(name, args);
          const received = await trace.commands();
          await expect.key(from).isString(String(balance), { cause: movedCause(received, to) });
          if (kind === "a hash") await expect.key(to).isHash({ [word]: word });
          else await expect.key(to).isString(word, { cause: "It holds no number: it must stay as it is." });
          expect.that(
            ended.kind === "threw",
            `where the other account holds ${kind}, transfer should throw`,
            {
              expected: "an error",
              actual: ended.kind === "returned" ? ended.value : "no answer",
              cause: noErrorCause(received, to),
            },
          );
        }
      },
    },
    {
      id: "transfer-at-once",
      title: "Of many transfers at once, exactly those succeed for which there is enough",
      points: 3,
      after: "transfer",
      async run({ answer, redis, random, expect }) {
        const [from, to, payer] = [random.id(), random.id(), random.id()];
        const other = await answer.another();
        // So that Redis knows the scripts, and the race is about the accounts alone.
        await redis.set(accountKey(payer), "2");
        for (const one of [answer, other]) await called(expect, one, "transfer", payer, payer, 1);
        const cause =
          "Several looked at the balance before one of them had changed it: looking and moving must be one step, so both belong into one script.";
        // Where there is enough for one, the first of each process meet.
        for (const enoughFor of [1, random.integer(8, 14)]) {
          const [amount, rest, before] = [
            random.integer(11, 40),
            random.integer(1, 9),
            random.integer(100, 900),
          ];
          await redis.set(accountKey(from), String(enoughFor * amount + rest));
          await redis.set(accountKey(to), String(before));
          const results = await answer.callAtOnce(
            random.list(CROWD, () => ["transfer", from, to, amount] as const),
          );
          const successes = results.filter((one) => one === true).length;
          expect
            .value(successes, `the number of transfers, of ${CROWD}, that were told true`)
            .equals(enoughFor, { cause });
          await expect.key(accountKey(from)).isString(String(rest), { cause });
          await expect.key(accountKey(to)).isString(String(before + enoughFor * amount), { cause });
        }
      },
    },
    {
      id: "allow",
      title: "allow counts at calls:<user> and gives true up to the limit, then false without counting",
      points: 2,
      async run({ answer, random, expect }) {
        const [user, other, first] = [random.id(), random.id(), random.id()];
        const limit = random.integer(10, 14);
        // So long that a unit too small does not matter yet.
        const seconds = random.integer(20_000, 80_000);
        // What is wrong with the script itself is said first.
        await called(expect, answer, "allow", first, limit, seconds);
        for (let call = 1; call <= limit + 3; call++) {
          const result =
            call === 1
              ? await answer.callAndWait("allow", user, limit, seconds)
              : await called(expect, answer, "allow", user, limit, seconds);
          expect
            .value(result, `what allow gives at call ${call}, with the limit ${limit},`)
            .equals(call <= limit, {
              cause: unlessNoBoolean(
                result === false ? AS_TEXTS : "As many calls as the limit says are allowed, not one more.",
              ),
            });
          await expect.key(callsKey(user)).isString(String(Math.min(call, limit)), {
            cause: (found) =>
              found === undefined
                ? "The calls are counted in Redis, at calls:<user>, and the count stays for the whole window."
                : "Each call that is allowed counts 1, a refused one does not count.",
          });
        }
        expect
          .value(
            await called(expect, answer, "allow", other, limit, seconds),
            "what allow gives to another user",
          )
          .equals(true, {
            cause: "Each user has a counter: calls:<user>.",
          });
      },
    },
    {
      id: "window",
      title: "The counter expires `seconds` seconds after its first call; later calls leave that time alone",
      points: 2,
      after: "allow",
      async run({ answer, redis, random, expect }) {
        const [user, seconds] = [random.id(), random.integer(200, 900)];
        const key = callsKey(user);
        for (let window = 0; window < 2; window++) {
          await called(expect, answer, "allow", user, 2, seconds);
          await expect.key(key).hasTtl(seconds - 10, seconds, {
            cause:
              (await redis.ttl(key)) === -1
                ? "The counter would stay for ever, and the user shut out: EXPIRE, after INCR has made the key."
                : "The argument seconds says how long, in seconds: EXPIRE takes seconds, PEXPIRE milliseconds.",
          });
          // Time goes by.
          await redis.expire(key, LEFT_S);
          for (const [call, expected] of [
            ["the second call", true],
            ["a refused call", false],
          ] as const) {
            expect
              .value(await called(expect, answer, "allow", user, 2, seconds), `what allow gives at ${call}`)
              .equals(expected);
            const ttl = await redis.ttl(key);
            expect.that(
              ttl > LEFT_S - 10 && ttl <= LEFT_S,
              `${call} should leave the counter the time that was left of its window`,
              {
                expected: `TTL ${LEFT_S} s: before it, the lab had set the counter to ${LEFT_S} s, as if time had gone by`,
                actual: ttl < 0 ? "no TTL" : `TTL ${ttl} s`,
                cause: timeCause(call, ttl),
              },
            );
          }
          // The window is over.
          await redis.del(key);
        }
      },
    },
    {
      id: "allow-at-once",
      title: "Of many calls at once, from two processes, exactly as many are allowed as the limit says",
      points: 2,
      after: "allow",
      async run({ answer, random, expect }) {
        const seconds = random.integer(200, 900);
        const other = await answer.another();
        for (const one of [answer, other]) await called(expect, one, "allow", random.id(), 1, seconds);
        const cause =
          "Several read the same count, and all found it below the limit: looking and counting must be one step, so both belong into one script.";
        // Where one is allowed, the first of each process meet.
        for (const limit of [1, random.integer(8, 14)]) {
          const user = random.id();
          const results = await answer.callAtOnce(
            random.list(CROWD, () => ["allow", user, limit, seconds] as const),
          );
          const allowed = results.filter((one) => one === true).length;
          expect
            .value(allowed, `the number of calls, of ${CROWD}, that were allowed`)
            .equals(limit, { cause });
          await expect.key(callsKey(user)).isString(String(limit), { cause });
        }
      },
    },
    {
      id: "unlock",
      title:
        "unlock frees the lock and gives true where it holds this token; else it gives false and changes nothing",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const name = random.word();
        const key = lockKey(name);
        const [text, number] = [`"${random.text()}'`, random.integer(10, 99)];
        // What is wrong with the script itself is said first.
        await called(expect, answer, "unlock", random.id(), text);
        const unlock = async (token: string, who: string, expected: boolean, cause: string) => {
          const result = await answer.callAndWait("unlock", name, token);
          expect
            .value(result, `what unlock gives ${who}`)
            .equals(expected, { cause: unlessNoBoolean(cause) });
        };
        for (const [token, stranger] of [
          [text, text + random.id()],
          [`${number}`, `0${number}`],
        ] as const) {
          await redis.set(key, token, { expiration: { type: "EX", value: LEFT_S } });
          await unlock(
            stranger,
            "to a stranger",
            false,
            "The lock holds another token: compare what GET gives with ARGV[1], both texts.",
          );
          await expect
            .key(key)
            .isString(token, { cause: "A stranger has freed the lock: compare first, then DEL." });
          await expect
            .key(key)
            .hasTtl(LEFT_S - 10, LEFT_S, { cause: "The lock stays as it was, with its time." });
          await unlock(
            token,
            "to the owner",
            true,
            "The lock holds this very token: is it passed as it is, in arguments, and compared with ARGV[1]?",
          );
          await expect.key(key).isMissing({ cause: "The owner frees the lock: DEL lock:<name>." });
          await unlock(
            token,
            "where there is no lock",
            false,
            "Nobody held it, so nothing was freed: DEL gives 0 then, and GET gives false in Lua.",
          );
        }
      },
    },
    {
      id: "stranger",
      title: "unlock never frees the lock of somebody who took it while unlock was at work",
      points: 2,
      after: "unlock",
      async run({ answer, redis, random, proxy, trace, expect }) {
        const [name, token, next] = [random.word(), random.id(), random.id()];
        await called(expect, answer, "unlock", random.id(), token);
        await redis.set(lockKey(name), token);
        await trace.clear();
        proxy.resetRoundTrips();
        proxy.hang();
        const unlocking = answer.call("unlock", name, token);
        const sent = expect.eventually(proxy.roundTrips, (trips) => trips > 0, "unlock should ask Redis");
        await Promise.race([sent, unlocking.then(() => sent)]);
        // What was sent goes through; what follows on the reply does not. A connection of its own is opened first.
        await expect.eventually(
          async () => {
            const passing = proxy.heal();
            proxy.hang();
            await passing;
            return (await trace.commands()).length;
          },
          (count) => count > 0,
          "unlock should ask Redis",
        );
        // The lock's time is up, and somebody else takes it.
        await redis.set(lockKey(name), next);
        await proxy.heal();
        await unlocking;
        await expect.key(lockKey(name)).isString(next, {
          cause:
            "Between GET and DEL the lock ran out, and another one took it; that one's lock was deleted. Comparing and deleting must be one step: one script.",
        });
      },
    },
    {
      id: "one-command",
      title: "Once Redis knows a script, each call sends one command and no text, also a call that fails",
      points: 3,
      async run({ answer, redis, random, trace, expect }) {
        for (const draw of DRAWN_CALLS) {
          const [first, ...others] = await Promise.all(random.list(4, () => draw(redis, random)));
          const [name, ...args] = first?.call ?? [""];
          await called(expect, answer, name, ...args);
          await trace.clear();
          for (const { call } of others) await called(expect, answer, ...call);
          expectOneCommandEach(expect, name, await trace.commands(), others.length);
        }
        // A script that fails is known all the same.
        for (const put of Object.values(NO_NUMBER)) {
          const {
            call: [name, ...args],
            keys: [, to],
          } = await drawTransfer(redis, random);
          await put(redis, to, random.word());
          await trace.clear();
          await answer.outcome(name, args);
          expectOneCommandEach(expect, name, await trace.commands(), 1, RUN_AGAIN);
        }
      },
    },
    {
      id: "keys",
      title: "Each script gets the names of its keys as KEYS",
      points: 2,
      after: "one-command",
      async run({ answer, redis, random, trace, expect }) {
        for (const draw of DRAWN_CALLS) {
          const { call, keys } = await draw(redis, random);
          await trace.clear();
          await called(expect, answer, ...call);
          expectKeysPassed(expect, call[0], await trace.commands(), keys);
        }
      },
    },
  ],
  wrong: [
    {
      name: "never-loads",
      fails: "transfer",
      why: "EVALSHA with the SHA1 of a text that Redis was never sent.",
    },
    { name: "number-arguments", fails: "transfer", why: "Passes numbers to node-redis, which takes texts." },
    {
      name: "compares-texts",
      fails: "transfer",
      why: 'Compares the balance with the amount as texts: "9" comes after "10".',
    },
    {
      name: "one-side-a-number",
      fails: "transfer",
      why: "Compares a number with a text: Lua does not turn one into the other.",
    },
    {
      name: "missing-account",
      fails: "transfer",
      why: "tonumber(false) is nil: a missing account ends the script.",
    },
    {
      name: "javascript-in-lua",
      fails: "transfer",
      why: "Writes braces and === where Lua says then, end and ==.",
    },
    {
      name: "without-local",
      fails: "transfer",
      why: "Sets a variable without local: scripts have no global ones.",
    },
    { name: "counts-from-0", fails: "transfer", why: "KEYS[0] and ARGV[0]: Lua counts from 1." },
    { name: "one-for-true", fails: "transfer", why: "Gives what the script gives: 1 and 0." },
    {
      name: "lua-true",
      fails: "transfer",
      why: "return true in Lua arrives as 1, and false as null: === true never holds.",
    },
    { name: "all-but-one", fails: "transfer", why: "Refuses to move the last one: <= for <." },
    {
      name: "not-awaited",
      fails: "transfer",
      why: "No await before the command: the function ends before Redis has done anything.",
    },
    {
      name: "loaded-once-for-all",
      fails: "forgotten",
      why: "Loads each script once and remembers that: after SCRIPT FLUSH or a restart, every call fails.",
    },
    {
      name: "function-loaded-once",
      fails: "forgotten",
      why: "Loads its functions once and remembers that: when Redis has lost them, every call fails.",
    },
    {
      name: "takes-back-nothing",
      fails: "refuse",
      why: "Moves whatever is asked for: the account falls below 0.",
    },
    {
      name: "takes-and-puts-back",
      fails: "refuse",
      why: "Takes first and puts back what was too much: a refused transfer makes an account.",
    },
    {
      name: "negative-amount",
      fails: "refuse",
      why: "Takes any amount: a negative one takes from the other account.",
    },
    {
      name: "fractions",
      fails: "refuse",
      why: "Looks whether the amount is above 0, but not whether it is whole.",
    },
    {
      name: "pays-itself",
      fails: "refuse",
      why: "Reads both balances, then writes both: who pays himself gets richer.",
    },
    {
      name: "self-is-false",
      fails: "refuse",
      why: "Gives false where an account pays itself, though it has enough.",
    },
    { name: "debit-first", fails: "half", why: "DECRBY, then INCRBY, which fails: what was taken is lost." },
    {
      name: "false-for-a-word",
      fails: "half",
      why: "Looks what the other account holds, and gives false for a word: the caller takes it for too little money.",
    },
    { name: "pcall", fails: "half", why: "redis.pcall passes over the error, and the script goes on." },
    {
      name: "hides-errors",
      fails: "half",
      why: "Catches every error and gives false: the caller takes it for too little money.",
    },
    {
      name: "all-with-multi",
      fails: "half",
      why: "WATCH and MULTI instead of scripts: after the INCRBY that fails, EXEC takes the amount all the same.",
    },
    { name: "overwrites", fails: "half", why: "Takes what is no number for 0, and writes over it." },
    {
      name: "looks-then-moves",
      fails: "transfer-at-once",
      why: "GET in JavaScript, then INCRBY and DECRBY: all who look at once find enough.",
    },
    {
      name: "one-after-the-other",
      fails: "transfer-at-once",
      why: "Transfers one after the other, in one process: the other process looks meanwhile.",
    },
    {
      name: "script-only-looks",
      fails: "transfer-at-once",
      why: "A script that looks, and two commands that move: it is no longer one step.",
    },
    {
      name: "writes-back",
      fails: "transfer-at-once",
      why: "GET, subtract in JavaScript, SET: what others wrote meanwhile is lost.",
    },
    {
      name: "limit-as-text",
      fails: "allow",
      why: "Compares the count with the limit as texts: the second call of ten is refused.",
    },
    { name: "counts-refused", fails: "allow", why: "INCR before it looks: refused calls count, too." },
    { name: "one-too-many", fails: "allow", why: "> for >=: one call more than the limit." },
    { name: "one-counter-for-all", fails: "allow", why: "One counter, calls, for all users." },
    {
      name: "counts-in-memory",
      fails: "allow",
      why: "Counts in a variable: each process has its own, and Redis none.",
    },
    {
      name: "never-expires",
      fails: "window",
      why: "No EXPIRE: who has reached the limit is shut out for ever.",
    },
    {
      name: "expire-first",
      fails: "window",
      why: "EXPIRE before INCR: there is no key yet, so nothing expires.",
    },
    {
      name: "always-extends",
      fails: "window",
      why: "EXPIRE with each call: whoever calls often never gets a new window.",
    },
    {
      name: "refused-extends",
      fails: "window",
      why: "EXPIRE also when it refuses: whoever goes on trying stays shut out.",
    },
    {
      name: "forgets-the-time",
      fails: "window",
      why: "SET without KEEPTTL: the counter loses its time with the second call.",
    },
    {
      name: "milliseconds",
      fails: "window",
      why: "PEXPIRE with seconds: the window is over a thousand times too soon.",
    },
    {
      name: "looks-then-counts",
      fails: "allow-at-once",
      why: "GET in JavaScript, then INCR: all who look at once find the count below the limit.",
    },
    {
      name: "frees-always",
      fails: "unlock",
      why: "DEL without a look at the token: a stranger frees the lock.",
    },
    {
      name: "tokens-as-numbers",
      fails: "unlock",
      why: "tonumber on both tokens: two texts are both nil, and so equal.",
    },
    { name: "true-for-nothing", fails: "unlock", why: "Says true where there was no lock." },
    {
      name: "token-pasted",
      fails: "unlock",
      why: "The token is pasted into the script: a quote in it ends the text.",
    },
    {
      name: "unlock-not-awaited",
      fails: "unlock",
      why: "No await: a promise is never === true, nor is it done.",
    },
    {
      name: "get-then-del",
      fails: "stranger",
      why: "GET, compare in JavaScript, DEL: between them the lock runs out, and somebody else's is deleted.",
    },
    {
      name: "script-compares",
      fails: "stranger",
      why: "A script compares, DEL comes afterwards: still two steps.",
    },
    { name: "text-each-time", fails: "one-command", why: "EVAL with the whole text at every call." },
    {
      name: "runs-again",
      fails: "one-command",
      why: "Catches every error and sends the text: a script that failed is run a second time.",
    },
    {
      name: "loads-each-time",
      fails: "one-command",
      why: "SCRIPT LOAD before every EVALSHA: the text is sent each time all the same.",
    },
    { name: "function-each-time", fails: "one-command", why: "FUNCTION LOAD before every FCALL." },
    {
      name: "amount-pasted",
      fails: "one-command",
      why: "The amount is pasted into the text: another script for each amount, and Redis keeps them all.",
    },
    {
      name: "asks-first",
      fails: "one-command",
      why: "SCRIPT EXISTS before every call: another round trip, and it may be forgotten in between.",
    },
    {
      name: "incr-then-expire",
      fails: "one-command",
      why: "INCR and EXPIRE are two commands: who dies between them leaves a counter for ever.",
    },
    {
      name: "two-scripts",
      fails: "one-command",
      why: "One script takes, another one gives: who dies between them loses the amount.",
    },
    {
      name: "script-in-multi",
      fails: "one-command",
      why: "MULTI and EXEC around EVALSHA, which is one step already.",
    },
    {
      name: "watch-and-multi",
      fails: "one-command",
      why: "WATCH, GET, MULTI, EXEC: right, but four trips to Redis, and it has to be tried again.",
    },
    {
      name: "keys-made-in-lua",
      fails: "keys",
      why: "Passes ids and makes the names of the keys in the script.",
    },
    { name: "second-key-hidden", fails: "keys", why: "Passes one of the two keys, the other as a value." },
    { name: "keys-as-arguments", fails: "keys", why: "Passes the name of the lock as a value." },
  ],
} satisfies ModuleExercise;
