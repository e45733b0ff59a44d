import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL });
client.on("error", (error) => {
  if (error.code === "ECONNREFUSED") {
    console.error("Redis:", error.message);
    process.exit(1);
  }
});

await client.connect();
const info = await client.info("server");
console.log(`connected to Redis ${/redis_version:(\S+)/.exec(info)?.[1]}`);
const reply = await client.blPop(process.argv[2] ?? "", 0);
console.log(`message: ${reply?.element}`);
await client.close();
