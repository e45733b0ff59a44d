import type { Expect, ModuleContext, ModuleExercise, Outcome, Random } from "redis-learning-lab";
import { buyCause, deliverCause, failedCause, overtakenCause, wrongKeyCause } from "./causes.ts";
import { callOvertaken, changingSteps, describeSteps, hasOnlyLooked, writingCommands } from "./steps.ts";

/** Buyers that come at once, 50 to each of the three processes. */
const BUYERS = 150;
/** How often somebody else is quicker than one and the same buyer. */
const OVERTAKEN_TIMES = 12;
/** Milliseconds for checks with hundreds of round trips, on a busy machine. */
const AMPLE_MS = 20_000;

const stockKey = (item: string) => `stock:${item}`;
const buyersKey = (item: string) => `buyers:${item}`;

/** Another program sells a piece to somebody. */
async function sellTo({ redis }: ModuleContext, item: string, rival: string): Promise<void> {
  await redis.multi().decr(stockKey(item)).rPush(buyersKey(item), rival).exec();
}

/** A delivery of these items, and what a right answer gives for it. */
function randomDelivery(random: Random, stocks: ReadonlyMap<string, number>) {
  const counted = new Map(stocks);
  const items = [...stocks.keys()];
  // One comes twice.
  const delivery = random.shuffle([...items, random.pick(items)]).map((item) => {
    return { item, count: random.integer(2, 40) };
  });
  const expected = delivery.map(({ item, count }) => {
    counted.set(item, (counted.get(item) ?? 0) + count);
    return counted.get(item);
  });
  return { delivery, expected, counted };
}

/** What buy gave; fails where it threw. */
function given(expect: Expect, ended: Outcome): unknown {
  const message = ended.kind === "threw" ? `${ended.error.name}: ${ended.error.message}` : ended.kind;
  expect.that(ended.kind === "returned", "somebody else was quicker, and buy threw an error", {
    expected: "it looks again, and gives what is left, or null",
    actual: message,
    cause: message.startsWith("WatchError")
      ? "A WatchError says that a watched key has changed and nothing was done: catch it and begin again with WATCH. If there is a catch already: inside try, write `return await`, or the error does not reach it."
      : "That somebody else was quicker is no error here, however often it happens: begin again with WATCH.",
  });
  return ended.kind === "returned" ? ended.value : undefined;
}

/** Calls buy with so many pieces, and each is taken by somebody else after a look of the buyer. */
async function expectNothingSold(
  context: ModuleContext,
  stock: number,
  takesOne: (item: string) => Promise<unknown>,
): Promise<void> {
  const { redis, random, expect } = context;
  const [item, buyer] = random.words(2) as [string, string];
  await redis.set(stockKey(item), String(stock));
  // Nobody comes between a script and itself: what is not taken then, it sells.
  let left = stock;
  const { ended, sent } = await callOvertaken(
    context,
    ["buy", item, buyer],
    hasOnlyLooked(stockKey(item), await writingCommands(redis)),
    async () => {
      await takesOne(item);
      left--;
    },
    stock,
  );
  const isNoted = (await redis.lRange(buyersKey(item), 0, -1)).includes(buyer);
  expect.that(!isNoted || left > 0, "buy sold a piece that somebody else had taken", {
    expected: `a stock of 0, without ${buyer} among the buyers`,
    actual: `a stock of ${await redis.get(stockKey(item))}, with ${buyer} among the buyers`,
    cause: overtakenCause(sent, stockKey(item)),
  });
  const wanted = left > 0 ? left - 1 : null;
  expect.value(given(expect, ended), "what buy gives when somebody else was quicker").equals(wanted, {
    cause:
      wanted === null
        ? "Nothing was sold to this buyer: after a WatchError, look again, and give null where none is left."
        : NOT_SOLD_OUT,
  });
  await expect.key(stockKey(item)).isString(String(wanted ?? 0));
}

