import { createClient } from "redis";

const [command, ...words] = process.argv.slice(2);

const client = createClient({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379" });
client.on("error", (error: Error) => console.error(`Redis: ${error.message}`));

try {
  await client.connect();
  if (command === "publish") await publish(words);
  if (command === "subscribe") await subscribe(words);
  await client.close();
} catch (error) {
  console.error(`Redis: ${(error as Error).message}`);
  process.exitCode = 1;
  client.destroy();
}

/** Publishes the messages one after the other, and prints how many subscriptions got each. */
async function publish([channel = "", ...messages]: string[]): Promise<void> {
  for (const message of messages) console.log(await client.publish(channel, message));
}

/** Prints what comes by these channels and patterns, until one message is "stop". */
async function subscribe(names: string[]): Promise<void> {
  let hasStopped = false;
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });

  /** What both kinds of listeners do; `by` is the pattern, where there is one. */
  const tell = (by: { pattern?: string }, channel: string, message: string) => {
    if (hasStopped) return;
    if (message === "stop") {
      hasStopped = true;
      stop();
      return;
    }
    console.log(JSON.stringify({ ...by, channel, message }));
  };

  await Promise.all(
    names.map((name) =>
      name.includes("*")
        ? client.pSubscribe(name, (message, channel) => tell({ pattern: name }, channel, message))
        : client.subscribe(name, (message, channel) => tell({}, channel, message)),
    ),
  );
  console.log("listening");
  await stopped;
  await Promise.all([client.unsubscribe(), client.pUnsubscribe()]);
}
