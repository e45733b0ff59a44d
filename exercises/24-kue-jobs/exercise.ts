import type { Random, WorkerExercise } from "redis-learning-lab";
import {
  addWaitingJobs,
  changesTo,
  countStates,
  endings,
  jobsEnd,
  jobsIn,
  jobsSaved,
  type Message,
  messageOf,
  outboxHolds,
  parsed,
  START_LIMIT_MS,
} from "./jobs.ts";

/** A phone number of digits, sometimes with zeros in front, and a text that breaks careless quoting. */
function randomMessages(random: Random, count: number): Message[] {
  return random.list(count, () => ({
    phone: random.pick(["", "0", "00"]) + random.integer(1_000_000, 999_999_999),
    message: random.text(),
  }));
}

/** What is no phone number, in the ways that a careless test lets pass. */
function randomBadPhones(random: Random): string[] {
  const digits = () => String(random.integer(1_000, 9_999));
  return [`${digits()}${random.word()}`, `${digits()} ${digits()}`, ""];
}

export default {
  title: "Kue: jobs for later",
  objectives: ["O6 Kue as a queue system", "use: message queuing"],
  form: "worker",
  answer: "worker.ts",
  hints: [
    'One queue for both commands: kue.createQueue({ redis: process.env.REDIS_URL }). "create" saves jobs, "work" processes them; neither does the other\'s part.',
    'create: call queue.create("sms", message).save(callback) for each message. Only when every callback came, queue.shutdown(1000, () => {}) lets the program end.',
    'work: queue.process("sms", (job, done) => { … }) is called for each job; job.data is the message. Call done exactly once on every way through your function.',
    'A bad number: done(new Error("not a phone number: " + phone)) and return at once. /^\\d+$/.test(phone) is true for digits only.',
    "A good number: call rPush on a connected node-redis client of your own; once it has answered, done(null, { to: phone, length: message.length }).",
  ],
  checks: [
    {
      id: "create",
      title: "create saves one Kue job of the type sms for each message",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const messages = randomMessages(random, random.integer(3, 5));
        const program = await answer.start({ args: ["create", JSON.stringify(messages)] });
        const jobs = await jobsSaved({ redis, expect }, program, messages.length);
        const types = new Set(jobs.map((job) => job.type));
        expect.value([...types], "the type of the jobs").equals(["sms"], {
          cause: "A worker asks for the jobs of one type, so both sides have to use the same name: sms.",
        });
        expect.value(jobs.map(messageOf), "the data of the jobs").hasMembers(messages, {
          cause: 'The message object is the data: queue.create("sms", message).',
        });
      },
    },
    {
      id: "create-ends",
      title: "create ends by itself, with every job saved and waiting for a worker",
      after: "create",
      async run({ answer, redis, random, expect }) {
        const messages = randomMessages(random, 25);
        const program = await answer.start({ args: ["create", JSON.stringify(messages)] });
        const { code } = await program.ended(START_LIMIT_MS);
        expect.that(code === 0, "create should end with exit code 0", { expected: 0, actual: code });
        const states = countStates(await jobsIn(redis));
        expect.value(states, "the state of the jobs, after create has ended,").equals("25 inactive", {
          cause: "A job that waits is inactive. Only work calls queue.process; create waits for every save.",
        });
      },
    },
    {
      id: "process",
      title:
        "work takes the jobs that wait, adds each message to outbox, and completes the job with its result",
      points: 4,
      async run({ answer, redis, random, trace, expect }) {
        const messages = randomMessages(random, 6);
        await addWaitingJobs(redis, messages);
        const worker = await answer.start({ args: ["work"] });
        const jobs = await jobsEnd({ redis, expect }, worker);
        const complete = Object.fromEntries(messages.map(({ phone }) => [phone, "complete"]));
        expect.value(endings(messages, jobs), "how the job of each phone number ended").equals(complete, {
          cause: "What done gets first is the error, and null where there is none: done(null, result).",
        });
        await outboxHolds({ redis, expect }, messages);
        const results = jobs.map((job) => parsed(job.result));
        const expected = messages.map(({ phone, message }) => ({ to: phone, length: message.length }));
        expect.value(results, "what is stored as the results").equals(expected, {
          cause: "Call done once, with the error first and the result second: done(null, { to, length }).",
        });
        expect.value((await changesTo("complete", trace)).length, "how often jobs were completed").equals(6, {
          cause: "done was called more than once for a job.",
        });
      },
    },
    {
      id: "fails",
      title: "a job with a bad phone number fails with the reason, and the worker goes on",
      points: 2,
      after: "process",
      async run({ answer, redis, random, expect }) {
        const good = randomMessages(random, 4);
        const bad = randomBadPhones(random).map((phone) => ({ phone, message: random.text() }));
        // A good one comes last: the worker has to go on after a failed job.
        const messages = [...random.shuffle([...good.slice(1), ...bad]), ...good.slice(0, 1)];
        await addWaitingJobs(redis, messages);
        const worker = await answer.start({ args: ["work"] });
        const jobs = await jobsEnd({ redis, expect }, worker);
        const expected = messages.map(({ phone }) =>
          /^\d+$/.test(phone) ? [phone, "complete"] : [phone, `failed: not a phone number: ${phone}`],
        );
        expect
          .value(endings(messages, jobs), "how the job of each phone number ended")
          .equals(Object.fromEntries(expected), {
            cause:
              "A phone number has digits only, at least one. For any other: done(new Error(reason)), and return.",
          });
        await outboxHolds({ redis, expect }, good);
      },
    },
    {
      id: "once",
      title: "two workers share the jobs: each job is done by one of them, once",
      points: 2,
      after: "process",
      limitMs: 10_000,
      async run({ answer, redis, random, trace, expect }) {
        const workers = [await answer.start({ args: ["work"] }), await answer.start({ args: ["work"] })];
        await expect.eventually(
          async () => Number(/blocked_clients:(\d+)/.exec(await redis.info("clients"))?.[1]),
          (waiting) => waiting >= 2,
          "with nothing to do, both workers should wait in Redis for the next job",
          {
            withinMs: START_LIMIT_MS,
            expected: "2 connections that wait (BLPOP)",
            cause:
              "Only queue.process hands each job to one worker. A list of the waiting jobs, or an event, reaches both.",
          },
        );
        const messages = randomMessages(random, 40);
        await addWaitingJobs(redis, messages);
        const jobs = await jobsEnd({ redis, expect }, ...workers);
        expect.value(countStates(jobs), "the state of the jobs").equals("40 complete");
        await outboxHolds({ redis, expect }, messages);
        expect.value((await changesTo("complete", trace)).length, "how often jobs were completed").equals(40);
        const takers = new Set((await changesTo("active", trace)).map(({ connection }) => connection));
        expect.value(takers.size, "how many workers took jobs").equals(2);
      },
    },
  ],
  wrong: [
    {
      name: "all-as-one",
      fails: "create",
      why: "One job holds the whole list: it succeeds or fails as one, and only one worker can do it.",
    },
    {
      name: "wrong-type",
      fails: "create",
      why: "Jobs of another type than the one that was agreed on: no worker of the type sms takes them.",
    },
    {
      name: "shut-down-before-saved",
      fails: "create",
      why: "Shuts the queue down while the saves are still on their way.",
    },
    {
      name: "exits-at-once",
      fails: "create",
      why: "Calls process.exit before a single job has reached Redis.",
    },
    {
      name: "data-as-text",
      fails: "create",
      why: "The data is one text instead of the fields phone and message.",
    },
    {
      name: "never-ends",
      fails: "create-ends",
      why: "The queue is never shut down: its connections keep the program alive.",
    },
    {
      name: "works-while-creating",
      fails: "create-ends",
      why: "The creating program processes its jobs itself, and gives them half a second.",
    },
    {
      name: "done-never-called",
      fails: "process",
      why: "done is never called: the first job stays active, and the others wait for ever.",
    },
    {
      name: "done-called-twice",
      fails: "process",
      why: "done is called at once and again after sending: the worker takes two jobs and loses one.",
    },
    { name: "sends-nothing", fails: "process", why: "Prints the message instead of adding it to outbox." },
    {
      name: "only-new-jobs",
      fails: "process",
      why: "Listens to the event of a new job: those that waited before it started are never done.",
    },
    {
      name: "result-as-error",
      fails: "process",
      why: "Gives the result to done as the error, so that every job fails.",
    },
    { name: "no-result", fails: "process", why: "Completes the job without a result." },
    { name: "throws", fails: "fails", why: "Throws in the processor: the whole worker dies." },
    {
      name: "bad-number-completed",
      fails: "fails",
      why: "Prints the reason and completes the job: nobody can see that it failed.",
    },
    {
      name: "no-return",
      fails: "fails",
      why: "Goes on after done(error): sends to the bad number, and calls done again.",
    },
    { name: "number-of-anything", fails: "fails", why: "Tests with Number(), for which an empty text is 0." },
    {
      name: "own-reason",
      fails: "fails",
      why: "Fails the job with another reason than the one that was agreed on.",
    },
    {
      name: "list-of-waiting-jobs",
      fails: "once",
      why: "Reads the list of waiting jobs and does them all: two workers read the same list.",
    },
  ],
} satisfies WorkerExercise;