const NOT_SOLD_OUT =
  "There are pieces left: null is for sold out. Begin again with WATCH, in a loop that ends only with a sale or without a piece.";
const NOT_ONE_STEP =
  "A program that dies between two steps leaves half a sale: chain both changes on what multi() gives, then exec().";
const LOCK =
  "A key of its own, such as a lock, stays when the program dies that wrote it, and nothing is sold any more: WATCH needs none.";

export default {
  title: "Transactions: sell what there is, and no more",
  objectives: ["feature: atomic operations"],
  form: "module",
  answer: "shop.ts",
  processes: 3,
  proxied: true,
  hints: [
    "deliver needs no look before: only commands that add, all of them between multi() and exec(). buy has to look first, so it needs WATCH, and for that a connection of its own.",
    "deliver: const step = client.multi(); then step.incrBy(key, count) for each in a loop; then await step.exec(). When a command failed, exec throws a MultiErrorReply: its replies holds, in order, a number or an Error for each.",
    'buy: const own = client.duplicate(); own.on("error", …); await own.connect(). Then on own: watch, get, and where there is a piece, own.multi().decr(…).rPush(…).exec(). Close own in a finally, whatever happened.',
    "Put watch, get and exec into a while (true). Return null where there is none, return the number that DECR gave where exec went well. The loop begins with watch each time, for EXEC ends it. In a catch around exec: if (!(error instanceof WatchError)) throw error; so the loop begins again after a WatchError alone.",
  ],
  checks: [
    {
      id: "deliver",
      title: "deliver adds all pieces in one step, and gives the new stock of each",
      points: 2,
      async run({ answer, redis, random, trace, expect }) {
        const [known, fresh, third] = random.words(3) as [string, string, string];
        const before = new Map([known, fresh, third].map((item) => [item, random.integer(3, 90)]));
        before.set(fresh, 0);
        for (const item of [known, third]) await redis.set(stockKey(item), String(before.get(item)));
        const first = randomDelivery(random, before);
        const gave = await answer.callAndWait("deliver", first.delivery);
        const sent = await trace.commands();
        const steps = changingSteps(sent, await writingCommands(redis));
        expect
          .value(gave, "the list of new stocks")
          .equals(first.expected, { cause: deliverCause(first.delivery, first.expected, sent) });
        for (const [item, stock] of first.counted)
          await expect
            .key(stockKey(item))
            .isString(String(stock), { cause: "INCRBY adds to what is there." });
        expect.that(steps.length === 1, "deliver should change everything in one step", {
          expected: "one transaction",
          actual: describeSteps(steps),
          cause:
            "Between two commands others see half a delivery: chain all INCRBY on what multi() gives, then exec().",
        });
        expect.value(await answer.call("deliver", []), "what an empty delivery gives").equals([]);
      },
    },
    {
      id: "deliver-at-once",
      title: "Deliveries at the same time, from three processes, all count",
      after: "deliver",
      async run({ answer, redis, random, expect }) {
        const [item, other] = random.words(2) as [string, string];
        const before = random.integer(10, 90);
        await redis.set(stockKey(item), String(before));
        const delivery = [
          { item: other, count: 3 },
          { item, count: 1 },
        ];
        const gave = await answer.callAtOnce(random.list(60, () => ["deliver", delivery] as const));
        const cause = "Two read the same number and both wrote it plus theirs: INCRBY adds inside Redis.";
        await expect.key(stockKey(item)).isString(String(before + 60), { cause });
        await expect.key(stockKey(other)).isString("180", { cause });
        const stocks = random.list(60, (i) => [3 * (i + 1), before + 1 + i]);
        expect.value(gave, "the list of what 60 callers got").hasMembers(stocks, {
          cause: "Each gives what its own INCRBY answered: a GET afterwards may see a later delivery.",
        });
      },
    },
    {
      id: "deliver-fails",
      title: "deliver gives null where Redis could not add, and adds all the others once",
      points: 2,
      after: "deliver",
      async run({ answer, redis, random, expect }) {
        const items = random.words(5) as [string, string, string, string, string];
        const [, textual, , listed] = items;
        const before = random.integer(10, 90);
        for (const item of items) await redis.set(stockKey(item), String(before));
        const text = random.text();
        await redis.set(stockKey(textual), text);
        await redis.multi().del(stockKey(listed)).rPush(stockKey(listed), text).exec();
        const delivery = items.map((item) => ({ item, count: random.integer(2, 9) }));
        const expected = delivery.map(({ item, count }) =>
          item === textual || item === listed ? null : before + count,
        );
        const ended = await answer.outcome("deliver", [delivery]);
        expect.that(
          ended.kind === "returned",
          "deliver should not throw where only some could not be added",
          {
            expected,
            actual: ended.kind === "threw" ? `${ended.error.name}: ${ended.error.message}` : ended.kind,
            cause:
              "exec throws a MultiErrorReply as soon as one command failed, although the others were carried out: catch it, and look at its replies.",
          },
        );
        expect
          .value(ended.kind === "returned" && ended.value, "the list of new stocks")
          .equals(expected, { cause: failedCause(delivery, expected) });
        for (const [i, stock] of expected.entries())
          if (stock !== null)
            await expect.key(stockKey(items[i] ?? "")).isString(String(stock), {
              cause:
                "Redis carries out the others although one fails, and takes nothing back: do not add again.",
            });
        await expect.key(stockKey(textual)).isString(text);
        await expect.key(stockKey(listed)).isList([text]);
      },
    },
    {
      id: "buy",
      title: "buy takes one piece, adds the buyer to the list buyers:<item> and gives what is left",
      points: 2,
      async run(context) {
        const { answer, redis, random, trace, expect } = context;
        const item = random.word();
        const twice = random.text();
        const buyers = [twice, random.text(), twice, random.id()];
        await redis.set(stockKey(item), String(buyers.length));
        for (const [i, buyer] of buyers.entries()) {
          const left = await (i === 0 ? answer.callAndWait : answer.call)("buy", item, buyer);
          const sent = await trace.commands();
          const wanted = buyers.length - 1 - i;
          expect
            .value(left, `what is left after sale ${i + 1} of ${buyers.length}`)
            .equals(wanted, { cause: buyCause(item, wanted, i + 1, sent) });
          await expect.key(buyersKey(item)).isList(buyers.slice(0, i + 1), {
            cause:
              wrongKeyCause(sent, [item]) ??
              "RPUSH adds each buyer at the right end, as it is, also one who was there before.",
          });
        }
        await expect.key(stockKey(item)).isString("0", { cause: "DECR takes one from the stock." });
        await redis.set(stockKey(item), "7");
        expect.value(await answer.call("buy", item, twice), "what is left of 7 new ones").equals(6, {
          cause: "Other programs deliver and sell too: ask Redis each time.",
        });
      },
    },
    {
      id: "sold-out",
      title: "buy gives null and changes nothing where no piece is left, or no such item is known",
      after: "buy",
      async run({ answer, redis, random, trace, expect }) {
        const [gone, unknown] = random.words(2) as [string, string];
        await redis.set(stockKey(gone), "0");
        for (const item of [gone, unknown]) {
          const what =
            item === gone ? "what buy gives with a stock of 0" : "what buy gives for an unknown item";
          expect.value(await answer.call("buy", item, random.text()), what).equals(null, {
            cause:
              "await the GET. It gives a text, or null: make a number of it, and sell only where it is above 0.",
          });
          await expect.key(buyersKey(item)).isMissing();
        }
        const sold = [gone, unknown].flatMap((item) => [stockKey(item), buyersKey(item)]);
        const steps = changingSteps(await trace.commands(), await writingCommands(redis));
        expect.that(steps.length === 0, "where there is nothing to sell, buy should change nothing", {
          expected: "it only looks",
          actual: describeSteps(steps),
          cause: steps.flat().every(({ args }) => sold.includes(args[0] ?? ""))
            ? "Not even for a moment: whoever takes one and puts it back sells meanwhile what is not there. Look before you take."
            : LOCK,
        });
        await expect.key(stockKey(gone)).isString("0");
        await expect.key(stockKey(unknown)).isMissing();
      },
    },
    {
      id: "one-step",
      title: "A sale is one step, and what buy gives is what this sale left",
      points: 2,
      after: "buy",
      limitMs: AMPLE_MS,
      async run(context) {
        const { answer, redis, random, trace, expect } = context;
        const writes = await writingCommands(redis);
        const [item, buyer, rival] = random.words(3) as [string, string, string];
        const stock = random.integer(20, 90);
        const sold = [stockKey(item), buyersKey(item)];
        await redis.set(stockKey(item), String(stock));
        await answer.call("buy", item, buyer);
        const steps = changingSteps(await trace.commands(), writes);
        expect.that(steps.length === 1, "a sale should be one step", {
          expected: "one transaction that changes the stock and the list",
          actual: describeSteps(steps),
          cause: steps.flat().every(({ args }) => sold.includes(args[0] ?? "")) ? NOT_ONE_STEP : LOCK,
        });
        const { ended } = await callOvertaken(
          context,
          ["buy", item, buyer],
          (commands) => changingSteps(commands, writes).length > 0,
          () => sellTo(context, item, rival),
        );
        expect.value(given(expect, ended), "what buy gives while others go on buying").equals(stock - 2, {
          cause: "What DECR answers is the stock after this sale; a GET later sees others.",
        });
      },
    },
    {
      id: "overtaken",
      title:
        "When somebody else takes the last piece between look and sale, buy sells nothing and gives null",
      points: 3,
      after: "buy",
      limitMs: AMPLE_MS,
      async run(context) {
        await expectNothingSold(context, 1, (item) => sellTo(context, item, context.random.word()));
        // A piece breaks: nothing but the stock changes.
        await expectNothingSold(context, 1, (item) => context.redis.decr(stockKey(item)));
      },
    },
    {
      id: "tries-again",
      title: "buy tries again, however often somebody else is quicker, while there are pieces",
      points: 2,
      after: "overtaken",
      limitMs: AMPLE_MS,
      async run(context) {
        const { redis, random, expect } = context;
        const [item, buyer, rival] = random.words(3) as [string, string, string];
        let stock = OVERTAKEN_TIMES + random.integer(2, 9);
        let times = 0;
        await redis.set(stockKey(item), String(stock));
        const { ended, sent } = await callOvertaken(
          context,
          ["buy", item, buyer],
          hasOnlyLooked(stockKey(item), await writingCommands(redis)),
          async () => {
            times++;
            // First somebody buys, again and again; then somebody delivers.
            const isSale = times <= OVERTAKEN_TIMES / 2;
            await (isSale ? sellTo(context, item, rival) : redis.incrBy(stockKey(item), 3));
            stock += isSale ? -1 : 3;
          },
          OVERTAKEN_TIMES,
        );
        const often = times === 1 ? "once" : `${times} times`;
        expect
          .value(given(expect, ended), `what buy gives after somebody else was quicker ${often}`)
          .equals(stock - 1, {
            cause: (found) => (found === null ? NOT_SOLD_OUT : overtakenCause(sent, stockKey(item))),
          });
        const cause = overtakenCause(sent, stockKey(item));
        await expect.key(stockKey(item)).isString(String(stock - 1), { cause });
        // The first try and the second come too late, and a third finds nothing.
        await expectNothingSold(context, 2, (item) => redis.decr(stockKey(item)));
      },
    },
    {
      id: "noticed",
      title: "Where Redis cannot note the buyer, buy throws an error and does not sell again",
      points: 2,
      after: "overtaken",
      async run({ answer, redis, random, expect }) {
        const item = random.word();
        const stock = random.integer(4, 9);
        await redis.mSet({ [stockKey(item)]: String(stock), [buyersKey(item)]: random.text() });
        const ended = await answer.outcome("buy", [item, random.text()]);
        const left = Number(await redis.get(stockKey(item)));
        const cause =
          "The RPUSH of this transaction fails each time, and the DECR is carried out each time: begin again after a WatchError alone, and throw any other error on.";
        expect.that(left >= stock - 1, "a sale that failed was tried again", {
          expected: `a stock of ${stock} or ${stock - 1}`,
          actual: `a stock of ${left}`,
          cause,
        });
        expect.that(ended.kind === "threw", "the buyer is noted nowhere, and buy threw no error", {
          expected: "an error",
          actual: ended.kind === "returned" ? ended.value : ended.kind,
          cause:
            "One of the commands failed. exec() throws a MultiErrorReply for that, which whoever called buy must get; among the replies that sendCommand gives for EXEC, it is an Error.",
        });
      },
    },
    {
      id: "at-once",
      title: "Of 150 buyers at once, in three processes, exactly as many get a piece as there are",
      points: 3,
      after: "overtaken",
      limitMs: AMPLE_MS,
      async run({ answer, redis, random, expect }) {
        const item = random.word();
        const stock = random.integer(3, 5);
        const buyers = random.list(BUYERS, () => random.id());
        await redis.set(stockKey(item), String(stock));
        const gave = await answer.callAtOnce(buyers.map((buyer) => ["buy", item, buyer] as const));
        const sold = gave.filter((left) => left !== null).length;
        expect.value(sold, `the number of pieces sold, of ${stock},`).equals(stock, {
          cause:
            sold > stock
              ? "Where calls share a connection, whoever sends EXEC first ends the WATCH of all others on it. Each call needs a connection that no other call uses until EXEC."
              : "Some buyers were sent away although there was a piece: null is for sold out alone.",
        });
        const sales = new Map(buyers.map((buyer, i) => [gave[i], buyer] as const));
        const inOrder = random.list(stock, (i) => sales.get(stock - 1 - i) ?? "");
        await expect.key(stockKey(item)).isString("0");
        await expect.key(buyersKey(item)).isList(inOrder, {
          cause:
            "Whoever was told that 4 are left bought before the one who was told 3: give what DECR answered.",
        });
      },
    },
    {
      id: "connections",
      title: "buy leaves no connection behind, whether it sold, was sold out or failed",
      after: "overtaken",
      async run({ answer, redis, random, expect }) {
        await answer.another();
        await answer.another();
        const [item, gone, broken] = random.words(3) as [string, string, string];
        await redis.mSet({ [stockKey(item)]: "50", [stockKey(broken)]: "50", [buyersKey(broken)]: "none" });
        const buyEach = async () => {
          for (const one of [item, gone, broken]) await answer.outcome("buy", [one, random.word()]);
        };
        const connections = async () =>
          Number(/^connected_clients:(\d+)/m.exec(await redis.info("clients"))?.[1]);
        await buyEach();
        const before = await connections();
        for (let i = 0; i < 6; i++) await buyEach();
        await expect.eventually(
          connections,
          (now) => now <= before + 3,
          "after 18 more calls, there are more connections to Redis than before",
          {
            expected: `about ${before}`,
            cause:
              "What a call opened stays until it is closed: put close into a finally, so that it also happens after return and throw. A pool is made once for each client, not in each call.",
          },
        );
      },
    },
  ],
  wrong: [
    { name: "one-by-one", fails: "deliver", why: "INCRBY for each item alone: others see half a delivery." },
    {
      name: "promise-all",
      fails: "deliver",
      why: "Sent together, but not a transaction: others come between.",
    },
    { name: "pipeline", fails: "deliver", why: "execAsPipeline leaves out MULTI and EXEC." },
    {
      name: "replaces-the-stock",
      fails: "deliver",
      why: "SET: what was there before the delivery is forgotten.",
    },
    {
      name: "deliver-not-awaited",
      fails: "deliver",
      why: "No await before exec: the function ends before Redis has added anything.",
    },
    {
      name: "delivers-in-memory",
      fails: "deliver",
      why: "Counts in a variable: other processes see nothing of it.",
    },
    { name: "stock-of-the-lamp", fails: "deliver", why: "The key of one item, written literally, for all." },
    { name: "gives-texts", fails: "deliver", why: "Gives the texts of GET, not numbers." },
    {
      name: "get-then-set",
      fails: "deliver-at-once",
      why: "MULTI around SET, but the stock was read before: deliveries at the same time are lost.",
    },
    {
      name: "reads-afterwards",
      fails: "deliver",
      why: "Adds, and then reads the stocks: by then more has been added.",
    },
    {
      name: "throws-for-one",
      fails: "deliver-fails",
      why: "No catch: one item that cannot be added hides what became of all others.",
    },
    {
      name: "null-for-all",
      fails: "deliver-fails",
      why: "Takes the whole transaction for undone because one command failed.",
    },
    {
      name: "adds-again",
      fails: "deliver-fails",
      why: "After the error, adds all that did not fail once more.",
    },
    {
      name: "adds-all-one-by-one",
      fails: "deliver-fails",
      why: "After the error, adds each one once more, alone.",
    },
    {
      name: "gives-the-errors",
      fails: "deliver-fails",
      why: "Gives the replies with the errors among them.",
    },
    {
      name: "skips-the-failed",
      fails: "deliver-fails",
      why: "Leaves out what failed: nobody knows which number belongs to which item.",
    },
    {
      name: "closes-the-client",
      fails: "buy",
      why: "Closes the client that it was given: the next call has none.",
    },
    { name: "not-connected", fails: "buy", why: "duplicate alone does not connect." },
    { name: "keeps-the-last", fails: "buy", why: "Sells while more than one is left." },
    { name: "gives-all-replies", fails: "buy", why: "Gives the whole list that exec gives." },
    { name: "gives-the-last-reply", fails: "buy", why: "Gives what RPUSH answered: the length of the list." },
    { name: "takes-elsewhere", fails: "buy", why: "DECR on the item itself: the stock stays as it is." },
    { name: "empty-multi", fails: "buy", why: "The commands go out at once, and MULTI stays empty." },
    { name: "newest-first", fails: "buy", why: "LPUSH: the last buyer is the first of the list." },
    { name: "buyers-in-a-set", fails: "buy", why: "SADD: nobody can buy twice, and the order is lost." },
    {
      name: "remembers",
      fails: "buy",
      why: "Keeps the stock in a variable: what others deliver and sell is never seen.",
    },
    {
      name: "zero-is-nothing",
      fails: "buy",
      why: "left || null: the last piece is sold, and the buyer told that there was none.",
    },
    {
      name: "text-or-number",
      fails: "sold-out",
      why: "stock === 0 is never true of a text, so it sells below zero.",
    },
    { name: "look-not-awaited", fails: "sold-out", why: "A promise is no number, and NaN is never below 1." },
    {
      name: "decr-and-put-back",
      fails: "sold-out",
      why: "Takes one and puts it back where there was none: for a moment the stock is wrong.",
    },
    {
      name: "decr-and-put-back-if-known",
      fails: "sold-out",
      why: "Looks whether the item is known, and then takes one and puts it back.",
    },
    {
      name: "get-then-set-stock",
      fails: "one-step",
      why: "GET, minus one in JavaScript, SET, RPUSH: three steps, and the same piece is sold twice.",
    },
    {
      name: "two-steps",
      fails: "one-step",
      why: "The buyer is noted after the transaction: a program that dies before leaves half a sale.",
    },
    {
      name: "lock",
      fails: "sold-out",
      why: "A lock in a key of its own: who dies with the lock in hand stops all sales.",
    },
    {
      name: "lock-after-look",
      fails: "one-step",
      why: "Looks first, then a lock: still a key that stays when its owner dies.",
    },
    {
      name: "left-from-get",
      fails: "one-step",
      why: "Reads what is left after EXEC: by then others have bought, too.",
    },
    {
      name: "look-then-multi",
      fails: "overtaken",
      why: "MULTI without WATCH: nothing notices that the stock has changed since the look.",
    },
    {
      name: "watch-after-look",
      fails: "overtaken",
      why: "WATCH after GET: what changed before it is not noticed.",
    },
    { name: "watch-elsewhere", fails: "overtaken", why: "WATCH on one connection, EXEC on another." },
    { name: "looks-in-multi", fails: "overtaken", why: "Looks with a transaction: its EXEC ends the WATCH." },
    {
      name: "looks-outside-the-script",
      fails: "overtaken",
      why: "The script is one step, but the look is not in it.",
    },
    { name: "watches-the-buyers", fails: "overtaken", why: "Watches a key on which nothing depends." },
    {
      name: "watches-only-the-buyers",
      fails: "overtaken",
      why: "Notices sales alone: a stock that falls without a buyer is sold from.",
    },
    {
      name: "sets-what-it-saw",
      fails: "overtaken",
      why: "Watches the buyers and sets the stock: what others changed meanwhile is overwritten.",
    },
    {
      name: "looks-once",
      fails: "overtaken",
      why: "After a WatchError, sends the same transaction again without a look.",
    },
    { name: "lost-race-thrown", fails: "overtaken", why: "The WatchError reaches the buyer." },
    {
      name: "returns-without-await",
      fails: "overtaken",
      why: "return inside try without await: the catch never gets the WatchError.",
    },
    { name: "lost-race-ignored", fails: "overtaken", why: "Gives a number although EXEC did nothing." },
    { name: "no-retry", fails: "tries-again", why: "Sold out for everybody who lost one race." },
    {
      name: "three-attempts",
      fails: "tries-again",
      why: "Gives up after three lost races, although there are pieces.",
    },
    {
      name: "ten-attempts",
      fails: "tries-again",
      why: "Throws after ten lost races, although there are pieces.",
    },
    {
      name: "watch-before-the-loop",
      fails: "tries-again",
      why: "WATCH once: the second try is not protected.",
    },
    {
      name: "tries-again-after-any-error",
      fails: "noticed",
      why: "catch without a look at the error: each new try takes another piece.",
    },
    {
      name: "null-for-any-error",
      fails: "noticed",
      why: 'Says "sold out" where Redis could not note the buyer.',
    },
    {
      name: "replies-not-looked-at",
      fails: "noticed",
      why: 'sendCommand("EXEC") gives errors among the replies, and nobody looks.',
    },
    {
      name: "watch-on-shared",
      fails: "at-once",
      why: "WATCH on the connection that all calls share: the first EXEC ends the WATCH of all.",
    },
    {
      name: "one-connection-for-all",
      fails: "at-once",
      why: "A second connection, but one for all calls: they share it as they shared the first.",
    },
    { name: "never-closes", fails: "connections", why: "Each call opens a connection that nobody closes." },
    {
      name: "closes-after-a-sale",
      fails: "connections",
      why: "Closes after a sale alone: the early return leaves the connection open.",
    },
    {
      name: "open-after-an-error",
      fails: "connections",
      why: "Closes after a sale and where none is left, but not when it throws.",
    },
    { name: "pool-for-each-call", fails: "connections", why: "Makes a new pool in each call." },
  ],
} satisfies ModuleExercise;
