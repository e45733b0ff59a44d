import { createClient } from "redis";

const list = process.argv[1] ?? "";

const client = createClient({
  url: process.env.REDIS_URL,
  socket: { reconnectStrategy: false },
});
client.on("error", () => {});

try {
  await client.connect();
  const info = await client.info("server");
  console.log(`connected to Redis ${/redis_version:(\S+)/.exec(info)?.[1]}`);
  const reply = await client.blPop(list, 0);
  console.log(`message: ${reply?.element}`);
  await client.close();
} catch (error) {
  console.error("Redis:", (error as Error).message);
  process.exit(1);
}
