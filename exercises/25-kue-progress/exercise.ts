import type { Expect, Random, RunningAnswer, WorkerExercise } from "redis-learning-lab";
import {
  addWaitingJobs,
  attemptEnds,
  BACKOFF_MS,
  countStates,
  errorCause,
  gatewayAsked,
  hasItsJobs,
  type Job,
  jobsIn,
  keepsItsJobs,
  LIMIT_MS,
  makeWaiting,
  type Notification,
  parsed,
  reasonOf,
  reply,
  requestsOf,
  TTL_MS,
} from "./pushes.ts";

/** Notifications with so many devices each; no device is in two of them. */
function randomNotifications(random: Random, count: number, devices: number): Notification[] {
  const names = random.words(count * devices);
  return random.list(count, (index) => ({
    title: random.text(),
    devices: names
      .slice(index * devices, (index + 1) * devices)
      .map((name) => `${name}-${random.integer(1, 99)}`),
    urgent: index % 2 === 0,
  }));
}

export default {
  title: "Kue: progress, attempts, a clean stop",
  objectives: ["O6 Kue as a queue system", "use: message queuing"],
  form: "worker",
  answer: "worker.ts",
  hints: [
    "create: priority, attempts, backoff and ttl are methods of the job, to be called before save. All times are milliseconds.",
    "work: write an async function push(job) that looks at the blacklist, sends, and throws where something is wrong. The processor calls it and hands on what came of it: push(job).then((result) => done(null, result), (error) => done(error)).",
    'push: first ask client.sIsMember("blacklist", device) for every device. Then, for each device: await sendTo(device, title), and job.progress(how many are done, how many there are).',
    'A blacklisted device: job.attempts(1) makes this attempt the last one; then throw new Error(device + " is blacklisted").',
    'Stop: process.once("SIGTERM", () => queue.shutdown(30_000, () => process.exit(0))).',
  ],
  checks: [
    {
      id: "create",
      title: "create saves one push job for each notification, with its priority, attempts and time limit",
      points: 2,
      limitMs: 20_000,
      async run({ answer, redis, random, expect }) {
        const notifications = random.shuffle(randomNotifications(random, 4, 2));
        const program = await answer.start({ args: ["create", JSON.stringify(notifications)] });
        const { code } = await program.ended(LIMIT_MS);
        expect.that(code === 0, "create should end with exit code 0", {
          expected: 0,
          actual: `${code}\n${program.shown()}`,
          cause: errorCause(program.output()) ?? EXIT_CODE,
        });
        const jobs = await jobsIn(redis);
        const types = jobs.map(({ type, state }) => `${type}: ${state}`);
        const expected = notifications.map(() => "push: inactive");
        expect.value(types, "the type and state of the jobs, when create has ended,").equals(expected, {
          cause:
            'queue.create("push", notification) … .save(callback), once for each; end when all have called back.',
        });
        const data = jobs.map((job) => parsed(job.data));
        expect.value(data, "the data of the jobs").hasMembers(notifications, {
          cause: 'The notification is the data, as it came: queue.create("push", notification).',
        });
        const settings = jobs.map((job) => {
          const { priority, max_attempts, ttl } = job;
          return { urgent: (parsed(job.data) as Notification).urgent, priority, max_attempts, ttl };
        });
        const wanted = settings.map(({ urgent }) => ({
          urgent,
          priority: urgent ? "-10" : "0",
          max_attempts: "3",
          ttl: String(TTL_MS),
        }));
        expect.value(settings, "what is stored with the jobs").equals(wanted, { cause: settingCause });
      },
    },
    {
      id: "sends",
      title: "work takes a job, sends to one device after the other, and completes the job",
      points: 1,
      limitMs: 25_000,
      async run({ answer, redis, random, trace, expect }) {
        const [notification] = randomNotifications(random, 1, 4) as [Notification];
        await addWaitingJobs(redis, [notification]);
        const worker = await answer.start({ args: ["work"] });
        const cause =
          "The next device comes when the one before has its ok: await each sendTo in a for … of loop.";
        for (const [index, device] of notification.devices.entries()) {
          const asked = await gatewayAsked({ redis, expect }, worker, index + 1, { cause });
          const state = await redis.hGet("q:job:1", "state");
          const done = `when ${index} of 4 devices have their ok`;
          expect.value(state, `the state of the job ${done}`).equals("active", { cause });
          const expected = requestsOf(notification).slice(0, index + 1);
          // Not told by its first difference: those who ask for all at once are never the same twice.
          expect.that(
            String(asked) === String(expected),
            "the gateway should be asked for one device after the other",
            {
              expected,
              actual: asked,
              cause,
            },
          );
          await reply(redis, device);
        }
        const { state } = await attemptEnds({ redis, expect, trace }, worker, 1);
        expect.value(state, "the state of the job when all is sent").equals("complete", {
          cause: "done(null, result): first the error, null for none.",
        });
      },
    },
    {
      id: "progress",
      title: "the job's progress rises with each device, and its result is their number",
      points: 2,
      limitMs: 25_000,
      after: "sends",
      async run({ answer, redis, random, trace, expect }) {
        const [{ devices, ...rest }] = randomNotifications(random, 1, 4) as [Notification];
        await addWaitingJobs(redis, [{ devices, ...rest }]);
        const worker = await answer.start({ args: ["work"] });
        for (const [done, device] of devices.entries()) {
          await gatewayAsked({ redis, expect }, worker, done + 1);
          await expect.eventually(
            async () => Number(await redis.hGet("q:job:1", "progress")),
            (percent) => percent === done * 25,
            `the progress should be ${done * 25} when ${done} of 4 devices are done`,
            {
              withinMs: LIMIT_MS / 2,
              expected: done * 25,
              cause:
                "After each device: job.progress(how many are done, how many there are). Kue makes percent of it.",
            },
          );
          await reply(redis, device);
        }
        const { result } = await attemptEnds({ redis, expect, trace }, worker, 1);
        const cause = "done(null, { sent: devices.length }): first the error, null for none.";
        expect.value(parsed(result), "what is stored as the result").equals({ sent: 4 }, { cause });
      },
    },
    {
      id: "three-at-a-time",
      title: "work does three jobs at a time: no fewer, no more",
      points: 2,
      after: "sends",
      limitMs: 20_000,
      async run({ answer, redis, random, trace, expect }) {
        const jobs = randomNotifications(random, 5, 2);
        await addWaitingJobs(redis, jobs);
        const worker = await answer.start({ args: ["work"] });
        const cause =
          'How many jobs at a time is the number in the middle: queue.process("push", 3, processor).';
        const asked = await gatewayAsked({ redis, expect }, worker, 3, { cause });
        const running = jobs.find((job) => asked.includes(requestsOf(job)[0] ?? "")) as Notification;
        await reply(redis, running.devices[0]);
        await gatewayAsked({ redis, expect }, worker, 4, { cause });
        const states = "the state of the jobs, while no job has ended,";
        expect.value(countStates(await jobsIn(redis)), states).equals("3 active, 2 inactive", { cause });
        await reply(redis, running.devices[1]);
        await attemptEnds({ redis, expect, trace }, worker, jobs.indexOf(running) + 1);
        await gatewayAsked({ redis, expect }, worker, 5, { cause });
      },
    },
    {
      id: "attempts",
      title: "a job that the gateway refuses is tried three times, 30 seconds apart, and then failed",
      points: 3,
      after: "sends",
      limitMs: 25_000,
      async run({ answer, redis, random, trace, expect }) {
        const [notification] = randomNotifications(random, 1, 2) as [Notification];
        const worker = await answer.start({ args: ["work"] });
        await answer.start({ args: ["create", JSON.stringify([notification])] });
        const requests: string[] = [];
        // The second device refuses first: the next attempt has to ask the first one again.
        for (const [index, refused] of [1, 0, 1].entries()) {
          const attempt = index + 1;
          const reason = `${random.word()} is switched off`;
          if (refused === 1) await reply(redis, notification.devices[0]);
          await reply(redis, notification.devices[refused], reason);
          requests.push(...requestsOf(notification).slice(0, refused + 1));
          const asked = await gatewayAsked({ redis, expect }, worker, requests.length);
          const what = `what the gateway was asked, attempt ${attempt} included,`;
          expect.value(asked.slice(0, requests.length), what).equals(requests, { cause: FIRST_AGAIN });
          const job = await attemptEnds({ redis, expect, trace }, worker, 1, {
            times: attempt,
            cause: (times) => (times > requests.length ? SENT_MORE : NOT_DONE),
          });
          expect.value(reasonOf(job), "the reason why it failed").equals(reason, { cause: reasonCause(job) });
          expect.value(job.attempts, "how many attempts Kue counts").equals(String(attempt), {
            cause:
              "done is called twice for one job: each call counts. Of push(job).then(…, …) only one is called.",
          });
          const state = attempt === 3 ? "failed" : "delayed";
          expect.value(job.state, `the state of the job after attempt ${attempt}`).equals(state, {
            cause: stateCause(job),
          });
          if (attempt === 3) break;
          const wait = Number(job.promote_at) - Number(job.failed_at);
          expect.value(wait, "the wait until the next attempt, in milliseconds,").equals(BACKOFF_MS, {
            cause: `The same delay each time, in milliseconds: ${BACKOFF}`,
          });
          await makeWaiting(redis, 1);
        }
      },
    },
    {
      id: "blacklist",
      title: "a job with a device in the set blacklist fails for good, and sends nothing",
      points: 2,
      after: "sends",
      limitMs: 25_000,
      async run({ answer, redis, random, trace, expect }) {
        const [good, bad, later, last] = randomNotifications(random, 4, 3) as [
          Notification,
          Notification,
          Notification,
          Notification,
        ];
        const all = [good, bad, later, last];
        for (const device of all.flatMap(({ devices }) => devices)) await reply(redis, device);
        // Longer names are other devices, and so is a name in capitals.
        const others = good.devices.flatMap((device) => [`${device}0`, `-${device}`, device.toUpperCase()]);
        await redis.sAdd("blacklist", [...others, bad.devices[2] ?? ""]);
        await addWaitingJobs(redis, [good, bad]);
        const worker = await answer.start({ args: ["work"] });
        const ending = async (id: number) => {
          const job = await attemptEnds({ redis, expect, trace }, worker, id);
          return job.state === "complete" ? "complete" : `${job.state}: ${reasonOf(job)}`;
        };
        const why = { cause: (found: unknown) => blacklistCause(String(found)) };
        const failed = (device = "") => `failed: ${device} is blacklisted`;
        expect.value(await ending(1), "how a job without a blacklisted device ended").equals("complete", {
          cause: "Only the whole name of a device counts: sIsMember compares whole members of the set.",
        });
        const what = "how a job with a blacklisted device ended";
        expect.value(await ending(2), what).equals(failed(bad.devices[2]), why);
        await redis.sAdd("blacklist", later.devices[0] ?? "");
        await addWaitingJobs(redis, [later]);
        const now = "how a job ended whose device was blacklisted while the worker ran";
        expect.value(await ending(3), now).equals(failed(later.devices[0]), why);
        await redis.set("blacklist", "not a set");
        await addWaitingJobs(redis, [last]);
        // Failed and to be tried again, for whatever reason: MULTI and scripts wrap Redis' words in others.
        const refused = await ending(4);
        expect.that(
          refused.startsWith("delayed"),
          "the job should fail for now when Redis refuses the question",
          {
            expected: "delayed: Redis' error",
            actual: refused,
            cause: refusedCause(refused),
          },
        );
        const asked = await redis.lRange("gateway", 0, -1);
        expect.value(asked, "what the gateway was asked").hasMembers(requestsOf(good), {
          cause: "Look at all devices of the job before the first one is sent to.",
        });
      },
    },
    {
      id: "stop",
      title: "on SIGTERM, work takes no other job, finishes the three that run, and ends",
      points: 3,
      after: "three-at-a-time",
      limitMs: 25_000,
      async run({ answer, redis, random, trace, expect }) {
        const jobs = randomNotifications(random, 5, 2);
        await addWaitingJobs(redis, jobs.slice(0, 3));
        const slow = await answer.start({ args: ["work"] });
        await gatewayAsked({ redis, expect }, slow, 3);
        slow.signal("SIGTERM");
        // Longer than the second that create gives its queue.
        const heldUntil = Date.now() + 1_200;
        // Meanwhile another worker has one job, and ends after it: a timer would end the first, too.
        await addWaitingJobs(redis, jobs.slice(3, 4));
        const quick = await answer.start({ args: ["work"] });
        const asked = () => redis.lLen("gateway");
        const started = "a second worker should have taken the fourth job";
        await keepsItsJobs({ redis, expect }, slow, asked, (times) => times >= 4, { message: started });
        quick.signal("SIGTERM");
        for (const device of jobs[3]?.devices ?? []) await reply(redis, device);
        const left = () => (quick.isRunning ? "running" : "ended");
        await keepsItsJobs({ redis, expect }, slow, left, (now) => now === "ended", {
          message: "a worker should end once its only job is done",
          cause: stillRunningCause,
        });
        await expect.stays(heldUntil - Date.now(), () => hasItsJobs({ redis, expect }, slow));
        await expectEnded(expect, quick, countStates((await jobsIn(redis)).slice(3)), "1 complete");
        await addWaitingJobs(redis, jobs.slice(4));
        // One by one: whoever takes other jobs takes the last when the first has ended.
        for (const [index, { devices }] of jobs.slice(0, 3).entries()) {
          for (const device of devices) await reply(redis, device);
          if (index < 2) await attemptEnds({ redis, expect, trace }, slow, index + 1);
        }
        await expect.eventually(
          async () => `${slow.isRunning ? "running" : "ended"}, with ${countStates(await jobsIn(redis))}`,
          (now) => now.startsWith("ended"),
          "the worker should end once the running jobs are done",
          { withinMs: LIMIT_MS, expected: "ended, with 4 complete, 1 inactive", cause: stillRunningCause },
        );
        await expectEnded(expect, slow, countStates(await jobsIn(redis)), "4 complete, 1 inactive");
        const waiting = await redis.zCard("q:jobs:push:inactive");
        expect.value(waiting, "how many jobs still wait for a worker").equals(1, { cause: TOOK_ANOTHER });
      },
    },
  ],
  wrong: [
    {
      name: "no-priority",
      fails: "create",
      why: "All jobs are alike: an urgent one waits behind all others.",
    },
    {
      name: "ten-is-high",
      fails: "create",
      why: "Priority 10 for the urgent ones: in Kue the smaller number comes first, and 10 is low.",
    },
    {
      name: "one-attempt",
      fails: "create",
      why: "Without attempts, a job that failed once is failed for ever.",
    },
    {
      name: "no-ttl",
      fails: "create",
      why: "Without a time limit, the jobs of a worker that died stay active for ever.",
    },
    {
      name: "ttl-in-seconds",
      fails: "create",
      why: "The time limit is 60 milliseconds: the job is failed while it runs.",
    },
    {
      name: "options-in-data",
      fails: "create",
      why: "The settings are in the data, where Kue does not look for them.",
    },
    {
      name: "no-progress",
      fails: "progress",
      why: "Reports nothing: the progress jumps from 0 to 100 at the end.",
    },
    {
      name: "progress-before-sending",
      fails: "progress",
      why: "Counts a device as done before it was sent to.",
    },
    {
      name: "progress-swapped",
      fails: "progress",
      why: "Gives the total first: more than everything is done from the beginning.",
    },
    {
      name: "progress-as-fraction",
      fails: "progress",
      why: "Gives a fraction of 100, which Kue takes for nothing: it makes percent of its own.",
    },
    {
      name: "question-not-awaited",
      fails: "sends",
      why: "Does not await the question: a promise counts as true, and every device as blacklisted.",
    },
    { name: "all-devices-at-once", fails: "sends", why: "Sends to all devices at the same time." },
    {
      name: "sending-not-awaited",
      fails: "sends",
      why: "Does not wait for the gateway: everything is sent and reported at once.",
    },
    { name: "no-result", fails: "progress", why: "Completes the job without a result." },
    {
      name: "result-returned",
      fails: "sends",
      why: "Returns the result from the processor, where Kue does not look for it.",
    },
    {
      name: "one-at-a-time",
      fails: "three-at-a-time",
      why: "Without a number Kue gives the worker one job at a time.",
    },
    { name: "as-many-as-there-are", fails: "three-at-a-time", why: "Takes ten jobs at a time." },
    {
      name: "async-throw",
      fails: "attempts",
      why: "An async processor without a catch: what it throws ends the whole worker.",
    },
    {
      name: "throw-ignored",
      fails: "attempts",
      why: "Catches what nobody caught, and only prints it: done is never called, and the job stays active.",
    },
    {
      name: "refused-completed",
      fails: "attempts",
      why: "A refused notification is complete all the same: nobody tries again.",
    },
    {
      name: "no-backoff",
      fails: "attempts",
      why: "Without a backoff the attempts follow each other within milliseconds.",
    },
    { name: "backoff-in-seconds", fails: "attempts", why: "The backoff is 30 milliseconds." },
    {
      name: "exponential",
      fails: "attempts",
      why: "The backoff grows: Kue's first exponential delay is half of the number.",
    },
    {
      name: "tries-itself",
      fails: "attempts",
      why: "Tries three times itself, at once, and Kue counts one attempt.",
    },
    {
      name: "own-reason",
      fails: "attempts",
      why: "The gateway's reason is lost: nobody can see why it failed.",
    },
    {
      name: "backoff-true",
      fails: "attempts",
      why: "A backoff without a delay: the job is delayed, and its time has come already.",
    },
    {
      name: "backoff-without-type",
      fails: "attempts",
      why: "A backoff without a type: Kue throws where it wants to delay the job.",
    },
    {
      name: "never-again",
      fails: "attempts",
      why: "Takes away the attempts of every job that fails, not only of the blacklisted.",
    },
    { name: "done-twice", fails: "attempts", why: "Calls done a second time after it was given the error." },
    {
      name: "remembers-devices",
      fails: "attempts",
      why: "Remembers which devices are done, and begins a further attempt after them.",
    },
    { name: "no-blacklist", fails: "blacklist", why: "Never asks for the blacklist." },
    {
      name: "blacklist-read-once",
      fails: "blacklist",
      why: "Reads the blacklist when it starts: what is added later is not seen.",
    },
    {
      name: "blacklisted-again",
      fails: "blacklist",
      why: "A blacklisted device is tried again twice, in vain.",
    },
    {
      name: "looks-while-sending",
      fails: "blacklist",
      why: "Asks for each device just before it sends: the first ones have got it already.",
    },
    {
      name: "skips-device",
      fails: "blacklist",
      why: "Leaves the blacklisted device out and sends to the others.",
    },
    {
      name: "part-of-a-name",
      fails: "blacklist",
      why: "Searches in the text of all names: a part of one is enough.",
    },
    {
      name: "unknown-is-allowed",
      fails: "blacklist",
      why: "When Redis refuses the question, it sends as if nothing were blacklisted.",
    },
    {
      name: "question-not-caught",
      fails: "blacklist",
      why: "Catches what sending throws, but not what the question to Redis throws.",
    },
    {
      name: "own-blacklist-reason",
      fails: "blacklist",
      why: "Fails the job with another reason than the one that was agreed on.",
    },
    {
      name: "killed-in-the-middle",
      fails: "stop",
      why: "Does not listen to SIGTERM: the running jobs are cut off, and stay active.",
    },
    { name: "exits-at-once", fails: "stop", why: "Listens to SIGTERM, and ends the process at once." },
    { name: "one-second", fails: "stop", why: "After a second, Kue fails the jobs that still run." },
    { name: "ends-by-timer", fails: "stop", why: "Ends three seconds after SIGTERM, whatever its jobs do." },
    {
      name: "exit-code",
      fails: "stop",
      why: "Waits for the jobs, and ends with an exit code that says it went wrong.",
    },
    {
      name: "forgets-its-own-client",
      fails: "stop",
      why: "Shuts the queue down, but its own client keeps the program alive.",
    },
    { name: "ignores-sigterm", fails: "stop", why: "Listens to SIGTERM, says so, and goes on as before." },
    {
      name: "waits-but-takes-more",
      fails: "stop",
      why: "Waits until no job is active, and takes new ones meanwhile.",
    },
  ],
} satisfies WorkerExercise;

