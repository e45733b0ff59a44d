/** Versions of the function under test: right ones in three styles, and wrong ones, each broken in one place. */

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

/** Uses Kue's other name for create, copies the data, and tells of the saving a moment later. */
export const WITH_PROMISES = `
const save = (job) => new Promise((resolve, reject) => job.save((error) => (error ? reject(error) : resolve(job))));
export function createPushNotificationsJobs(jobs, queue) {
  if (!Array.isArray(jobs)) throw new Error("jobs is not an array");
  jobs.forEach(({ phone, message }) => {
    const job = queue.createJob("push_notification", { phone, message });
    save(job).then(({ id }) => setImmediate(() => console.log("job " + id + " created")), () => {});
    job
      .on("failed", (reason) => console.log("job " + job.id + " failed: " + reason))
      .on("complete", () => console.log("job " + job.id + " completed"))
      .on("progress", (percent) => console.log("job " + job.id + " progress: " + percent + "%"));
  });
}
`;

/** Makes all jobs first, and one function that prints. */
export const IN_STEPS = `
class NotAList extends Error {}
const report = (job, what) => console.log(["job", job.id, what].join(" "));
export const createPushNotificationsJobs = (jobs, queue) => {
  if (Object.prototype.toString.call(jobs) !== "[object Array]") throw new NotAList("jobs is not an array");
  const made = jobs.map((data) => queue.create("push_notification", data));
  for (const job of made) {
    for (const [event, text] of Object.entries({
      progress: (percent) => "progress: " + percent + "%",
      complete: () => "completed",
      failed: (reason) => "failed: " + reason,
    })) job.on(event, (...args) => report(job, text(...args)));
  }
  for (const job of made) job.save((error) => error || process.nextTick(report, job, "created"));
};
`;

/** The given version, which tells on standard error, as the process ends, that Kue's test mode was not left. */
export function watchingTestMode(mark: string): string {
  return `import { writeSync } from "node:fs";
import kue from "kue";
const { save } = kue.Job.prototype;
process.on("exit", () => {
  if (kue.Job.prototype.save !== save) writeSync(2, "${mark}");
});
${GIVEN}`;
}

/** The given version with `from` changed to `to`. */
function broken(from: string, to: string): string {
  if (!GIVEN.includes(from)) throw new Error(`the given version does not hold ${from}`);
  return GIVEN.replace(from, to);
}

export interface WrongVersion {
  /** What it does, after "a version that". */
  readonly what: string;
  readonly source: string;
}

export const REFUSES: readonly WrongVersion[] = [
  {
    what: "takes an object for an array, and only refuses texts, numbers and nothing at all",
    source: broken("!Array.isArray(jobs)", 'typeof jobs !== "object" || jobs === null').replace(
      "of jobs)",
      "of Object.values(jobs) as Notification[])",
    ),
  },
];
export const ONE_EACH: readonly WrongVersion[] = [
  { what: "forgets the last member of the list", source: broken("of jobs)", "of jobs.slice(0, -1))") },
  { what: "makes one job for the whole list", source: broken("of jobs)", "of [jobs] as any)") },
];
export const TYPE_AND_DATA: readonly WrongVersion[] = [
  { what: "makes jobs of another type", source: broken('"push_notification"', '"push_notifications"') },
  {
    what: "gives the job its phone number, but no message",
    source: broken('"push_notification", data', '"push_notification", { phone: data.phone }'),
  },
];
export const CREATED: readonly WrongVersion[] = [
  {
    what: "does not print that a job was created",
    source: broken("if (!error) console", "if (error) console"),
  },
];
export const PROGRESS: readonly WrongVersion[] = [
  { what: "prints 25 % for every progress", source: broken(`progress: \${percent}%`, "progress: 25%") },
];
export const ENDS: readonly WrongVersion[] = [
  { what: "does not print that a job is completed", source: broken('"complete"', '"completed"') },
  { what: "does not print the reason of a failure", source: broken(`failed: \${reason}`, "failed: error") },
];
export const WHOSE: readonly WrongVersion[] = [
  {
    what: "prints the id of the last job, whichever it was",
    source: GIVEN.replace("  for (const data", "  let job: any;\n  for (const data").replace(
      "const job =",
      "job =",
    ),
  },
];
