import type { RunningAnswer, TracedCommand, WorkerContext, WorkerExercise } from "redis-learning-lab";
import {
  AMPLE_MS,
  addAtOnce,
  addOrders,
  commandsFor,
  earlyCause,
  endsWell,
  endWaiting,
  holdBlocked,
  LONG_IDLE_MS,
  leaveOrders,
  lookingForLeft,
  newShop,
  parcels,
  pendingOf,
  startWorker,
  stepTogether,
  unclaimedCause,
  untilAcknowledged,
  untilAllRead,
  untilBlocked,
  untilPacked,
  waitUntil,
} from "./consumers.ts";

/** For a check: long enough that the reason is told, and not that limit. */
const CHECK_MS = 25_000;

const NOT_ACKNOWLEDGED =
  "Once its parcel is in the list, each entry is acknowledged by its id: client.xAck(stream, group, id).";
const READ_NEW =
  'xReadGroup(group, name, { key: stream, id: ">" }, …) gives new entries, several at once: each is handled.';
const REFUSED = "XACK comes after RPUSH, and only where that went well.";

/** What becomes of a stream is everybody's business, because other groups read it too. */
async function expectWhole({ redis, expect }: WorkerContext, stream: string, count: number): Promise<void> {
  expect.value(await redis.xLen(stream), "the number of entries in the stream").equals(count, {
    cause: "Acknowledged entries stay in the stream, other groups read it too: no XDEL, no XTRIM, no DEL.",
  });
}

