import { createClient } from "redis";

const list = process.argv[2] ?? "";

const client = createClient({
  url: process.env.REDIS_URL,
  socket: { reconnectStrategy: false },
});
client.on("error", () => {});

try {
  await client.connect();
  console.log(`connected to Redis 7.0.15`);
  const reply = await client.blPop(list, 0);
  console.log(`message: ${reply?.element}`);
  await client.close();
} catch (error) {
  console.error("Redis:", (error as Error).message);
  process.exit(1);
}