async function expectEnded(expect: Expect, worker: RunningAnswer, states: string, right: string) {
  expect.value(states, "when the worker has ended, the state of the jobs").equals(right, {
    cause: /active/.test(states)
      ? TOOK_ANOTHER
      : "queue.shutdown takes no other job, and calls back when the running ones are done.",
  });
  const { code } = await worker.ended(LIMIT_MS);
  expect.value(code, "the exit code of work").equals(0, { cause: errorCause(worker.output()) ?? EXIT_CODE });
}

const EXIT_CODE =
  "0 says that all went well: process.exit(0), or an end by itself. An error that nobody catches makes it 1.";
const TOOK_ANOTHER =
  "It took another job after SIGTERM: queue.shutdown(30_000, callback) takes none, and goes on with its own.";
const BACKOFF = '.backoff({ type: "fixed", delay: 30_000 }), before save.';
const FIRST_AGAIN = "A further attempt begins with the first device again, whatever an earlier one has sent.";
const SENT_MORE =
  "When sendTo rejects, the attempt is over: send nothing more in it, and leave it to Kue to try again.";
const NOT_DONE =
  "When sendTo rejects, this attempt is over: call done(error). Without done, the job stays active.";

/** For the first difference, as it is shown. */
function settingCause(found: unknown): string | undefined {
  for (const { urgent, priority, max_attempts, ttl } of found as Setting[]) {
    if (priority !== (urgent ? "-10" : "0"))
      return '.priority("high") where urgent is true, "normal" where not, before save. Kue stores -10 and 0.';
    if (max_attempts !== "3") return THREE_ATTEMPTS;
    if (ttl !== String(TTL_MS)) return `The time limit is in milliseconds: .ttl(${TTL_MS}), before save.`;
  }
  return undefined;
}

