import { createClient } from "redis";

const [stream = ""] = process.argv.slice(2);

const client = createClient({ url: process.env.REDIS_URL ?? "redis://localhost:6379" });
client.on("error", (error: Error) => console.error(`Redis: ${error.message}`));

let isStopping = false;
process.on("SIGTERM", () => {
  isStopping = true;
});

await client.connect();
let last = "0-0";
while (!isStopping) {
  const replies = (await client.xRead({ key: stream, id: last }, { COUNT: 10, BLOCK: 500 })) as
    | { messages: { id: string; message: Record<string, string> }[] }[]
    | null;
  for (const { id, message } of replies?.[0]?.messages ?? []) {
    await client.rPush("parcels", `${id}: ${message.count} x ${message.item}`);
    last = id;
  }
}
await client.close();
