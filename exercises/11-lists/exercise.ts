import type {
  Expect,
  ModuleAnswer,
  ModuleContext,
  ModuleExercise,
  Random,
  TracedCommand,
} from "redis-learning-lab";

/** Milliseconds by which the proxy holds up each command, so that one can look between two. */
const SLOW_MS = 30;
/** Seconds that `take` is told to wait by one process while another waits long. */
const SHORT_S = 0.1;
const LONG_S = 0.4;
/** And where it did not work out, once more: so long that a busy machine cannot be the reason. */
const LONGER_S = 1.7;
/** How much sooner the short wait ends, at least, in milliseconds: far less than the times differ. */
const SOONER_MS = 100;
/** How long after its time `take` may come back, in milliseconds, on a busy machine. */
const LATE_MS = 2_000;
/** Seconds for a wait that an item ends: never reached by a right answer. */
const AMPLE_S = 4;

const waitingKey = (queue: string) => `queue:${queue}`;
const workingKey = (queue: string, worker: string) => `working:${queue}:${worker}`;

/** Items of all kinds: one is empty, one is there twice, one looks like a number, one like JSON. */
function awkwardItems(random: Random): string[] {
  const twice = random.text();
  return [twice, "", `0${random.integer(10, 99)}`, twice, `{"to":"${random.word()}"}`];
}

/** What was sent by itself: not by a script, and not between MULTI and EXEC. */
function sentAlone(commands: readonly TracedCommand[]): TracedCommand[] {
  return commands.filter(({ byScript, inTransaction }) => !byScript && !inTransaction);
}

/** Settles once Redis keeps a connection waiting; fails where `take` comes back instead, or only asks again and again. */
async function untilBlocked({ redis, expect }: ModuleContext, taking: Promise<unknown>): Promise<void> {
  let early: { readonly value: unknown } | undefined;
  const ended = taking.then(
    (value) => {
      early = { value };
    },
    () => {
      early = { value: undefined };
    },
  );
  const state = async () => {
    if (early || /^blocked_clients:[1-9]/m.test(await redis.info("clients"))) return WAITS;
    return "no connection that waits there";
  };
  const blocked = expect.eventually(
    state,
    (seen) => seen === WAITS,
    "take should wait in Redis while the queue is empty, with a blocking command",
    { expected: WAITS, cause: POLLING },
  );
  await Promise.race([blocked, ended]);
  if (!early) return;
  // Where it failed, this says how.
  await taking;
  expect.that(false, "take came back at once, although the queue is empty and there was time left", {
    expected: "it waits until there is an item or the time is up",
    actual: early.value,
    cause: "LMOVE and LPOP do not wait. BLMOVE does, and gets the seconds as its last argument.",
  });
}

const WAITS = "a connection that waits in Redis";
const POLLING =
  "Asking, sleeping and asking again is a burden for Redis, and late: BLMOVE lets Redis wait, and gets a new item at once.";

/**
 * Calls a function through a slow connection and reads the lists again and again meanwhile, both in one step: each
 * item must be in exactly one of them. Gives what the function gave.
 */
async function callWatched(
  context: ModuleContext,
  call: readonly [name: string, ...args: unknown[]],
  lists: readonly [string, string],
  items: readonly string[],
): Promise<unknown> {
  const { answer, redis, proxy, expect } = context;
  const look = async () => {
    const [first, second] = await redis.multi().lRange(lists[0], 0, -1).lRange(lists[1], 0, -1).exec();
    expectInOneList(expect, [first, second].flat().map(String), items, call[0]);
  };
  let isOver = false;
  proxy.delay(SLOW_MS);
  const calling = answer.call(...call).finally(() => {
    isOver = true;
  });
  calling.catch(() => {});
  await look();
  while (!isOver) await look();
  proxy.delay(0);
  return calling;
}

