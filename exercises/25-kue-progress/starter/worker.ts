import kue from "kue";
import { createClient } from "redis";
import { sendTo } from "./gateway.ts";

interface Notification {
  title: string;
  devices: string[];
  urgent: boolean;
}

// node worker.ts create '[{"title":"Hello","devices":["phone-7","tablet-2"],"urgent":false}]'
// node worker.ts work
const [command, json = "[]"] = process.argv.slice(2);
const url = process.env.REDIS_URL ?? "redis://localhost:6379";

const queue = kue.createQueue({ redis: url });
queue.on("error", (error: Error) => console.error(`Kue: ${error.message}`));

if (command === "create") await createJobs(JSON.parse(json));
if (command === "work") await work();

/** Saves one job for each notification, then lets go of Redis, so that the program ends. */
async function createJobs(notifications: Notification[]): Promise<void> {
  await Promise.all(notifications.map(saveJob));
  queue.shutdown(1000, () => {});
}

function saveJob(notification: Notification): Promise<void> {
  // TODO: priority, attempts, backoff and time limit
  const job = queue.create("push", notification);
  return new Promise((resolve, reject) => {
    job.save((error: Error | null) => (error ? reject(error) : resolve()));
  });
}

async function work(): Promise<void> {
  const client = createClient({ url });
  client.on("error", (error: Error) => console.error(`Redis: ${error.message}`));
  await client.connect();

  // TODO: process the jobs of the type "push", three at a time
  // TODO: fail the job of a blacklisted device for good
  // TODO: sendTo(device, title) for one device after the other, and report the progress after each
  // TODO: on SIGTERM, let the running jobs finish, then end
}
