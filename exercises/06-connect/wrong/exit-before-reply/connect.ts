import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL, socket: { reconnectStrategy: false } });
client.on("error", (error) => {
  console.error("Redis:", error.message);
  process.exit(1);
});

client
  .connect()
  .then(() => client.info("server"))
  .then((info) => {
    console.log(`connected to Redis ${/redis_version:(\S+)/.exec(info)?.[1]}`);
    return client.blPop(process.argv[2] ?? "", 0);
  })
  .then((reply) => console.log(`message: ${reply?.element}`));

process.exit(0);
