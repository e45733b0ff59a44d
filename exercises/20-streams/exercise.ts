import type { RunningAnswer, TracedCommand, WorkerContext, WorkerExercise } from "redis-learning-lab";
import {
  addAtOnce,
  addOrders,
  earlyCause,
  endsWell,
  endWaiting,
  expectPending,
  firstCommands,
  holdBlocked,
  isGroupRead,
  kill,
  LIVING_HOLD,
  LONG_IDLE_MS,
  leaveOrders,
  lookingForLeft,
  newShop,
  noGroupRead,
  noStreamCause,
  oneTurn,
  parcels,
  pendingOf,
  putsIntoList,
  READ_NEW,
  restartCause,
  setIdle,
  startWorker,
  stepTogether,
  unclaimedCause,
  unpackedCause,
  untilAcknowledged,
  untilAllRefused,
  untilBlocked,
  untilPacked,
  waitUntil,
  youngCause,
} from "./consumers.ts";

/** For a check: long enough that the reason is told, and not that limit. */
const CHECK_MS = 25_000;

const NOT_ACKNOWLEDGED =
  "Once its parcel is in the list, each entry is acknowledged by its id: client.xAck(stream, group, id).";
const REFUSED = "XACK comes after RPUSH, and only where that went well.";
const FINISH =
  "What was read is finished and acknowledged first: the listener of SIGTERM only sets a variable, which the loop looks at before it reads again. client.close() and process.exit() do not belong in the listener.";
