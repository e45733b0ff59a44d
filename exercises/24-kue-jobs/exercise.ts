import type { Random, WorkerExercise } from "redis-learning-lab";
import {
  addWaitingJobs,
  changesTo,
  commandsIntoOutbox,
  completedTooEarly,
  countStates,
  endingCause,
  endings,
  jobsEnd,
  jobsIn,
  jobsSaved,
  KEEP_JOBS,
  type Message,
  outboxHolds,
  parsed,
  reasonFor,
  START_LIMIT_MS,
  waitsForJobs,
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
  const word = random.word();
  const letters = [`${word}${digits()}`, `${digits()}${word}${digits()}`, `${digits()}${word}`];
  const spaces = [` ${digits()}`, `${digits()} `, `${digits()} ${digits()}`, `${digits()}\n${word}`];
  const numbers = [`+49${digits()}`, `-${digits()}`, `${digits()}.5`, "1e5", "0x1F", "٣٤٥", ""];
  return random.shuffle([...letters, ...spaces, ...numbers]);
}

const WAIT_FOR_REPLY =
  "Call done when Redis has replied to RPUSH: client.rPush(…).then(() => done(null, result), (error) => done(error)).";

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
      limitMs: 15_000,
      async run({ answer, redis, random, expect }) {
        const bad = { phone: random.word(), message: `  ${random.text()} ` };
        const messages = random.shuffle([...randomMessages(random, random.integer(3, 5)), bad]);
        const program = await answer.start({ args: ["create", JSON.stringify(messages)] });
        const jobs = await jobsSaved({ redis, expect }, program, messages.length);
        const types = new Set(jobs.map((job) => job.type));
        expect.value([...types], "the type of the jobs").equals(["sms"], {
          cause: "A worker asks for the jobs of one type, so both sides have to use the same name: sms.",
        });
        expect
          .value(
            jobs.map((job) => parsed(job.data)),
            "the data of the jobs",
          )
          .hasMembers(messages, {
            cause: 'The message object is the data, as it came: queue.create("sms", message).',
          });
        const removed = jobs.filter((job) => job.removeOnComplete === "true").length;
        expect.value(removed, "how many jobs will be removed when they are complete").equals(0, {
          cause: KEEP_JOBS,
        });
      },
    },
    {
      id: "create-ends",
      title: "create ends by itself, with every job saved and waiting for a worker",
      after: "create",
      limitMs: 15_000,
      async run({ answer, redis, random, expect }) {
        const messages = randomMessages(random, 25);
        const program = await answer.start({ args: ["create", JSON.stringify(messages)] });
        const { code } = await program.ended(START_LIMIT_MS);
        expect.that(code === 0, "create should end with exit code 0", { expected: 0, actual: code });
        const states = countStates(await jobsIn(redis));
        expect.value(states, "the state of the jobs, after create has ended,").equals("25 inactive", {
          cause: "A job that waits is inactive. Only work calls queue.process; create waits for every save.",
        });
        const empty = await answer.start({ args: ["create", "[]"] });
        await expect.eventually(
          () => empty.isRunning,
          (isRunning) => !isRunning,
          "create [] should end by itself too",
          {
            withinMs: START_LIMIT_MS,
            cause: "Without messages no save calls back: let the program end also where there is none.",
          },
        );
      },
    },
    {
      id: "process",
      title:
        "work takes the jobs that wait, adds each message to outbox, and completes the job with its result",
      points: 4,
      limitMs: 15_000,
      async run({ answer, redis, random, trace, expect }) {
        const messages = randomMessages(random, 6);
        const earlier = `${random.integer(1_000, 9_999)}: ${random.text()}`;
        await redis.rPush("outbox", earlier);
        await addWaitingJobs(redis, messages);
        const worker = await answer.start({ args: ["work"] });
        const jobs = await jobsEnd({ redis, expect }, worker);
        const complete = Object.fromEntries(messages.map(({ phone }) => [phone, "complete"]));
        expect.value(endings(messages, jobs), "how the job of each phone number ended").equals(complete, {
          cause: (found) =>
            endingCause(
              found,
              "What done gets first is the error, and null where there is none: done(null, result).",
            ),
        });
        await outboxHolds({ redis, expect }, messages, [earlier]);
        const results = jobs.map((job) => parsed(job.result));
        const expected = messages.map(({ phone, message }) => ({ to: phone, length: message.length }));
        expect.value(results, "what is stored as the results").equals(expected, {
          cause: (found) =>
            /"to":\d/.test(JSON.stringify(found))
              ? "to must be the text, with its zeros, as it is in job.data.phone."
              : "Call done once, with the error first and the result second: done(null, { to, length }).",
        });
        expect.value((await changesTo("complete", trace)).length, "how often jobs were completed").equals(6, {
          cause: "done was called more than once for a job.",
        });
        await waitsForJobs({ expect }, worker);
        const late = randomMessages(random, 1);
        await addWaitingJobs(redis, late);
        await jobsEnd({ redis, expect }, worker);
        await outboxHolds({ redis, expect }, [...messages, ...late], [earlier]);
      },
    },
    {
      id: "sent",
      title:
        "a job is complete once its message is in outbox, by RPUSH; where RPUSH fails, the job fails too",
      points: 2,
      after: "process",
      limitMs: 15_000,
      async run({ answer, redis, random, trace, expect }) {
        const messages = randomMessages(random, 5);
        await addWaitingJobs(redis, messages);
        const worker = await answer.start({ args: ["work"] });
        await jobsEnd({ redis, expect }, worker);
        await outboxHolds({ redis, expect }, messages);
        expect.value(await commandsIntoOutbox(trace), "what puts messages into outbox").equals(["RPUSH"], {
          cause: "RPUSH adds at the end of the list: client.rPush.",
        });
        const early = await completedTooEarly(messages, trace);
        expect.that(early.length === 0, "jobs were complete before their message was in outbox", {
          expected: "first the RPUSH, then the job is complete",
          actual: early,
          cause: WAIT_FOR_REPLY,
        });
        await redis.set("outbox", "not a list");
        await addWaitingJobs(redis, randomMessages(random, 1));
        const jobs = await jobsEnd({ redis, expect }, worker);
        expect.value(jobs.at(-1)?.state, "the state of a job whose RPUSH was refused").equals("failed", {
          cause: WAIT_FOR_REPLY,
        });
        expect.value(countStates(jobs), "the state of the jobs").equals("5 complete, 1 failed", {
          cause: KEEP_JOBS,
        });
      },
    },
    {
      id: "fails",
      title: "a job with a bad phone number fails with the reason, and the worker goes on",
      points: 2,
      after: "process",
      limitMs: 15_000,
      async run({ answer, redis, random, expect }) {
        const short = ["0", String(random.integer(1, 9)), `00${random.integer(1, 9)}`];
        const good = [
          ...short.map((phone) => ({ phone, message: random.text() })),
          ...randomMessages(random, 1),
        ];
        const bad = randomBadPhones(random).map((phone) => ({ phone, message: random.text() }));
        // A good one comes last: the worker has to go on after a failed job.
        const messages = [...random.shuffle([...good.slice(1), ...bad]), ...good.slice(0, 1)];
        await addWaitingJobs(redis, messages);
        const worker = await answer.start({ args: ["work"] });
        const jobs = await jobsEnd({ redis, expect }, worker);
        const expected = messages.map(({ phone }) =>
          /^\d+$/.test(phone) ? [phone, "complete"] : [phone, `failed: ${reasonFor(phone)}`],
        );
        expect
          .value(endings(messages, jobs), "how the job of each phone number ended")
          .equals(Object.fromEntries(expected), {
            cause: (found) =>
              endingCause(
                found,
                "A phone number has digits only, at least one. For any other: done(new Error(reason)), and return.",
              ),
          });
        await outboxHolds({ redis, expect }, good);
      },
    },
    {
      id: "once",
      title: "two workers share the jobs: each job is done by one of them, once",
      points: 2,
      after: "process",
      limitMs: 15_000,
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
      name: "skips-bad-numbers",
      fails: "create",
      why: "create judges the numbers: no job tells of the bad one.",
    },
    { name: "title-in-data", fails: "create", why: "Adds a title to the data that was agreed on." },
    { name: "trims-message", fails: "create", why: "Cuts off the spaces around the message." },
    {
      name: "removed-on-complete",
      fails: "create",
      why: "Tells Kue to remove each job as soon as it is complete: nobody can see what became of it.",
    },
    {
      name: "never-ends",
      fails: "create-ends",
      why: "The queue is never shut down: its connections keep the program alive.",
    },
    {
      name: "counts-callbacks",
      fails: "create-ends",
      why: "Shuts down in the callback of the last save, which never comes when there are no messages.",
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
    {
      name: "clears-outbox",
      fails: "process",
      why: "Deletes outbox at the start, with what others put there.",
    },
    {
      name: "goes-home",
      fails: "process",
      why: "Ends when there was nothing to do for 0.4 seconds.",
    },
    { name: "no-result", fails: "process", why: "Completes the job without a result." },
    {
      name: "to-as-number",
      fails: "process",
      why: "The phone number in the result is a number, without its zeros.",
    },
    {
      name: "worker-removes-jobs",
      fails: "process",
      why: "The worker has each job removed as soon as it is complete, with its result.",
    },
    {
      name: "lowercase-command",
      fails: "process",
      why: "Calls client.rpush, which node-redis does not have.",
    },
    {
      name: "not-connected",
      fails: "process",
      why: "Never connects its own client: every command is refused.",
    },
    {
      name: "done-before-sending",
      fails: "sent",
      why: "Completes the job, and sends the message 300 ms later.",
    },
    {
      name: "reply-not-awaited",
      fails: "sent",
      why: "Does not wait for the reply of RPUSH: a job is complete whose message was refused.",
    },
    {
      name: "refusal-not-caught",
      fails: "sent",
      why: "Awaits RPUSH without a catch: when it is refused, the whole worker ends.",
    },
    {
      name: "lpush",
      fails: "sent",
      why: "Adds to the list with another command than the one that was agreed on.",
    },
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
    { name: "each-line", fails: "fails", why: "With the flag m, one line of digits is enough." },
    { name: "trims-number", fails: "fails", why: "Trims before it tests: a number with a space passes." },
    { name: "three-to-fifteen", fails: "fails", why: "Refuses numbers with fewer than three digits." },
    { name: "any-script", fails: "fails", why: "Takes the digits of every script, not only 0–9." },
    {
      name: "capital-letter",
      fails: "fails",
      why: "The reason begins with a capital letter: programs that look for it compare each letter.",
    },
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