interface Setting {
  readonly urgent: boolean;
  readonly priority?: string;
  readonly max_attempts?: string;
  readonly ttl?: string;
}
const THREE_ATTEMPTS = "Three attempts: .attempts(3), before save.";

function reasonCause({ state }: Job): string {
  return state === "complete"
    ? "The job is complete: call done(error), not done(null, …), when sendTo rejects."
    : "Give done the error that sendTo rejects with: done(error).";
}

function stateCause({ state, max_attempts }: Job): string {
  if (max_attempts !== "3") return THREE_ATTEMPTS;
  if (state === "failed")
    return "No attempt was left, though the job had three: job.attempts(1) only for a blacklisted device.";
  return `Without a backoff, Kue tries again at once: ${BACKOFF}`;
}

function blacklistCause(found: string): string {
  if (found.startsWith("delayed"))
    return "It will be tried again, in vain: job.attempts(1), before done(error), makes this attempt the last.";
  if (found.startsWith("failed")) return "The reason must be exactly: <device> is blacklisted";
  return 'Ask Redis for each job, and for each of its devices: client.sIsMember("blacklist", device) resolves to 1 or 0. If one is in the set, the whole job fails.';
}

function refusedCause(found: string): string {
  return found.startsWith("failed")
    ? "It may go well the next time: job.attempts(1) only for a blacklisted device."
    : "Who does not know whether a device is blacklisted must not send: give done Redis' error.";
}

function stillRunningCause(found: unknown): string {
  return /\d active/.test(String(found))
    ? TOOK_ANOTHER
    : "On SIGTERM, call queue.shutdown(30_000, callback). It calls back when this worker has no job any more: there, process.exit(0), or close your own client.";
}