const NOT_CLAIMED =
  "What has been idle is claimed, also where the worker held it itself: in each turn of the loop, which BLOCK must not hold up for more than a second (0 is for ever).";

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
    "xAutoClaim(stream, group, name, Number(idle), cursor) gives { nextId, messages }. Go on with nextId as the cursor until it is 0-0, also where a part has no messages: what is not idle long enough may come first.",
    'process.on("SIGTERM", () => { isStopping = true; }), and while (!isStopping) around the loop. Put RPUSH and XACK of one entry into a try, RPUSH first: where it throws, the entry stays pending, and is claimed later.',
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
        const lines = await addAtOnce(context, shop, 25);
        const name = random.word();
        const worker = await startWorker(context, shop, LONG_IDLE_MS, name);
        const first = firstCommands(trace);
        let sent: readonly TracedCommand[] = [];
        const all = await untilPacked(context, [worker], lines, {
          message: "entries of the stream have no parcel, or not the right one",
          cause: () => unpackedCause(sent, lines),
          meanwhile: async () => {
            sent = await first();
          },
        });
        expect.value(all, "the list parcels").hasMembers([earlier, ...lines], {
          cause: "Each entry is handled once, and what is in the list already stays there.",
        });
        const groups = (await redis.xInfoGroups(shop.stream)).map((group) => String(group.name)).join(", ");
        expect.that(groups === shop.group, "the stream should have the group that the worker was told", {
          expected: `the group ${shop.group}`,
          actual: groups || "no group",
          cause: sent.some(isGroupRead)
            ? "The group is the second argument: xGroupCreate and xReadGroup get its name."
            : noGroupRead(sent),
        });
        const consumers = await redis.xInfoConsumers(shop.stream, shop.group);
        const names = consumers.map((consumer) => String(consumer.name));
        expect.value(names, "the list of consumers of the group").equals([name], {
          cause: "A worker reads under the name that it was told, its third argument.",
        });
        await untilAcknowledged(context, [worker], shop, NOT_ACKNOWLEDGED);
        await expectWhole(context, shop.stream, lines.length);
        const puts = (await trace.commands())
          .filter(putsIntoList)
          .filter(({ args }) => args[0] === "parcels");
        const used = [...new Set(puts.map((command) => command.name))];
        expect.value(used, "what is used to put parcels into the list").equals(["RPUSH"], {
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
        const first = firstCommands(trace);
        let sent: readonly TracedCommand[] = [];
        const meanwhile = async () => {
          sent = await first();
        };
        await untilBlocked(context, [worker], { cause: () => noStreamCause(sent), meanwhile });
        await endWaiting(context);
        const lines = await addOrders(context, shop, 2);
        await untilPacked(context, [worker], lines, {
          message: "entries that came after a while have no parcel",
          cause: "When BLOCK is over, xReadGroup gives null: the worker then reads again.",
        });
        await untilAcknowledged(context, [worker], shop, NOT_ACKNOWLEDGED);
        const commands = await trace.commands();
        const waits = commands
          .filter(isGroupRead)
          .filter(({ args }) => args.includes("BLOCK") && args.at(-1) === ">");
        const waitMs = ({ args }: TracedCommand) =>
          Number(args[args.indexOf("BLOCK") + 1]) || Number.POSITIVE_INFINITY;
        expect.value(Math.min(...waits.map(waitMs)), "the milliseconds that it waits (BLOCK)").atLeast(100, {
          cause: "Short waits are much asking: a new entry ends a long wait at once, too.",
        });
        // A connection that only waits may do so for ever: another one looks.
        const looking = new Set(lookingForLeft(commands).map(({ connection }) => connection));
        const between = waits.filter(({ connection }) => looking.has(connection)).map(waitMs);
        expect.value(Math.max(0, ...between), "the milliseconds that it waits (BLOCK)").atMost(1_000, {
          cause:
            "While it waits, the worker cannot look for entries to claim, which it does at least once a second (BLOCK 0 waits for ever).",
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
        const young = { consumer: living, count: LIVING_HOLD, idleMs: idleMs - 18_000 };
        const held = new Set(await leaveOrders(context, shop, young));
        const left = await leaveOrders(context, shop, { consumer: dead, count: 12, idleMs: idleMs + 5_000 });
        await trace.clear();
        const keeps = "a worker that still lives should keep what it holds";
        const expectNoneTaken = async () => {
          const taken = (await parcels(context)).filter((line) => held.has(line));
          expect.that(taken.length === 0, keeps, {
            expected: `none of its ${held.size} entries has a parcel`,
            actual: ["there are parcels for some, such as", ...taken.slice(0, 3)].join("\n"),
            cause: `These entries were idle for less than ${idleMs} ms, which the worker was told, in milliseconds, as its fourth argument. It is the min-idle-time of XAUTOCLAIM and XCLAIM.`,
          });
        };
        let sent: readonly TracedCommand[] = [];
        let pending: readonly string[] = [];
        const all = await untilPacked(context, [worker], left, {
          message: `entries that were pending for longer than ${idleMs} ms, of a dead worker, have no parcel`,
          cause: () => unclaimedCause(lookingForLeft(sent), idleMs, pending, { dead, name }),
          meanwhile: async () => {
            await expectNoneTaken();
            await addOrders(context, shop, 1);
            sent = await trace.commands();
            pending = await pendingOf(context, shop);
          },
        });
        await expectNoneTaken();
        const ofDead = all.filter((line) => left.includes(line));
        expect.value(ofDead, "the parcels of claimed entries").hasMembers(left, {
          cause: "Each claimed entry is handled once.",
        });
        const claimed = "A claimed entry is acknowledged too, when its parcel is there.";
        await untilAcknowledged(context, [worker], shop, claimed, living);
        const kept = (await pendingOf(context, shop)).filter((line) => line.endsWith(` of ${living}`));
        expect.that(kept[0] === `${held.size} of ${living}`, keeps, {
          expected: `${held.size} of ${living}`,
          actual: kept[0] ?? "nothing",
        });
      },
    },
    {
      id: "refused",
      title: "an entry whose RPUSH is refused stays pending, and is tried again when it was idle long enough",
      points: 2,
      after: "claims",
      limitMs: CHECK_MS,
      async run(context) {
        const { redis, random, trace, expect } = context;
        const shop = newShop(context);
        await redis.set("parcels", "not a list");
        const lines = await addOrders(context, shop, 3);
        const name = random.word();
        const worker = await startWorker(context, shop, LONG_IDLE_MS, name);
        await untilAllRefused(context, worker, shop);
        const message = "while Redis refuses every RPUSH, the entries should stay pending";
        await expectPending(context, shop, [`3 of ${name}`], message, await earlyCause(trace));
        await redis.del("parcels");
        await oneTurn(context, worker);
        const early = await parcels(context);
        expect.that(early.length === 0, "an entry was tried again before it was idle long enough", {
          expected: `no parcel, because none was idle for ${LONG_IDLE_MS} ms`,
          actual: early.join("\n"),
          cause: youngCause(await trace.commands()),
        });
        await setIdle(context, shop, name, lines, LONG_IDLE_MS + 5_000);
        await untilPacked(context, [worker], lines, {
          message: "entries that were refused at first have no parcel, although Redis now takes it",
          cause: NOT_CLAIMED,
        });
        await untilAcknowledged(context, [worker], shop, NOT_ACKNOWLEDGED);
      },
    },
    {
      id: "killed",
      title:
        "a killed worker that is started again finds the group as it was: nothing is lost, or done again",
      points: 2,
      after: "refused",
      limitMs: CHECK_MS,
      async run(context) {
        const { redis, random, trace, expect } = context;
        const shop = newShop(context);
        const [name = "", living = ""] = random.words(2);
        const done = await addOrders(context, shop, 3);
        const killed = await startWorker(context, shop, LONG_IDLE_MS, name);
        const because = { message: "entries of the stream have no parcel", cause: READ_NEW };
        await untilPacked(context, [killed], done, because);
        await untilAcknowledged(context, [killed], shop, NOT_ACKNOWLEDGED);
        await redis.rename("parcels", "parcels:before");
        await redis.set("parcels", "not a list");
        const left = await addAtOnce(context, shop, 4);
        const isPending = async () => (await pendingOf(context, shop)).join(", ");
        const isHeld = (found: string) => found === `4 of ${name}`;
        const message = "while Redis refuses RPUSH, the entries should be pending";
        const held = { expected: `4 of ${name}`, cause: REFUSED };
        await waitUntil(context, [killed], isPending, isHeld, message, held);
        await untilBlocked(context, [killed]);
        await kill(context, killed);
        await leaveOrders(context, shop, { consumer: living, count: 2, idleMs: 0 });
        await redis.rename("parcels:before", "parcels");
        await trace.clear();
        const worker = await startWorker(context, shop, LONG_IDLE_MS, name);
        await untilBlocked(context, [worker]);
        const cause = restartCause(await trace.commands());
        expect.value(await parcels(context), "the list parcels, after a start,").hasMembers(done, { cause });
        const stays = [`4 of ${name}`, `2 of ${living}`];
        await expectPending(context, shop, stays, "what was pending should still be, after a start", cause);
        await setIdle(context, shop, name, left, LONG_IDLE_MS + 5_000);
        await untilPacked(context, [worker], left, {
          message: `${left.length} entries that the killed worker held have no parcel`,
          cause: NOT_CLAIMED,
          meanwhile: () => endWaiting(context),
        });
        await untilAcknowledged(context, [worker], shop, NOT_ACKNOWLEDGED, living);
        expect.value(await parcels(context), "the list parcels").hasMembers([...done, ...left]);
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
        const [quiet, shop] = [newShop(context), newShop(context)];
        const [idle, busy] = (await Promise.all([
          startWorker(context, quiet, LONG_IDLE_MS, random.word()),
          startWorker(context, shop, LONG_IDLE_MS, random.word()),
        ])) as [RunningAnswer, RunningAnswer];
        await holdBlocked(context, [idle, busy]);
        const lines = await addAtOnce(context, shop, 3);
        const isAtWork = async () => (await pendingOf(context, shop)).length > 0 && proxy.roundTrips() > 0;
        await waitUntil(context, [busy], isAtWork, Boolean, "the worker does nothing with new entries", {
          cause: READ_NEW,
        });
        for (const worker of [idle, busy]) worker.signal("SIGTERM");
        proxy.delay(0);
        await endsWell(context, idle, "while it waited for entries");
        await endsWell(context, busy, "while it was at work");
        await expectPending(
          context,
          shop,
          [],
          "what it had taken should be acknowledged when it ends",
          FINISH,
        );
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
      name: "xread-for-new",
      fails: "handles",
      why: "Reads with XREAD and >, which only XREADGROUP knows.",
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
      name: "swapped",
      fails: "handles",
      why: "Item and count are swapped: the text is not the one that was agreed on.",
    },
    {
      name: "wrong-list",
      fails: "handles",
      why: "The list is called parcel, which nobody reads.",
    },
    {
      name: "fields-of-entry",
      fails: "handles",
      why: "Takes the fields from the entry, and they are in its message: undefined x undefined.",
    },
    {
      name: "no-mkstream",
      fails: "waits",
      why: "Without MKSTREAM, no group can be made before there is a stream.",
    },
    {
      name: "hides-errors",
      fails: "waits",
      why: "Catches every error, and forgets MKSTREAM: nobody sees that there is no group.",
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
      name: "blocks-for-ever",
      fails: "waits",
      why: "BLOCK 0: while nothing new comes, it never looks at what was left.",
    },
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
      name: "stops-at-empty-part",
      fails: "claims",
      why: "Follows the cursor, but only to the first part without messages.",
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
      name: "skips-own",
      fails: "refused",
      why: "Claims only from others: what failed in its own hands is never tried again.",
    },
    {
      name: "repeats-at-once",
      fails: "refused",
      why: "Sends a refused RPUSH again and again: nothing else is handled meanwhile.",
    },
    {
      name: "reads-own",
      fails: "refused",
      why: "Handles in each turn what it holds itself, however short: what failed is tried again at once.",
    },
    {
      name: "reads-own-at-start",
      fails: "killed",
      why: "Handles at its start what is pending under its name, however short.",
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
