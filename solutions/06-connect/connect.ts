import { createClient } from "redis";

const list = process.argv[2] ?? "";

const client = createClient({
  url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379",
  socket: { reconnectStrategy: false, connectTimeout: 2_000 },
});
// Without a listener a lost connection ends the program at once. The error itself comes to `catch` below as well.
client.on("error", () => {});

try {
  await client.connect();
  const info = await client.info("server");
  console.log(`connected to Redis ${/redis_version:(\S+)/.exec(info)?.[1]}`);
  const reply = await client.blPop(list, 0);
  console.log(`message: ${reply?.element}`);
} catch (error) {
  console.error(`Redis: ${reasonOf(error as NodeJS.ErrnoException)}`);
  process.exitCode = 1;
} finally {
  // An open connection keeps the program running; destroy may be called on a lost one, too.
  client.destroy();
}

/** With "localhost", Node tries two addresses: where both fail, the message is empty and the code tells. */
function reasonOf(error: NodeJS.ErrnoException): string {
  return error.message || error.code || error.name;
}