export default {
  title: "Streams: a group of workers, and what a dead one left",
  objectives: ["use: message queuing"],
  form: "worker",
  answer: "worker.ts",
  proxied: true,
  hints: [
    "Begin with one worker and no trouble: make the group, then in a loop XREADGROUP with the id >, for each entry RPUSH and then XACK.",
    'xGroupCreate(stream, group, "0", { MKSTREAM: true }) fails with BUSYGROUP where the group exists: catch this error alone. xReadGroup gives null when BLOCK is over, so the loop has to bear it.',
    "Each turn of the loop does two things: first claim what is idle and handle it, then read new entries with BLOCK of less than a second. So it looks often enough, also while new entries keep coming.",
    "xAutoClaim(stream, group, name, Number(idle), cursor) gives { nextId, messages }. Go on with nextId as the cursor until it is 0-0: what others hold and what is too young comes first, perhaps.",
    'process.on("SIGTERM", () => { isStopping = true; }), and while (!isStopping) around the loop. Put RPUSH and XACK of one entry into a try, RPUSH first: where it throws, the entry just stays pending.',
  ],
  checks: [
    {
      id: "handles",
      title: "a worker handles and acknowledges all entries, also those from before there was a group",
      points: 2,
      limitMs: CHECK_MS,
      async run(context) {
        const { redis, random, trace, expect } = context;
        const shop = newShop(context);
        const earlier = random.text();
        await redis.rPush("parcels", earlier);
        const lines = await addOrders(context, shop, 25);
        const name = random.word();
        const worker = await startWorker(context, shop, LONG_IDLE_MS, name);
        const all = await untilPacked(context, [worker], lines, {
          message: "entries of the stream have no parcel",
          cause: (found) =>
            found.startsWith("25 ")
              ? "Is the group made with the id 0? With $ it begins behind all that is there. And does xReadGroup get the id >? With 0 it gives only what this worker holds already."
              : READ_NEW,
        });
        expect.value(all, "the list parcels").hasMembers([earlier, ...lines], {
          cause: "Each entry is handled once, and what is in the list already stays there.",
        });
        const groups = (await redis.xInfoGroups(shop.stream)).map((group) => String(group.name));
        expect.value(groups, "the list of groups of the stream").equals([shop.group], {
          cause: "The group is the second argument: xGroupCreate and xReadGroup get its name.",
        });
        const consumers = await redis.xInfoConsumers(shop.stream, shop.group);
        const names = consumers.map((consumer) => String(consumer.name));
        expect.value(names, "the list of consumers of the group").equals([name], {
          cause: "A worker reads under the name that it was told, its third argument.",
        });
        await untilAcknowledged(context, [worker], shop, NOT_ACKNOWLEDGED);
        await expectWhole(context, shop.stream, lines.length);
        const commands = new Set((await commandsFor(trace, "parcels")).map(({ name }) => name));
        expect.value([...commands], "what is used to put parcels into the list").equals(["RPUSH"], {
          cause: "A new parcel goes to the end of the list: client.rPush.",
        });
      },
    },
    {
      id: "waits",
      title: "with nothing to do, a worker waits in Redis, also where there is no stream yet",
      after: "handles",
      limitMs: CHECK_MS,
      async run(context) {
        const { random, trace, expect } = context;
        const shop = newShop(context);
        const worker = await startWorker(context, shop, LONG_IDLE_MS, random.word());
        await untilBlocked(context, [worker]);
        await endWaiting(context);
        const lines = await addOrders(context, shop, 2);
        await untilPacked(context, [worker], lines, {
          message: "entries that came after a while have no parcel",
          cause: "When BLOCK is over, xReadGroup gives null: the worker then reads again.",
        });
        await untilAcknowledged(context, [worker], shop, NOT_ACKNOWLEDGED);
        const waits = (await trace.commands())
          .filter(({ name, args }) => name === "XREADGROUP" && args.includes("BLOCK") && args.at(-1) === ">")
          .map(({ args }) => Number(args[args.indexOf("BLOCK") + 1]))
          .filter((ms) => ms > 0);
        expect.value(Math.min(...waits, 100), "the milliseconds that it waits (BLOCK)").atLeast(100, {
          cause: "Short waits are much asking: a new entry ends a long wait at once, too.",
        });
      },
    },
    {
      id: "claims",
      title: "a worker takes over what was idle long enough, and nothing else, while new entries keep coming",
      points: 3,
      after: "handles",
      limitMs: CHECK_MS,
      async run(context) {
        const { random, trace, expect } = context;
        const shop = newShop(context);
        const [name = "", living = "", dead = ""] = random.words(3);
        const idleMs = random.integer(25_000, 45_000);
        const worker = await startWorker(context, shop, idleMs, name);
        await untilBlocked(context, [worker]);
        const young = { consumer: living, count: 120, idleMs: idleMs - 18_000 };
        const held = await leaveOrders(context, shop, young);
        const left = await leaveOrders(context, shop, { consumer: dead, count: 12, idleMs: idleMs + 5_000 });
        await trace.clear();
        let sent: readonly TracedCommand[] = [];
        const all = await untilPacked(context, [worker], left, {
          message: `entries that were pending for longer than ${idleMs} ms, of a dead worker, have no parcel`,
          cause: () => unclaimedCause(sent, idleMs),
          meanwhile: async () => {
            await addOrders(context, shop, 1);
            sent = await lookingForLeft(trace);
          },
        });
        const taken = all.filter((line) => held.includes(line));
        expect.value(taken, "what was taken from a worker that still lives").equals([], {
          cause: `These entries were idle for less than ${idleMs} ms, which the worker was told, in milliseconds, as its fourth argument. It is the min-idle-time of XAUTOCLAIM and XCLAIM.`,
        });
        expect
          .value(
            all.filter((line) => left.includes(line)),
            "the parcels of claimed entries",
          )
          .hasMembers(left, { cause: "Each claimed entry is handled once." });
        await untilAcknowledged(
          context,
          [worker],
          shop,
          "A claimed entry is acknowledged too, when its parcel is there.",
          living,
        );
        const kept = (await pendingOf(context, shop)).filter((line) => line.endsWith(` of ${living}`));
        expect.value(kept, "what the living worker still holds").equals([`${held.length} of ${living}`]);
      },
    },
    {
      id: "refused",
      title: "an entry whose RPUSH is refused stays pending, and is tried again when it has been idle",
      points: 2,
      after: "claims",
      limitMs: CHECK_MS,
      async run(context) {
        const { redis, random, trace, expect } = context;
        const shop = newShop(context);
        await redis.set("parcels", "not a list");
        const lines = await addOrders(context, shop, 3);
        const name = random.word();
        const worker = await startWorker(context, shop, 100, name);
        await untilAllRead(context, worker, shop);
        expect
          .value(await pendingOf(context, shop), "what is pending, while Redis refuses every RPUSH,")
          .equals([`3 of ${name}`], { cause: await earlyCause(trace) });
        await redis.del("parcels");
        await untilPacked(context, [worker], lines, {
          message: "entries that were refused at first have no parcel, although Redis now takes it",
          cause:
            "What has been idle is claimed, also where the worker held it itself: in each turn of the loop, which BLOCK must not hold up for more than a second (0 is for ever).",
        });
        await untilAcknowledged(context, [worker], shop, NOT_ACKNOWLEDGED);
      },
    },
    {
      id: "killed",
      title: "what a killed worker held is handled by another, and what was done is not done again",
      points: 2,
      after: "refused",
      limitMs: CHECK_MS,
      async run(context) {
        const { redis, random, expect } = context;
        const shop = newShop(context);
        const [first = "", second = ""] = random.words(2);
        const done = await addOrders(context, shop, 3);
        const killed = await startWorker(context, shop, LONG_IDLE_MS, first);
        const because = { message: "entries of the stream have no parcel", cause: READ_NEW };
        await untilPacked(context, [killed], done, because);
        await untilAcknowledged(context, [killed], shop, NOT_ACKNOWLEDGED);
        await redis.rename("parcels", "parcels:before");
        await redis.set("parcels", "not a list");
        const left = await addOrders(context, shop, 4);
        const pending = async () => (await pendingOf(context, shop)).join(", ");
        await waitUntil(
          context,
          [killed],
          pending,
          (found) => found === `4 of ${first}`,
          "while Redis refuses RPUSH, the entries should be pending",
          { expected: `4 of ${first}`, cause: REFUSED },
        );
        killed.signal("SIGKILL");
        await killed.ended(AMPLE_MS);
        await redis.rename("parcels:before", "parcels");
        const worker = await startWorker(context, shop, 100, second);
        await untilPacked(context, [worker], left, {
          message: `${left.length} entries that a killed worker held have no parcel`,
          cause:
            "A worker that starts leaves the group and its consumers alone: with XGROUP DELCONSUMER what they held is no longer pending, and nobody handles it.",
        });
        await untilAcknowledged(context, [worker], shop, NOT_ACKNOWLEDGED);
        // Once it waits, there is nothing left that it takes for new.
        await untilBlocked(context, [worker]);
        const again = (await parcels(context)).filter((line) => done.includes(line));
        expect
          .value(again, "the parcels of what was done before the second worker started")
          .hasMembers(done, {
            cause:
              "The group knows what was read: whoever deletes it, or sets it back to 0, makes everything new again.",
          });
      },
    },
    {
      id: "shares",
      title: "two workers share the entries: each is handled once, also when both claim at the same moment",
      points: 3,
      after: "claims",
      limitMs: CHECK_MS,
      async run(context) {
        const { random, expect } = context;
        const shop = newShop(context);
        const [dead = "", ...names] = random.words(3);
        const workers = await Promise.all(
          names.map((name) => startWorker(context, shop, LONG_IDLE_MS, name)),
        );
        await untilBlocked(context, workers);
        const lines = await addOrders(context, shop, 40);
        await untilPacked(context, workers, lines, {
          message: "entries of the stream have no parcel",
          cause: READ_NEW,
        });
        await holdBlocked(context, workers);
        const once = {
          cause:
            "An entry was handled by both: all workers read as members of the group that they were told, with XREADGROUP and >.",
        };
        expect.value(await parcels(context), "the list parcels").hasMembers(lines, once);
        const idleMs = LONG_IDLE_MS + 5_000;
        const left = await leaveOrders(context, shop, { consumer: dead, count: 8, idleMs });
        await endWaiting(context);
        await stepTogether(context, workers);
        await untilPacked(context, workers, left, {
          message: "entries that a dead worker left have no parcel",
          cause: "Look for entries to claim in each turn of the loop.",
        });
        await untilAcknowledged(context, workers, shop, NOT_ACKNOWLEDGED);
        await untilBlocked(context, workers);
        expect.value(await parcels(context), "the list parcels").hasMembers([...lines, ...left], {
          cause:
            "Both saw that the entry was idle, and both handled it. XCLAIM with the idle time as its min-idle-time, or XAUTOCLAIM, gives it to one of them: handle what this command gives back, and nothing else.",
        });
      },
    },
    {
      id: "stops",
      title: "on SIGTERM, a worker finishes what it has taken, and ends with exit code 0",
      points: 2,
      after: "handles",
      limitMs: CHECK_MS,
      async run(context) {
        const { random, proxy, expect } = context;
        const shop = newShop(context);
        const starting = random.words(2).map((name) => startWorker(context, shop, LONG_IDLE_MS, name));
        const [idle, busy] = (await Promise.all(starting)) as [RunningAnswer, RunningAnswer];
        await untilBlocked(context, [idle, busy]);
        idle.signal("SIGTERM");
        await endsWell(context, idle, "while it waited for entries");
        await holdBlocked(context, [busy]);
        const lines = await addAtOnce(context, shop, 3);
        const isAtWork = () => Promise.resolve(proxy.roundTrips() > 0);
        await waitUntil(context, [busy], isAtWork, Boolean, "the worker does nothing with new entries", {
          cause: READ_NEW,
        });
        busy.signal("SIGTERM");
        proxy.delay(0);
        await endsWell(context, busy, "while it was at work");
        const unfinished = await pendingOf(context, shop);
        expect.value(unfinished, "what is still pending after the worker ended").equals([], {
          cause:
            "What was read is finished and acknowledged first: let SIGTERM only set a variable, which the loop looks at before it reads again.",
        });
        const [firstParcel] = await parcels(context);
        expect.value(firstParcel, "the parcel of the first entry").equals(lines[0]);
      },
    },
  ],
  wrong: [
    {
      name: "no-ack",
      fails: "handles",
      why: "Never acknowledges: every entry stays pending, and is handled again and again.",
    },
    {
      name: "dollar-for-new",
      fails: "handles",
      why: "Reads with $, which is for XREAD: XREADGROUP refuses it.",
    },
    {
      name: "history-only",
      fails: "handles",
      why: "Reads with 0, which gives what this consumer holds already, and never anything new.",
    },
    {
      name: "group-from-now",
      fails: "handles",
      why: "The group begins at $: the entries from before are nobody's.",
    },
    {
      name: "first-only",
      fails: "handles",
      why: "Handles the first entry of each reply, and leaves the others pending.",
    },
    {
      name: "deletes-entries",
      fails: "handles",
      why: "Deletes each entry from the stream when it is done, which other groups still have to read.",
    },
    {
      name: "lpush",
      fails: "handles",
      why: "Puts parcels at the front of the list, with another command than the one that was agreed on.",
    },
    {
      name: "clears-parcels",
      fails: "handles",
      why: "Deletes the list at the start, with what others put there.",
    },
    {
      name: "plain-read",
      fails: "handles",
      why: "Reads with XREAD, without a group: every worker gets every entry.",
    },
    {
      name: "fixed-group",
      fails: "handles",
      why: "The group's name is typed in: the argument is never used.",
    },
    {
      name: "fixed-name",
      fails: "handles",
      why: "All workers read under the same name: nobody can tell who holds what.",
    },
    {
      name: "no-mkstream",
      fails: "waits",
      why: "Without MKSTREAM, no group can be made before there is a stream.",
    },
    { name: "ends-when-empty", fails: "waits", why: "The loop ends when nothing came for a moment." },
    {
      name: "null-crash",
      fails: "waits",
      why: "Takes it that XREADGROUP always gives entries: null ends the worker.",
    },
    { name: "polls", fails: "waits", why: "Without BLOCK: asks, sleeps, and asks again." },
    { name: "short-block", fails: "waits", why: "BLOCK 20: asks fifty times a second." },
    {
      name: "no-claim",
      fails: "claims",
      why: "Never looks at what others left: the entries of a dead worker stay pending for ever.",
    },
    {
      name: "takes-from-the-living",
      fails: "claims",
      why: "The min-idle-time is 0: takes away what others are at work on.",
    },
    {
      name: "idle-in-seconds",
      fails: "claims",
      why: "Divides by 1000: Redis counts idle time in milliseconds.",
    },
    { name: "fixed-idle", fails: "claims", why: "The idle time is typed in, whatever the worker was told." },
    { name: "claims-at-start-only", fails: "claims", why: "Looks for left entries once, when it starts." },
    {
      name: "claims-when-idle",
      fails: "claims",
      why: "Looks for left entries only when nothing new came, which may never be.",
    },
    {
      name: "first-ten",
      fails: "claims",
      why: "Looks at the first ten pending entries only, which others hold, and are alive.",
    },
    {
      name: "no-cursor",
      fails: "claims",
      why: "XAUTOCLAIM always from 0-0: what comes behind many that are too young is never found.",
    },
    {
      name: "claimed-not-acked",
      fails: "claims",
      why: "Handles claimed entries, and does not acknowledge them.",
    },
    {
      name: "claims-without-work",
      fails: "claims",
      why: "Acknowledges what it claimed without having handled it.",
    },
    { name: "ack-first", fails: "refused", why: "Acknowledges before the work: what then fails is lost." },
    {
      name: "noack",
      fails: "refused",
      why: "NOACK: Redis takes every entry for done as soon as it is read.",
    },
    {
      name: "transaction",
      fails: "refused",
      why: "RPUSH and XACK in MULTI: where the first fails, the second is done all the same.",
    },
    {
      name: "acks-in-finally",
      fails: "refused",
      why: "Acknowledges in a finally, also where the work failed.",
    },
    {
      name: "reply-not-awaited",
      fails: "refused",
      why: "Does not wait for the reply to RPUSH: an entry is acknowledged whose parcel was refused.",
    },
    {
      name: "refusal-not-caught",
      fails: "refused",
      why: "No catch around the work: one refused entry ends the worker.",
    },
    {
      name: "blocks-for-ever",
      fails: "refused",
      why: "BLOCK 0: while nothing new comes, it never looks at what was left.",
    },
    {
      name: "skips-own",
      fails: "refused",
      why: "Claims only from others: what failed in its own hands is never tried again.",
    },
    {
      name: "makes-group-anew",
      fails: "killed",
      why: "Deletes the group at the start and makes it again: all that was done is done again.",
    },
    {
      name: "sets-group-back",
      fails: "killed",
      why: "Where the group exists, sets it back to 0: all that was done is done again.",
    },
    {
      name: "tidies-up",
      fails: "killed",
      why: "Deletes all other consumers at the start: what they held is no longer pending.",
    },
    {
      name: "busygroup",
      fails: "killed",
      why: "The second worker dies at its start, because the group exists.",
    },
    {
      name: "claims-without-idle",
      fails: "shares",
      why: "Asks who is idle, and then claims with 0: two that asked at the same time both get the entry.",
    },
    {
      name: "reads-without-claiming",
      fails: "shares",
      why: "Reads left entries with XRANGE and does not claim them: two workers both handle them.",
    },
    {
      name: "handles-what-it-saw",
      fails: "shares",
      why: "Claims as it should, but handles what it saw before: the other one does the same.",
    },
    {
      name: "no-listener",
      fails: "stops",
      why: "Nobody listens to SIGTERM: it kills the worker in the middle of its work.",
    },
    {
      name: "exits-in-the-middle",
      fails: "stops",
      why: "process.exit in the listener: what was read stays pending.",
    },
    { name: "ignores-sigterm", fails: "stops", why: "Listens to SIGTERM and goes on." },
    {
      name: "closes-at-once",
      fails: "stops",
      why: "Closes the client in the listener: XACK comes too late.",
    },
    {
      name: "never-closes",
      fails: "stops",
      why: "Leaves the loop and does not close the client, which keeps the program running.",
    },
    {
      name: "drops-the-rest",
      fails: "stops",
      why: "Breaks off in the middle of what it has read: the rest stays pending.",
    },
    { name: "exit-code-one", fails: "stops", why: "Ends with exit code 1, as if something had gone wrong." },
  ],
} satisfies WorkerExercise;
