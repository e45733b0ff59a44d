import kue, { type Job } from "kue";
import { createClient } from "redis";
import { sendTo } from "./gateway.ts";

interface Notification {
  title: string;
  devices: string[];
  urgent: boolean;
}

const [command, json = "[]"] = process.argv.slice(2);
const url = process.env.REDIS_URL ?? "redis://localhost:6379";

const queue = kue.createQueue({ redis: url });
queue.on("error", (error: Error) => console.error(`Kue: ${error.message}`));

if (command === "create") await createJobs(JSON.parse(json));
if (command === "work") await work();

async function createJobs(notifications: Notification[]): Promise<void> {
  await Promise.all(notifications.map(saveJob));
  queue.shutdown(1000, () => {});
}

function saveJob(notification: Notification): Promise<void> {
  const job = queue
    .create("push", notification)
    .priority(notification.urgent ? "high" : "normal")
    .attempts(3)
    .backoff({ type: "fixed", delay: 30_000 })
    .ttl(60_000);
  return new Promise((resolve, reject) => {
    job.save((error) => (error ? reject(error) : resolve()));
  });
}

/** Takes three jobs of type "push" at a time; SIGTERM lets the running ones finish. */
async function work(): Promise<void> {
  const client = createClient({ url });
  client.on("error", (error: Error) => console.error(`Redis: ${error.message}`));
  await client.connect();

  queue.process("push", 3, (job, done) => {
    push(job).then(
      (result) => done(null, result),
      (error) => done(error),
    );
  });

  process.once("SIGTERM", () => {
    queue.shutdown(30_000, () => process.exit(143));
  });

  async function push(job: Job): Promise<{ sent: number }> {
    const { title, devices } = job.data as Notification;
    for (const device of devices) {
      if (await client.sIsMember("blacklist", device)) {
        job.attempts(1);
        throw new Error(`${device} is blacklisted`);
      }
    }
    for (const [index, device] of devices.entries()) {
      await sendTo(device, title);
      job.progress(index + 1, devices.length);
    }
    return { sent: devices.length };
  }
}