/** Waiting and in progress together, there must be these items, each once. */
function expectInOneList(
  expect: Expect,
  found: readonly string[],
  items: readonly string[],
  name: string,
): void {
  const left = [...found];
  const lost = items.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  expect.that(lost.length === 0, `during ${name}, there is a moment when an item is in neither list`, {
    expected: items,
    actual: found,
    cause:
      "A program that dies in this moment takes the item with it: LMOVE and BLMOVE take it from one list and put it into the other in one step.",
  });
  expect.that(left.length === 0, `during ${name}, there is a moment when an item is in both lists`, {
    expected: items,
    actual: found,
    cause:
      "A program that dies in this moment leaves the item there twice: LMOVE and BLMOVE take it from one list and put it into the other in one step.",
  });
}

/** Commands after which an item that was taken from the list, or is still to be taken from it, is at the mercy of the program. */
const TAKING_AWAY = [
  ...["LPOP", "RPOP", "LMPOP", "BLPOP", "BRPOP", "BLMPOP"],
  ...["LREM", "LTRIM", "DEL", "UNLINK", "RENAME", "RENAMENX"],
];

function expectOnlyMoved(expect: Expect, commands: readonly TracedCommand[], from: string): void {
  const aboutIt = sentAlone(commands).filter(({ args }) => args.includes(from));
  expect.commands(aboutIt).exclude(TAKING_AWAY, {
    cause:
      "This takes the item from one list, and another command puts it into the other: a program that dies between the two loses it or leaves it twice. LMOVE and BLMOVE do both in one step.",
  });
}

function pushCause(items: readonly string[]) {
  return (found: unknown): string | undefined => {
    if (found === undefined) return "Nothing was stored: is rPush called, with the key queue:<queue>?";
    if (!Array.isArray(found)) return "The queue is a list: its commands begin with L or R.";
    if (found.some((item) => items.some((one) => item === JSON.stringify(one))))
      return "An item is stored as it is, without JSON.stringify.";
    if (found.length < items.length)
      return "Each item is kept: an empty text is an item too, and the same one may come twice.";
    return found[0] === items.at(-1)
      ? "The newest item is the first: LPUSH adds at the left, RPUSH at the right."
      : undefined;
  };
}

function takeCause(items: readonly string[], turn: number) {
  return (found: unknown): string | undefined => {
    const expected = items[turn];
    if (found === null)
      return expected === ""
        ? "An empty text is an item too: || and `if (item)` take it for nothing. Only null is nothing."
        : "There are items in the queue: is blMove called, with the key queue:<queue>?";
    if (typeof found === "object") return "Give the item alone, the text, as BLMOVE gives it.";
    if (typeof found !== "string") return undefined;
    if (found === items.at(-1))
      return "The newest came first: the next item is on the left of queue:<queue>.";
    if (turn > 0 && found === items[turn - 1])
      return "The same item again: it must leave the queue as it is taken.";
    return undefined;
  };
}

function workingCause(found: unknown): string | undefined {
  if (found === undefined)
    return "Nothing is at working:<queue>:<worker>, first the queue and then the worker. Who takes an item moves it there: BLPOP and LPOP only take it away, and it is lost when the worker dies.";
  return "What was taken first is on the left: BLMOVE from the LEFT of the queue to the RIGHT of the worker's list.";
}

function acknowledgeCause(expected: boolean) {
  return (found: unknown): string | undefined => {
    if (typeof found === "number")
      return "LREM gives how many items it removed: make true or false of it, with === 1.";
    if (found === undefined) return undefined;
    return expected
      ? "The worker holds it: is lRem called with working:<queue>:<worker>, and with await? A promise is never === 1."
      : "LREM gives 0 where it found no such item, in this worker's list. Compare with 1.";
  };
}

