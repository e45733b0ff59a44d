import type { AppExercise } from "redis-learning-lab";
import {
  ALREADY_DECIDED,
  AS_IN_REDIS,
  ASK_REDIS,
  CLOSED,
  causeOfAnswer,
  causeOfBadRequest,
  causeOfJob,
  causeOfSeats,
  GIVES_UP,
  JOB_LATER,
  KNOWN_FIRST,
  MADE_LATER,
  NOT_A_FAILURE,
  NOT_AT_START,
  NOT_WAITING_AGAIN,
  NOTHING_SAVED,
  ONE_SPACE,
  ONE_STEP,
  PROCESSORS,
  REASON,
  REPEATED_JOB,
  SEATS_LOST,
  TWICE,
  WISH_FIRST,
} from "./causes.ts";
import {
  AWAY_LIMIT_MS,
  addJob,
  addWish,
  comeInBetween,
  counted,
  decided,
  expectAway,
  get,
  getSeats,
  holdCommands,
  jobsEnd,
  jobsIn,
  killInTheMiddle,
  LONG_MS,
  letJobsEnd,
  letThroughUntil,
  NO_NAME,
  NOT_FOUND,
  parsed,
  put,
  putUntilAnswered,
  randomWish,
  randomWishes,
  refuse,
  refuseWishes,
  SOLD_OUT,
  seatsAre,
  sellLastSeat,
  stopSaving,
  touches,
  waitingInstances,
} from "./wishes.ts";

