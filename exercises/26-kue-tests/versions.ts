/** Versions of the function under test: right ones in two styles, and wrong ones, each broken in one place. */

/** As the student has it in push.ts. */
export const GIVEN = `/** Given: leave it as it is, and test it in push.test.ts. */
import type { Queue } from "kue";

export interface Notification {
  phone: string;
  message: string;
}

export function createPushNotificationsJobs(jobs: Notification[], queue: Queue): void {
  if (!Array.isArray(jobs)) throw new Error("jobs is not an array");
  for (const data of jobs) {
    const job = queue.create("push_notification", data);
    job.on("progress", (percent) => console.log(\`job \${job.id} progress: \${percent}%\`));
    job.on("complete", () => console.log(\`job \${job.id} completed\`));
    job.on("failed", (reason) => console.log(\`job \${job.id} failed: \${reason}\`));
    job.save((error) => {
      if (!error) console.log(\`job \${job.id} created\`);
    });
  }
}
`;

/**
 * Uses Kue's other name for create, makes all jobs before it saves the first, copies the data, and tells of the saving
 * a moment later: in the next tick, which comes before any timer, however busy the machine is.
 */
export const IN_ANOTHER_WAY = `
class NotAList extends Error {}
const report = (job, what) => console.log(["job", job.id, what].join(" "));
const save = (job) => new Promise((resolve, reject) => job.save((error) => (error ? reject(error) : resolve(job))));
export const createPushNotificationsJobs = (jobs, queue) => {
  if (Object.prototype.toString.call(jobs) !== "[object Array]") throw new NotAList("jobs is not an array");
  const made = jobs.map(({ phone, message }) => queue.createJob("push_notification", { phone, message }));
  for (const job of made) save(job).then(() => process.nextTick(report, job, "created"), () => {});
  for (const job of made) {
    for (const [event, text] of Object.entries({
      progress: (percent) => "progress: " + percent + "%",
      complete: () => "completed",
      failed: (reason) => "failed: " + reason,
    })) job.on(event, (...args) => report(job, text(...args)));
  }
};
`;

/** The given version with `from` changed to `to`. */
function broken(from: string, to: string): string {
  if (!GIVEN.includes(from)) throw new Error(`the given version does not hold ${from}`);
  return GIVEN.replace(from, to);
}

/** What the watching version says on standard error, after its mark. */
export const NOT_EMPTY = "list-not-empty";
export const NOT_LEFT = "mode-not-left";

/**
 * The given version, which tells whether the list held jobs of an earlier call, and whether Kue's test mode was still
 * on as the process ended.
 */
export function watchingTestMode(mark: string): string {
  return `import { writeSync } from "node:fs";
import kue from "kue";
const { save } = kue.Job.prototype;
process.on("exit", () => {
  if (kue.Job.prototype.save !== save) writeSync(2, "${mark}${NOT_LEFT}");
});
${broken("  if (", `  if (queue?.testMode?.jobs?.length > 0) writeSync(2, "${mark}${NOT_EMPTY}");\n  if (`)}`;
}

export interface WrongVersion {
  /** What it does, after "a version that". */
  readonly what: string;
  readonly source: string;
  /** Why tests may not notice it. */
  readonly cause: string;
}

const IN_TIME =
  "Compare before the test ends: what a timer compares later, unless the test awaits it, counts for nothing.";

export const REFUSES: readonly WrongVersion[] = [
  {
    what: 'lets an object pass for an array, and then throws another error, "jobs is not iterable"',
    source: broken("!Array.isArray(jobs)", 'typeof jobs !== "object" || jobs === null'),
    cause:
      'Try {} as well as a text, for beginners take any object for an array, and compare the message with "jobs is not an array".',
  },
];
export const ONE_EACH: readonly WrongVersion[] = [
  {
    what: "forgets the last member of a list of two or more",
    source: broken("of jobs)", "of jobs.slice(0, Math.max(1, jobs.length - 1)))"),
    cause: "Give it two or three members, and count queue.testMode.jobs: as many, no more and no less.",
  },
  {
    what: "saves the jobs in the opposite order",
    source: broken("of jobs)", "of [...jobs].reverse())"),
    cause:
      "Take members that differ, and compare the first job with the first member, the second with the second.",
  },
  {
    what: "saves a job for an empty list too",
    source: broken("of jobs)", 'of jobs.length > 0 ? jobs : [{ phone: "", message: "" }])'),
    cause: "Call it with [] too, and look whether queue.testMode.jobs is still empty.",
  },
];
export const TYPE_AND_DATA: readonly WrongVersion[] = [
  {
    what: "makes jobs of another type",
    source: broken('"push_notification"', '"push_notifications"'),
    cause: 'Compare the type of the jobs with the whole text "push_notification".',
  },
  {
    what: "gives the job its phone number, but no message",
    source: broken('"push_notification", data', '"push_notification", { phone: data.phone }'),
    cause: "Compare all of job.data with the member: assert.deepEqual.",
  },
];
export const CREATED: readonly WrongVersion[] = [
  {
    what: "does not print that a job was created",
    source: broken("if (!error) console", "if (error) console"),
    cause: `Collect what console.log prints, await a moment, and look for job <id> created. ${IN_TIME}`,
  },
  {
    what: "prints twice that a job was created",
    source: broken("if (!error) console", "if (!error) for (const _ of [1, 2]) console"),
    cause:
      "Compare all that was printed with all that should be (assert.deepEqual): to find a line in it is not enough.",
  },
];
export const PROGRESS: readonly WrongVersion[] = [
  {
    what: "prints 25 % for every progress",
    source: broken(`progress: \${percent}%`, "progress: 25%"),
    cause: `Emit another number than that of the lesson: job.emit("progress", 60) must print 60. ${IN_TIME}`,
  },
];
export const ENDS: readonly WrongVersion[] = [
  {
    what: "does not print that a job is completed",
    source: broken('"complete"', '"completed"'),
    cause: `Emit complete, and compare the whole line that is printed. ${IN_TIME}`,
  },
  {
    what: "does not print the reason of a failure",
    source: broken(`failed: \${reason}`, "failed: error"),
    cause: `Emit failed with a reason, job.emit("failed", "no such phone"), and compare the whole line. ${IN_TIME}`,
  },
];
export const WHOSE: readonly WrongVersion[] = [
  {
    what: "prints the id of the last job, whichever it was",
    source: GIVEN.replace("  for (const data", "  let job: any;\n  for (const data").replace(
      "const job =",
      "job =",
    ),
    cause: `With one job alone nobody sees it: make two or three, let the first one tell something, and compare the id. ${IN_TIME}`,
  },
];
