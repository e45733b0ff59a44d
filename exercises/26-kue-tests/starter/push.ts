/** Given: leave it as it is, and test it in push.test.ts. */
import type { Queue } from "kue";

export interface Notification {
  phone: string;
  message: string;
}

export function createPushNotificationsJobs(jobs: Notification[], queue: Queue): void {
  if (!Array.isArray(jobs)) throw new Error("jobs is not an array");
  for (const data of jobs) {
    const job = queue.create("push_notification", data);
    job.on("progress", (percent) => console.log(`job ${job.id} progress: ${percent}%`));
    job.on("complete", () => console.log(`job ${job.id} completed`));
    job.on("failed", (reason) => console.log(`job ${job.id} failed: ${reason}`));
    job.save((error) => {
      if (!error) console.log(`job ${job.id} created`);
    });
  }
}