export default {
  title: "Express, Redis and Kue: seats on request",
  objectives: [
    "O8 a basic Express app with a Redis server and a queue",
    "O6 Kue as a queue system",
    "use: message queuing",
  ],
  form: "app",
  answer: "app.ts",
  proxied: true,
  hints: [
    "Begin with the clients and PUT: save the hash wish:<id>, then a Kue job of the type seat whose data is { wish: id }; answer 202 when save has called back.",
    'queue.process("seat", (job, done) => …) stands outside of the routes. Every way through it calls done once: with the result, or with the error.',
    "Looking, counting and writing are one step: a Lua script with the keys wish:<id> and seats. It looks at status first, and leaves a wish alone that does not wait.",
    "In PUT: a bad name → 400; a wish that is known and decided → 200; one that is new while seats is not above 0 → 409; otherwise HSETNX name and status in one multi, save a job, 202.",
    "Without Redis: disableOfflineQueue, an error listener for both clients, a deadline for save, and an error handler after all routes which answers 503, or 400 where error.status is 400.",
  ],
  checks: [
    {
      id: "accept",
      title: "PUT /wishes/:id answers 202 with its Location, and saves the wish and a job",
      points: 2,
      limitMs: 30_000,
      async run(context) {
        const { answer, redis, random, expect } = context;
        const apps = await answer.twoInstances();
        const [app] = apps;
        const wish = randomWish(random);
        await redis.set("seats", random.integer(5, 50));
        const response = await put(app, wish);
        expect
          .response(response)
          .status(202, { cause: (status) => causeOfAnswer(status, app) })
          .json({ ...wish, status: "waiting" });
        expect.value(response.headers.location, "the header Location").equals(`/wishes/${wish.id}`, {
          cause: "A header is set before the body is sent: response.status(202).location(…).json(…).",
        });
        expect
          .value(await redis.hGet(`wish:${wish.id}`, "name"), `the field name of the hash wish:${wish.id}`)
          .equals(wish.name, { cause: ASK_REDIS });
        const job = await expect.eventually(
          async () => (await jobsIn(redis))[0] ?? {},
          ({ data }) => data !== undefined,
          "a Kue job should be saved",
          {
            expected: "the hash q:job:1",
            cause: 'queue.create("seat", { wish: id }).save(callback) saves a job.',
          },
        );
        const { type, removeOnComplete = "false" } = job;
        expect
          .value({ type, data: parsed(job.data), removeOnComplete }, "the job")
          .equals(
            { type: "seat", data: { wish: wish.id }, removeOnComplete: "false" },
            { cause: causeOfJob },
          );
        await letJobsEnd(context, apps);
      },
    },
    {
      id: "decide",
      title: "the job takes a seat for the wish, and every instance can tell",
      points: 2,
      limitMs: 30_000,
      after: "accept",
      async run(context) {
        const { redis, random, expect } = context;
        const sale = await waitingInstances(context);
        const { apps } = sale;
        const seats = random.integer(5, 50);
        const wish = randomWish(random);
        await redis.set("seats", seats);
        expect.response(await put(apps[0], wish)).status(202);
        expect.value(await decided(sale, [wish]), "what became of the wish").equals(["reserved"]);
        await seatsAre(context, seats - 1);
        for (const app of apps) {
          expect
            .response(await get(app, wish))
            .status(200)
            .json({ ...wish, status: "reserved" }, { cause: ASK_REDIS });
          expect
            .response(await app.request("GET", "/seats"))
            .status(200)
            .json({ left: seats - 1 }, { cause: causeOfSeats });
        }
        const [job] = await jobsEnd(sale);
        expect.value(parsed(job?.result), "the result of the job").equals(
          { wish: wish.id, status: "reserved" },
          {
            cause:
              "What done gets second is the result, and first the error or null: done(null, { wish, status }).",
          },
        );
      },
    },
    {
      id: "bad-requests",
      title: "a wish without a name is answered 400, one that nobody knows 404, and a space is a name",
      limitMs: 30_000,
      after: "decide",
      async run(context) {
        const { redis, random, expect } = context;
        const { apps } = await waitingInstances(context);
        const [app] = apps;
        const { id } = randomWish(random);
        await redis.set("seats", random.integer(5, 50));
        expect
          .response(await get(app, { id }))
          .status(404, { cause: "hGetAll gives an object without fields where there is no key." })
          .json(NOT_FOUND);
        for (const body of [undefined, {}, { name: "" }, { name: random.integer(1, 9) }, random.word()]) {
          const response = await app.request("PUT", `/wishes/${id}`, body === undefined ? {} : { body });
          expect
            .response(response)
            .status(400, { cause: (status) => causeOfBadRequest(status, body) })
            .json(NO_NAME);
        }
        await expect.key(`wish:${id}`).isMissing({ cause: NOTHING_SAVED });
        expect
          .value((await jobsIn(redis)).length, "how many jobs were saved")
          .equals(0, { cause: NOTHING_SAVED });
        const space = { id, name: " " };
        expect
          .response(await put(app, space))
          .status(202, { cause: ONE_SPACE })
          .json({ ...space, status: "waiting" }, { cause: ONE_SPACE });
        await letJobsEnd(context, apps);
      },
    },
    {
      id: "closed",
      title:
        "without seats a new wish is answered 409, one that waits is refused, and new seats open the sale again",
      points: 2,
      limitMs: 30_000,
      after: "decide",
      async run(context) {
        const { redis, random, expect } = context;
        const sale = await waitingInstances(context);
        const [one, two] = sale.apps;
        const [late, waiting, next] = randomWishes(random, 3);
        for (const seats of ["", "0"]) {
          if (seats) await redis.set("seats", seats);
          expect
            .response(await put(one, late))
            .status(409, { cause: CLOSED })
            .json(SOLD_OUT);
        }
        await expect.key(`wish:${late.id}`).isMissing({ cause: NOTHING_SAVED });
        expect
          .value((await jobsIn(redis)).length, "how many jobs were saved")
          .equals(0, { cause: NOTHING_SAVED });
        await addWish(redis, waiting, "waiting");
        await addJob(redis, waiting);
        expect.value(await decided(sale, [waiting]), "what became of a wish that waited").equals(["refused"]);
        expect
          .response(await put(two, waiting))
          .status(200, { cause: (status) => (status === 202 ? ALREADY_DECIDED : KNOWN_FIRST) })
          .json({ ...waiting, status: "refused" }, { cause: AS_IN_REDIS });
        const states = (await jobsEnd(sale)).map(({ state = "gone" }) => state);
        expect.value(counted(states), "the state of the jobs").equals("1 complete", { cause: NOT_A_FAILURE });
        const more = random.integer(2, 9);
        await redis.incrBy("seats", more);
        for (const [app, wish] of [[one, late] as const, [two, next] as const]) {
          expect.response(await put(app, wish)).status(202, { cause: CLOSED });
          expect.value(await decided(sale, [wish]), "what became of the wish").equals(["reserved"]);
        }
        await seatsAre(context, more - 2);
      },
    },
    {
      id: "desk",
      title:
        "a job takes no seat that the ticket desk sold, and decides no wish that the desk decided, at that moment",
      points: 3,
      limitMs: 30_000,
      after: "decide",
      async run(context) {
        const { redis, random, expect } = context;
        const sale = await waitingInstances(context);
        const [first, second] = randomWishes(random, 2);
        await redis.set("seats", 1);
        const sold = await comeInBetween(sale, first, "seats", sellLastSeat);
        const became = [sold.came ? "refused" : "reserved"];
        expect.value(await decided(sale, [first]), "what became of the wish").equals(became, sold);
        await seatsAre(context, 0, sold.cause);

        await redis.set("seats", 5);
        const refused = await comeInBetween(sale, second, `wish:${second.id}`, refuse);
        const outcome = [refused.came ? "refused" : "reserved"];
        expect.value(await decided(sale, [second]), "what became of the wish").equals(outcome, refused);
        await seatsAre(context, refused.came ? 5 : 4, refused.cause);
      },
    },
    {
      id: "repeat",
      title:
        "a wish that is repeated, at once and later, at both instances, gets one seat and keeps its outcome",
      points: 2,
      limitMs: 30_000,
      after: "decide",
      async run(context) {
        const { redis, random, proxy, expect } = context;
        const sale = await waitingInstances(context);
        const [one, two] = sale.apps;
        const [wish, other] = randomWishes(random, 2);
        const seats = random.integer(20, 50);
        await redis.set("seats", seats);
        await Promise.all([one, two, one, two].map((app) => put(app, wish)));
        await addJob(redis, wish);
        await jobsEnd(sale);
        expect.value(await decided(sale, [wish]), "what became of the wish").equals(["reserved"]);
        await seatsAre(context, seats - 1, TWICE);
        for (const app of [one, two]) {
          expect
            .response(await put(app, wish))
            .status(200, {
              cause: ALREADY_DECIDED,
            })
            .json({ ...wish, status: "reserved" }, { cause: AS_IN_REDIS });
        }
        await holdCommands(context);
        const asked = put(one, other, LONG_MS);
        await letThroughUntil(context, touches(`wish:${other.id}`), "the app should look for the wish");
        await addWish(redis, other, "refused");
        proxy.delay(0);
        await asked;
        await jobsEnd(sale);
        expect
          .value(
            await redis.hGet(`wish:${other.id}`, "status"),
            "the status of a wish that the desk decided meanwhile",
          )
          .equals("refused", { cause: NOT_WAITING_AGAIN });
        await seatsAre(context, seats - 1, NOT_WAITING_AGAIN);
      },
    },
    {
      id: "two-instances",
      title: "20 buyers at once, at two instances of the app, get exactly the seats that are there",
      points: 3,
      limitMs: 30_000,
      after: "decide",
      async run(context) {
        const { redis, random, proxy, expect } = context;
        const sale = await waitingInstances(context);
        const { apps } = sale;
        const seats = random.integer(4, 8);
        await redis.set("seats", seats);
        const wishes = randomWishes(random, 20);
        // Commands arrive late until the first buyer has an answer: by then whoever looks first has seen the same.
        proxy.delay(20);
        const asked = wishes.map((wish, index) => putUntilAnswered(apps[index % 2] ?? apps[0], wish));
        await Promise.race(asked);
        proxy.delay(0);
        const responses = await Promise.all(asked);
        for (const response of responses.filter(({ status }) => status !== 202)) {
          expect.response(response).status(409).json(SOLD_OUT);
        }
        const accepted = wishes.filter((_, index) => responses[index]?.status === 202);
        const outcomes = await decided(sale, accepted);
        const reserved = outcomes.filter((outcome) => outcome === "reserved").length;
        expect
          .value(reserved, `20 buyers, ${seats} seats: how many have one`)
          .equals(seats, { cause: ONE_STEP });
        await seatsAre(context, 0, ONE_STEP);
        const jobs = await jobsEnd(sale);
        const processors = new Set(jobs.map(({ workerId = "" }) => workerId.split(":").at(-1)));
        expect
          .value(processors.size, "the number of processors in each instance")
          .equals(1, { cause: PROCESSORS });
      },
    },
    {
      id: "failures",
      title: "a job that cannot be decided fails with the reason, and the processor goes on",
      limitMs: 30_000,
      after: "decide",
      async run(context) {
        const { redis, random, expect } = context;
        const sale = await waitingInstances(context);
        const [unknown, broken, ...good] = randomWishes(random, 5);
        await redis.set("seats", 5);
        await redis.rPush(`wish:${broken.id}`, "not a hash");
        for (const wish of good) await addWish(redis, wish, "waiting");
        // Two of each: with two instances, one of them alone would leave the other at work.
        for (const wish of [unknown, unknown, broken, broken, ...good]) await addJob(redis, wish);
        const jobs = await jobsEnd(sale);
        const ends = jobs.map(({ state, error = "" }) => `${state} ${error.split("\n", 1)[0]}`.trim());
        const reason = `no such wish: ${unknown.id}`;
        expect
          .value(ends[0]?.replace(/ \w*Error: /, " "), "the end of a job without a wish")
          .equals(`failed ${reason}`, { cause: REASON });
        expect.that(
          /^failed ./.test(ends[2] ?? ""),
          "a job that got an error from Redis should fail with it",
          {
            expected: "failed, and a reason",
            actual: ends[2],
            cause: "What failed is reported: done(error).",
          },
        );
        expect
          .value(await decided(sale, good), "what became of the others")
          .equals(good.map(() => "reserved"));
        await expect
          .key(`wish:${unknown.id}`)
          .isMissing({ cause: "HSET makes the key where there is none." });
        await seatsAre(context, 5 - good.length);
      },
    },
    {
      id: "restart",
      title: "killed in the middle of a decision and started again, the app has lost no seat and no wish",
      points: 2,
      limitMs: 30_000,
      after: "decide",
      async run(context) {
        const { answer, redis, random, expect } = context;
        const { apps } = await waitingInstances(context);
        const [half, next, jobless] = randomWishes(random, 3);
        const seats = random.integer(20, 50);
        await redis.set("seats", seats);
        for (const wish of [half, next, jobless]) await addWish(redis, wish, "waiting");
        await killInTheMiddle(context, apps, half);
        await addJob(redis, next);
        const app = await answer.instance();
        await decided(context, [next]);
        for (const wish of [half, jobless]) await put(app, wish);
        await decided(context, [half, jobless], (found) =>
          found.includes("waiting") ? REPEATED_JOB : undefined,
        );
        await jobsEnd(context, half);
        await seatsAre(context, seats - 3, (left) => (Number(left) > seats - 3 ? NOT_AT_START : SEATS_LOST));
        expect
          .response(await get(app, half))
          .status(200)
          .json({ ...half, status: "reserved" });
      },
    },
    {
      id: "outage",
      title: "while Redis cannot be reached, every request is answered 503 within 3 seconds",
      points: 2,
      limitMs: 30_000,
      after: "decide",
      async run(context) {
        const { redis, random, proxy, expect } = context;
        const sale = await waitingInstances(context, 1);
        const [app] = sale.apps;
        const [half, away] = randomWishes(random, 2);
        await redis.set("seats", 5);
        await holdCommands(context);
        const interrupted = put(app, half, AWAY_LIMIT_MS);
        await stopSaving(context);
        proxy.cut();
        proxy.delay(0);
        expectAway(expect, await interrupted);
        const others = [put(app, away, AWAY_LIMIT_MS), get(app, away, AWAY_LIMIT_MS), getSeats(app)];
        for (const response of await Promise.all(others)) expectAway(expect, response);
      },
    },
    {
      id: "recovery",
      title: "once Redis is back, so is the sale; a wish that was answered 503 is not made, nor a job for it",
      points: 2,
      after: "outage",
      limitMs: 30_000,
      async run(context) {
        const { redis, random, proxy, expect } = context;
        const sale = await waitingInstances(context, 1);
        const [app] = sale.apps;
        const [away, next, first] = randomWishes(random, 3);
        const seats = random.integer(5, 50);
        await redis.set("seats", seats);
        proxy.cut();
        // Whatever it asks after this was answered, it asks without a connection.
        expectAway(expect, await getSeats(app));
        expectAway(expect, await put(app, away, AWAY_LIMIT_MS));
        await proxy.heal();
        await expect.eventually(
          async () => (await put(app, next)).status,
          (status) => status === 200,
          "PUT /wishes/:id, repeated, should answer 200 once Redis is back and the wish decided",
          { withinMs: 5_000, expected: 200, cause: GIVES_UP },
        );
        expect
          .response(await get(app, away))
          .status(404, { cause: MADE_LATER })
          .json(NOT_FOUND);
        const jobsOf = async ({ id }: { readonly id: string }) =>
          (await jobsIn(redis)).filter(({ data }) => parsed(data)?.wish === id).length;
        expect
          .value(await jobsOf(away), "how many jobs were saved for the wish that was answered 503")
          .equals(0, {
            cause: JOB_LATER,
          });
        await seatsAre(context, seats - 1);
        await refuseWishes(redis, true);
        expectAway(expect, await put(app, first));
        await refuseWishes(redis, false);
        // A job of before is saved by then, too: Kue has one connection for all that it saves.
        expect.response(await put(app, away)).status(202);
        expect
          .value(await jobsOf(first), "how many jobs were saved for a wish that Redis refused")
          .equals(0, { cause: WISH_FIRST });
      },
    },
  ],
  wrong: [
    { name: "status-201", fails: "accept", why: "Answers 201, as if a seat were made." },
    { name: "no-location", fails: "accept", why: "Does not say where the outcome can be asked." },
    { name: "whole-wish-as-data", fails: "accept", why: "Puts an object where the id belongs." },
    { name: "wrong-type", fails: "accept", why: "Creates and processes jobs of the type seats." },
    { name: "removed-on-complete", fails: "accept", why: "Has a job removed as soon as it is complete." },
    { name: "wishes-in-memory", fails: "accept", why: "Keeps the names in a Map." },
    { name: "no-job", fails: "accept", why: "Decides in the request, without the queue." },
    {
      name: "processor-in-the-route",
      fails: "decide",
      why: "A new processor at each request, none at the start.",
    },
    { name: "count-in-memory", fails: "decide", why: "Reads the seats once, and counts in a variable." },
    { name: "done-never-called", fails: "decide", why: "Decides, but never calls done." },
    { name: "outcome-in-memory", fails: "decide", why: "Remembers outcomes in a Map of one instance." },
    { name: "never-decides", fails: "decide", why: "The job is complete, but nothing was decided." },
    { name: "no-result", fails: "decide", why: "Completes the job without a result." },
    { name: "result-as-error", fails: "decide", why: "Gives the result to done as the error." },
    { name: "left-as-text", fails: "decide", why: "Gives the seats as the text that GET answers." },
    { name: "empty-for-unknown", fails: "bad-requests", why: "Takes the object without fields for a wish." },
    { name: "no-validation", fails: "bad-requests", why: "Saves whatever came as the name." },
    { name: "body-unchecked", fails: "bad-requests", why: "Looks into a body that is not there." },
    { name: "all-errors-503", fails: "bad-requests", why: "Answers 503 also for a body that is no JSON." },
    { name: "trims", fails: "bad-requests", why: "Takes a space for no name." },
    { name: "no-return", fails: "bad-requests", why: "No return after the 400: the wish is saved." },
    { name: "never-closed", fails: "closed", why: "Takes every wish, however few seats are left." },
    { name: "nan-is-open", fails: "closed", why: "parseInt of nothing is NaN, which is not below 1." },
    {
      name: "closed-in-a-variable",
      fails: "closed",
      why: "Closes in a variable, for ever, in one instance.",
    },
    { name: "closed-for-ever", fails: "closed", why: "Writes down that it is closed; nobody opens it." },
    { name: "closed-to-known-wishes", fails: "closed", why: "Who has an outcome cannot ask again." },
    { name: "failures-never-reported", fails: "closed", why: "The job fails, and its wish waits for ever." },
    { name: "refused-is-failed", fails: "closed", why: "Lets the job fail where the wish is refused." },
    { name: "body-always-waiting", fails: "closed", why: "Answers 200, and says that the wish waits." },
    { name: "always-202", fails: "closed", why: "Answers 202 also when the wish is decided." },
    { name: "look-then-take", fails: "desk", why: "Looks at the seats first and takes one later." },
    { name: "get-then-set", fails: "desk", why: "Reads the seats, takes one, writes them back." },
    { name: "lock", fails: "desk", why: "Takes a lock of which the desk knows nothing." },
    { name: "job-long-before-the-wish", fails: "decide", why: "Its job has ended before its wish is saved." },
    { name: "watch-without-retry", fails: "desk", why: "Lets the job fail when it lost the race." },
    { name: "status-looked-at-first", fails: "desk", why: "Looks at the wish before the script, not in it." },
    { name: "counts-then-writes", fails: "desk", why: "Counts the seat and writes the status in two steps." },
    { name: "takes-for-each-job", fails: "repeat", why: "Takes a seat for each job of a wish." },
    { name: "waiting-again", fails: "repeat", why: "HSET writes waiting over what was decided." },
    {
      name: "another-processor-at-each-call",
      fails: "two-instances",
      why: "One more processor at each request.",
    },
    { name: "five-at-once", fails: "two-instances", why: "Processes five jobs at once." },
    { name: "swallows-errors", fails: "failures", why: "Completes the job whatever went wrong." },
    { name: "not-done-after-an-error", fails: "failures", why: "Prints the error, but never calls done." },
    { name: "nobody-catches", fails: "failures", why: "Nobody catches the error of Redis: the app ends." },
    {
      name: "unknown-is-refused",
      fails: "failures",
      why: "Refuses a wish that nobody made, and makes its key.",
    },
    { name: "own-reason", fails: "failures", why: "Fails with another reason than was agreed on." },
    { name: "seats-set-at-start", fails: "restart", why: "Sets the seats each time that it starts." },
    { name: "half-decided", fails: "restart", why: "Killed in between, it leaves a wish half decided." },
    { name: "one-job-for-ever", fails: "restart", why: "A wish that waits gets no second job." },
    { name: "no-deadline", fails: "outage", why: "Waits for save as long as Redis is away." },
    { name: "save-not-awaited", fails: "outage", why: "Answers 202 before the job is saved." },
    { name: "status-500", fails: "outage", why: "Answers 500, as for a mistake in the program." },
    { name: "no-retry-after", fails: "outage", why: "Does not say when to try again." },
    { name: "waits-for-redis", fails: "outage", why: "Commands wait in the queue of node-redis." },
    { name: "no-kue-error-listener", fails: "outage", why: "Kue's lost connection ends the process." },
    { name: "no-error-listener", fails: "outage", why: "The client's lost connection ends the process." },
    { name: "gives-up", fails: "recovery", why: "Never connects again." },
    { name: "made-after-503", fails: "recovery", why: "Answers 503 by a timer; the wish is made later." },
    { name: "job-beside-the-wish", fails: "recovery", why: "Saves wish and job at the same time." },
    { name: "errors-ignored", fails: "recovery", why: "Takes an error for nothing found, and asks Kue." },
  ],
} satisfies AppExercise;