function recoveredCause(held: readonly string[], waiting: readonly string[]) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
    const text = (items: readonly unknown[]) => JSON.stringify(items);
    const reversed = [...held].reverse();
    if (text(found) === text([...reversed, ...waiting]))
      return "Their order is turned round: move the last one (RIGHT) first, each to the LEFT of the queue.";
    if (text(found) === text(waiting))
      return "Nothing was put back when the function ended: is an await missing, or the key not working:<queue>:<worker>?";
    if (text(found.slice(0, waiting.length)) === text(waiting))
      return "They are behind those that wait: put them to the LEFT of the queue, they came first.";
    if (found.length > held.length + waiting.length)
      return "More went back than this worker held: other workers are alive, and keep theirs.";
    if (found.length < held.length + waiting.length)
      return 'All of them go back, also an empty text: a loop that ends at "" ends too soon. Only null is the end.';
    return undefined;
  };
}

/** One process waits for `longS` seconds, another for less: both get null, each in its time. */
async function timeIsUp(context: ModuleContext, other: ModuleAnswer, longS: number): Promise<void> {
  const { answer, random, trace, expect } = context;
  const [long, short] = [random.id(), random.id()];
  const [started, endings] = [performance.now(), new Map<string, number>()];
  const take = async (by: typeof answer, queue: string, seconds: number) => {
    const ended = await by.outcome("take", [queue, random.word(), seconds], seconds * 1000 + LATE_MS);
    endings.set(queue, performance.now());
    return ended;
  };
  const takingLong = take(answer, long, longS);
  await untilBlocked(context, takingLong);
  const [longEnded, shortEnded] = await Promise.all([takingLong, take(other, short, SHORT_S)]);
  for (const [queue, seconds, ended] of [
    [long, longS, longEnded],
    [short, SHORT_S, shortEnded],
  ] as const) {
    expect.that(ended.kind !== "unanswered", `take waits longer than ${seconds} seconds`, {
      expected: `null after ${seconds} seconds`,
      actual: `still waiting ${LATE_MS / 1000} seconds later`,
      cause: "BLMOVE takes seconds, not milliseconds, and also a fraction; rounded to 0, it waits for ever.",
    });
    expect.that(ended.kind !== "threw", "take should give null when the time is up", {
      expected: null,
      actual: ended.kind === "threw" ? `it threw ${ended.error.name}: ${ended.error.message}` : undefined,
      cause: "That nothing came is no error here: give null.",
    });
    const value = ended.kind === "returned" ? ended.value : undefined;
    expect.value(value, "what take gives when the time is up").equals(null, {
      cause: "BLMOVE gives null when the time is up: pass it on as it is.",
    });
    const sent = sentAlone(await trace.commands()).filter(({ args }) => args.includes(waitingKey(queue)));
    expect.value(sent.length, `the number of commands in ${seconds} seconds`).atMost(2, { cause: POLLING });
  }
  const [longMs = 0, shortMs = 0] = [endings.get(long), endings.get(short)];
  expect.value(Math.round(longMs - started), `the milliseconds of ${longS} seconds`).atLeast(longS * 800, {
    cause: "The argument seconds says how long to wait: pass it to BLMOVE as it is.",
  });
  expect.that(longMs - shortMs >= SOONER_MS, "take does not wait as long as it is told", {
    expected: `the one that may wait ${SHORT_S} seconds comes back before the one that may wait ${longS} seconds`,
    actual: "they came back at about the same time, or in the other order",
    cause: "The argument seconds says how long to wait: pass it to BLMOVE as it is.",
  });
}

