import kue from "kue";
import { createClient } from "redis";

interface Message {
  phone: string;
  message: string;
}

const [command, json = "[]"] = process.argv.slice(2);
const url = process.env.REDIS_URL ?? "redis://localhost:6379";

const queue = kue.createQueue({ redis: url });
queue.on("error", (error: Error) => console.error(`Kue: ${error.message}`));

if (command === "create") await createJobs(JSON.parse(json));
if (command === "work") await work();

/** Saves one job for each message, then lets go of Redis, so that the program ends. */
async function createJobs(messages: Message[]): Promise<void> {
  await Promise.all(messages.map(saveJob));
  queue.shutdown(1000, () => {});
}

function saveJob(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    queue.create("sms", message).save((error) => (error ? reject(error) : resolve()));
  });
}

/** Takes jobs of type "sms", one after the other, until the program is stopped. */
async function work(): Promise<void> {
  const client = createClient({ url });
  client.on("error", (error: Error) => console.error(`Redis: ${error.message}`));
  await client.connect();

  let idle = setTimeout(() => process.exit(), 400);
  queue.process("sms", (job, done) => {
    clearTimeout(idle);
    idle = setTimeout(() => process.exit(), 400);
    const { phone, message } = job.data as Message;
    if (!/^\d+$/.test(phone)) {
      done(new Error(`not a phone number: ${phone}`));
      return;
    }
    client.rPush("outbox", `${phone}: ${message}`).then(
      () => done(null, { to: phone, length: message.length }),
      (error) => done(error),
    );
  });
}
