import { createClient } from "redis";

const [command, ...words] = process.argv.slice(2);

const client = createClient({ url: process.env.REDIS_URL });
client.on("error", (error) => console.error("Redis:", error.message));

try {
  await client.connect();
  if (command === "publish") await publish(words);
  if (command === "subscribe") await subscribe(words);
  await client.close();
} catch (error) {
  console.error("Redis:", error);
  process.exit(1);
}

async function publish([channel, ...messages]: string[]): Promise<void> {
  for (const message of messages) {
    const count = await client.publish(channel!, message);
    console.log(count);
  }
}

async function subscribe(names: string[]): Promise<void> {
  let hasStopped = false;
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });

  function tell(found: { pattern?: string; channel: string; message: string }) {
    if (hasStopped) return;
    if (found.message === "stop") {
      hasStopped = true;
      stop();
      return;
    }
    console.log(JSON.stringify(found));
  }

  for (const name of names) {
    if (name.includes("*")) {
      await client.pSubscribe(name, (message, channel) => tell({ pattern: name, channel, message }));
    } else {
      await client.subscribe(name, (message, channel) => tell({ channel, message }));
    }
  }
  console.log("listening");
  await stopped;
  await client.unsubscribe();
  await client.pUnsubscribe();
}