export default {
  title: "Lists: a reliable work queue",
  objectives: ["O5 deal with async operations", "feature: lists", "use: message queuing"],
  form: "module",
  answer: "queue.ts",
  processes: 2,
  proxied: true,
  hints: [
    "push, take and acknowledge are one command each. recover is one command in a loop. Nothing has to be read first.",
    "An item comes in at the right end of queue:<queue> and goes out at the left end. From there it must get to the right end of working:<queue>:<worker> in the same step: which command moves, and waits where there is nothing?",
    "push: client.rPush. take: client.blMove(from, to, fromEnd, toEnd, seconds) already gives the item, or null when the time is up. acknowledge: client.lRem with 1; look at the number that it gives.",
    "recover: client.lMove from the worker's list to the queue, again and again, until it gives null. Which end must go first, so that the oldest item is at the very front in the end?",
    'recover: while ((await client.lMove(workingKey, queueKey, "RIGHT", "LEFT")) !== null) count++; then return count. Compare with null, because an empty text is an item.',
  ],
  checks: [
    {
      id: "push",
      title: "push puts each item at the end of the list queue:<queue>, as it is",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const queue = random.id();
        const items = awkwardItems(random);
        for (const item of items.slice(0, -1)) await answer.callAndWait("push", queue, item);
        const last = items.at(-1) ?? "";
        await answer.call("push", queue, last);
        await expect.key(waitingKey(queue)).isList(items, { cause: pushCause(items) });
        await redis.del(waitingKey(queue));
        await answer.call("push", queue, last);
        await expect.key(waitingKey(queue)).isList([last], {
          cause: "Other programs took all items meanwhile: what a variable remembers is old.",
        });
      },
    },
    {
      id: "take",
      title: "take gives the first item and moves it to the end of the list working:<queue>:<worker>",
      points: 3,
      async run({ answer, redis, random, expect }) {
        const queue = random.id();
        const [worker = "", other = ""] = random.words(2);
        const items = [...awkwardItems(random), random.text(), random.text()];
        await redis.rPush(waitingKey(queue), items);
        const held: Record<string, string[]> = { [worker]: [], [other]: [] };
        for (let turn = 0; turn < items.length - 1; turn++) {
          const taker = turn % 3 === 1 ? other : worker;
          expect
            .value(await answer.call("take", queue, taker, AMPLE_S), `item ${turn + 1} of ${items.length}`)
            .equals(items[turn], { cause: takeCause(items, turn) });
          const taken = held[taker] ?? [];
          taken.push(items[turn] ?? "");
          await expect.key(workingKey(queue, taker)).isList(taken, { cause: workingCause });
        }
        await expect.key(waitingKey(queue)).isList(items.slice(-1), {
          cause: "Each take takes one item out of the queue, and leaves the others.",
        });
      },
    },
    {
      id: "wakes",
      title: "take waits in Redis where the queue is empty, and gives an item as soon as one is pushed",
      points: 2,
      async run(context) {
        const { answer, redis, random, expect } = context;
        const [queue, worker, item] = [random.id(), random.word(), random.text()];
        const taking = answer.call("take", queue, worker, AMPLE_S);
        await untilBlocked(context, taking);
        await redis.rPush(waitingKey(queue), item);
        expect.value(await taking, "the item that was pushed while take waited").equals(item, {
          cause: (found) =>
            found === null
              ? "What BLMOVE gives is the item, also after waiting. Is the result of the wait given back?"
              : undefined,
        });
        await expect.key(workingKey(queue, worker)).isList([item], { cause: workingCause });
      },
    },
    {
      id: "time-up",
      title: "take gives null when the time is up, without asking again and again",
      points: 2,
      after: "wakes",
      limitMs: 20_000,
      async run(context) {
        const other = await context.answer.another();
        await timeIsUp(context, other, LONG_S).catch(() => timeIsUp(context, other, LONGER_S));
      },
    },
    {
      id: "connections",
      title: "take leaves no connection behind",
      after: "take",
      async run({ answer, redis, random, expect }) {
        const [queue, worker] = [random.id(), random.word()];
        await answer.another();
        const takes = 8;
        await redis.rPush(
          waitingKey(queue),
          random.list(takes + 1, () => random.text()),
        );
        await answer.call("take", queue, worker, AMPLE_S);
        const connections = async () =>
          Number(/^connected_clients:(\d+)/m.exec(await redis.info("clients"))?.[1]);
        const before = await connections();
        for (let i = 0; i < takes; i++) await answer.call("take", queue, worker, AMPLE_S);
        await expect.eventually(
          connections,
          (now) => now <= before + takes / 2,
          `after ${takes} more takes, there are more connections to Redis than before`,
          {
            expected: `about ${before}`,
            cause: "A connection that duplicate opened stays until it is closed: call close in a finally.",
          },
        );
      },
    },
    {
      id: "never-lost",
      title: "While take moves an item, it is at every moment in exactly one of the two lists",
      points: 2,
      after: "wakes",
      async run(context) {
        const { answer, redis, random, proxy, trace, expect } = context;
        const [queue, worker] = [random.id(), random.word()];
        const items = random.list(3, () => random.text() + random.id());
        const lists = [waitingKey(queue), workingKey(queue, worker)] as const;
        const taking = answer.call("take", queue, worker, AMPLE_S);
        await untilBlocked(context, taking);
        // The moment in which a worker may die: Redis has given the item away, and the worker has not got it yet.
        proxy.hang();
        await redis.rPush(lists[0], items[0] ?? "");
        const found = (await Promise.all(lists.map((list) => redis.lRange(list, 0, -1)))).flat();
        expectInOneList(expect, found, items.slice(0, 1), "take");
        await proxy.heal();
        await taking;
        await redis.rPush(lists[0], items.slice(1));
        await callWatched(context, ["take", queue, worker, AMPLE_S], lists, items);
        expectOnlyMoved(expect, await trace.commands(), lists[0]);
      },
    },
    {
      id: "each-once",
      title: "Of many who take at once, from two processes, each gets another item",
      points: 2,
      after: "take",
      async run({ answer, redis, random, expect }) {
        const queue = random.id();
        const workers = random.words(2);
        const items = random.list(20, () => random.text() + random.id());
        await redis.rPush(waitingKey(queue), items);
        const taken = await answer.callAtOnce(items.map((_, i) => ["take", queue, workers[i % 2], 0.2]));
        const cause =
          "Looking at the item and moving it are two steps, and others take between them: what BLMOVE itself gives is the item that it moved.";
        expect.value(taken, "the list of what the 20 callers got").hasMembers(items, { cause });
        for (const [i, worker] of workers.entries()) {
          const held = await redis.lRange(workingKey(queue, worker), 0, -1);
          const given = taken.filter((_, caller) => caller % 2 === i);
          expect.value(held, `the list of what the worker ${worker} holds`).hasMembers(given, { cause });
        }
      },
    },
    {
      id: "acknowledge",
      title: "acknowledge removes one such item from this worker's list, and says whether there was one",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const queue = random.id();
        const [worker = "", other = ""] = random.words(2);
        const [first, twice, last] = random.list(3, () => random.text() + random.id()) as [
          string,
          string,
          string,
        ];
        await redis.rPush(waitingKey(queue), [twice, first]);
        await redis.rPush(workingKey(queue, other), [twice, last]);
        const steps = [
          [twice, true, [first, twice, "", last]],
          [random.id(), false, [first, twice, "", last]],
          ["", true, [first, twice, last]],
          [last, true, [first, twice]],
          [twice, true, [first]],
          [twice, false, [first]],
        ] as const;
        await redis.rPush(workingKey(queue, worker), [first, twice, twice, "", last]);
        for (const [item, expected, left] of steps) {
          const given = await answer.callAndWait("acknowledge", queue, worker, item);
          await expect.key(workingKey(queue, worker)).isList(left, {
            cause: (found) => leftCause(found, left, item),
          });
          expect
            .value(given, `the answer for an item that the worker ${expected ? "holds" : "does not hold"}`)
            .equals(expected, { cause: acknowledgeCause(expected) });
        }
        const cause = "Only what this worker holds is acknowledged: other lists stay as they are.";
        await expect.key(waitingKey(queue)).isList([twice, first], { cause });
        await expect.key(workingKey(queue, other)).isList([twice, last], { cause });
      },
    },
    {
      id: "acknowledge-at-once",
      title: "acknowledge removes exactly what it is told, also when many call at once",
      after: "acknowledge",
      async run({ answer, redis, random, expect }) {
        const [queue, worker] = [random.id(), random.word()];
        const items = random.list(40, () => random.id());
        const done = random.sample(items, 20);
        await redis.rPush(workingKey(queue, worker), items);
        const asked = random.shuffle([...done, ...done]);
        const answers = await answer.callAtOnce(asked.map((item) => ["acknowledge", queue, worker, item]));
        const left = await redis.lRange(workingKey(queue, worker), 0, -1);
        const cause =
          "Reading the list, changing it and writing it back loses what others change meanwhile: LREM removes one item in one step.";
        expect.value(left, "the list of what the worker holds after 20 of 40 items were acknowledged").equals(
          items.filter((item) => !done.includes(item)),
          { cause },
        );
        const removed = asked.filter((_, i) => answers[i] === true);
        expect
          .value(
            removed,
            "the list of items whose caller was told true, where 20 were acknowledged twice each,",
          )
          .hasMembers(done, {
            cause:
              "Each item was there once, so one of its two callers removed it: that is the one to whom LREM itself answers 1. Who looks before or afterwards sees what others do.",
          });
      },
    },
    {
      id: "recover",
      title: "recover puts what the worker holds back to the front of the queue, in its order, and counts it",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const queue = random.id();
        const [worker = "", other = ""] = random.words(2);
        const held = awkwardItems(random).slice(0, 4);
        const waiting = random.list(2, () => random.text() + random.id());
        const foreign = [random.text()];
        await redis.rPush(workingKey(queue, worker), held);
        await redis.rPush(workingKey(queue, other), foreign);
        await redis.rPush(waitingKey(queue), waiting);
        const recovered = await answer.callAndWait("recover", queue, worker);
        await expect
          .key(waitingKey(queue))
          .isList([...held, ...waiting], { cause: recoveredCause(held, waiting) });
        await expect.key(workingKey(queue, worker)).isMissing({
          cause: "What goes back to the queue leaves the worker's list.",
        });
        expect.value(recovered, "the number of items that were put back").equals(held.length, {
          cause: "Count each item that LMOVE gave, and give back the number.",
        });
        expect
          .value(await answer.call("recover", queue, worker), "the number when the worker holds nothing")
          .equals(0);
        await expect.key(waitingKey(queue)).isList([...held, ...waiting]);
        await expect.key(workingKey(queue, other)).isList(foreign, {
          cause: "Other workers are alive: only the items of this one go back.",
        });
      },
    },
    {
      id: "recover-never-lost",
      title: "While recover moves items, each is at every moment in exactly one of the two lists",
      points: 2,
      after: "recover",
      async run(context) {
        const { redis, random, trace, expect } = context;
        const [queue, worker] = [random.id(), random.word()];
        const items = random.list(2, () => random.text() + random.id());
        const lists = [waitingKey(queue), workingKey(queue, worker)] as const;
        await redis.rPush(lists[1], items);
        await callWatched(context, ["recover", queue, worker], lists, items);
        expectOnlyMoved(expect, await trace.commands(), lists[1]);
      },
    },
    {
      id: "recover-race",
      title: "When two processes recover the same worker at once, each item is put back once",
      points: 3,
      after: "recover",
      async run({ answer, redis, random, expect }) {
        const [queue, worker] = [random.id(), random.word()];
        const held = random.list(200, () => random.id());
        const waiting = [random.text()];
        await redis.rPush(workingKey(queue, worker), held);
        await redis.rPush(waitingKey(queue), waiting);
        const call = ["recover", queue, worker] as const;
        const numbers = await answer.callAtOnce([call, call]);
        const cause =
          "Both read the list before either had changed it, and both put everything back: LMOVE reads and moves one item in one step.";
        expect
          .value(
            await redis.lLen(waitingKey(queue)),
            "the number of items that wait, after 200 were recovered, behind which 1 waited,",
          )
          .equals(201, { cause });
        await expect.key(waitingKey(queue)).isList([...held, ...waiting], {
          cause: "Between taking an item away and putting it back, the other process got its turn.",
        });
        await expect.key(workingKey(queue, worker)).isMissing({ cause });
        const sum = numbers.reduce<number>((total, one) => total + Number(one), 0);
        expect.value(sum, "the sum of the two numbers of recovered items").equals(200, {
          cause:
            "Each call counts what it moved itself, not what was there before: the other one moves items too.",
        });
      },
    },
  ],
  wrong: [
    { name: "stack", fails: "push", why: "LPUSH, and taken from the left: the newest item comes first." },
    { name: "json", fails: "push", why: "JSON in the list: other programs find quotes around each text." },
    {
      name: "in-memory",
      fails: "push",
      why: "Keeps the queue in a variable: other processes see nothing of it, and it dies with the program.",
    },
    {
      name: "push-not-awaited",
      fails: "push",
      why: "No await before rPush: the function ends before Redis has the item.",
    },
    { name: "skips-empty", fails: "push", why: "if (item): an empty text is never queued." },
    {
      name: "no-duplicates",
      fails: "push",
      why: "Leaves out what is in the queue already: the same item may come twice.",
    },
    { name: "takes-the-newest", fails: "take", why: "Takes from the right end: a stack." },
    {
      name: "loses-the-item",
      fails: "take",
      why: "BLPOP alone: when the worker dies, nobody knows what it had.",
    },
    { name: "gives-the-pair", fails: "take", why: "Gives what BLPOP gives: { key, element }." },
    { name: "working-turned-round", fails: "take", why: "Puts each item at the front of the worker's list." },
    {
      name: "one-list-for-all",
      fails: "take",
      why: "One list in progress for all workers: nobody knows what the dead one held.",
    },
    {
      name: "empty-is-nothing",
      fails: "take",
      why: "item || null: an empty text is taken, and nothing given.",
    },
    { name: "does-not-wait", fails: "wakes", why: "LMOVE gives null at once." },
    { name: "polls", fails: "wakes", why: "Asks again every 50 ms." },
    {
      name: "polls-once-a-second",
      fails: "wakes",
      why: "Asks again every second: a new item waits for that long.",
    },
    {
      name: "short-waits",
      fails: "time-up",
      why: "BLMOVE for 0.05 seconds, again and again: polling by another name.",
    },
    { name: "milliseconds", fails: "time-up", why: "BLMOVE takes seconds: a thousand times too long." },
    { name: "whole-seconds", fails: "time-up", why: "Math.floor(0.5) is 0, and that waits for ever." },
    { name: "always-a-second", fails: "time-up", why: "Waits one second, whatever it is told." },
    { name: "undefined-for-nothing", fails: "time-up", why: "No return when the time is up: undefined." },
    { name: "object-for-nothing", fails: "time-up", why: "Gives {} when the time is up." },
    { name: "throws-for-nothing", fails: "time-up", why: "Throws when the time is up." },
    {
      name: "leaves-connections",
      fails: "connections",
      why: "Each take opens a connection that nobody closes.",
    },
    {
      name: "pop-then-push",
      fails: "never-lost",
      why: "BLPOP, then RPUSH: a worker that dies in between takes the item with it.",
    },
    {
      name: "pop-then-push-if-any",
      fails: "never-lost",
      why: "BLMOVE to wait, but LPOP and RPUSH where there is an item already.",
    },
    {
      name: "copy-then-remove",
      fails: "never-lost",
      why: "RPUSH, then LPOP: a worker that dies in between leaves the item in both lists.",
    },
    {
      name: "move-then-read",
      fails: "each-once",
      why: "BLMOVE, then reads the last one of the list: by then it is the item of another call.",
    },
    {
      name: "look-then-move",
      fails: "each-once",
      why: "LINDEX, then LMOVE: several callers look at the same item.",
    },
    {
      name: "removes-all-equal",
      fails: "acknowledge",
      why: "LREM with 0: the equal item that is still in progress is gone too.",
    },
    {
      name: "removes-the-first",
      fails: "acknowledge",
      why: "LPOP: removes the oldest, whatever was acknowledged.",
    },
    { name: "forgets-all", fails: "acknowledge", why: "DEL: all that the worker holds is gone." },
    { name: "number-for-true", fails: "acknowledge", why: "Gives what LREM gives: 1 and 0." },
    {
      name: "says-nothing",
      fails: "acknowledge",
      why: "No return: the caller never learns whether it held the item.",
    },
    { name: "always-true", fails: "acknowledge", why: "Says true where there was no such item." },
    {
      name: "acknowledge-not-awaited",
      fails: "acknowledge",
      why: "No await before lRem: the function ends before Redis has removed the item.",
    },
    {
      name: "rewrites-the-list",
      fails: "acknowledge-at-once",
      why: "Reads the list, changes it and writes it back: calls at the same time undo each other.",
    },
    {
      name: "looks-then-removes",
      fails: "acknowledge-at-once",
      why: "LRANGE tells whether the item is there, then LREM: two callers of one item are both told true.",
    },
    {
      name: "counts-around",
      fails: "acknowledge-at-once",
      why: "LLEN before and after LREM: what others remove meanwhile counts, too.",
    },
    {
      name: "reversed",
      fails: "recover",
      why: "LMOVE from LEFT to LEFT: the newest of the recovered items comes first.",
    },
    {
      name: "at-the-end",
      fails: "recover",
      why: "LMOVE from LEFT to RIGHT: recovered items wait behind all others.",
    },
    {
      name: "stops-at-empty",
      fails: "recover",
      why: "while (item): ends at an empty text, and the rest is never recovered.",
    },
    { name: "not-counted", fails: "recover", why: "No return: the number of recovered items is unknown." },
    {
      name: "recovers-everybody",
      fails: "recover",
      why: "Takes the work away from all workers of the queue.",
    },
    {
      name: "keeps-them-too",
      fails: "recover",
      why: "Copies the items back and leaves them in the worker's list.",
    },
    {
      name: "recover-not-awaited",
      fails: "recover",
      why: "forEach with an async function: nobody waits for the LMOVEs.",
    },
    {
      name: "read-write-delete",
      fails: "recover-never-lost",
      why: "LRANGE, LPUSH, DEL: for a moment all items are in both lists, and two that recover at once put them back twice.",
    },
    {
      name: "transaction-after-reading",
      fails: "recover-race",
      why: "MULTI around LPUSH and DEL, but the list was read before: still everything twice.",
    },
    {
      name: "counts-before",
      fails: "recover-race",
      why: "Counts with LLEN before it moves: the items that another one moved are counted too.",
    },
    {
      name: "recover-pops",
      fails: "recover-never-lost",
      why: "RPOP, then LPUSH: one that dies in between takes the item with it.",
    },
    {
      name: "recover-renames",
      fails: "recover-never-lost",
      why: "RENAME to a name of its own: one that dies then leaves all items where nobody looks.",
    },
    {
      name: "recover-under-lock",
      fails: "recover-never-lost",
      why: "A lock around LPUSH and DEL: one that dies in between leaves all items in both lists.",
    },
  ],
} satisfies ModuleExercise;

function leftCause(found: unknown, left: readonly string[], item: string): string | undefined {
  const count = Array.isArray(found) ? found.length : 0;
  if (count > left.length)
    return "The worker still holds it: is lRem called with working:<queue>:<worker> and the item?";
  if (count === left.length)
    return "Another item was removed: items are done in any order, and LREM looks for the one given.";
  return Array.isArray(found) && left.includes(item) && !found.includes(item)
    ? "Equal items may be there twice, and one of them is done: in LREM, the count 0 means all, 1 means one."
    : "Only the item given is removed: the worker still holds the others.";
}
