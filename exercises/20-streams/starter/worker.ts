import { createClient } from "redis";

// node worker.ts orders packers mia 60000
const [stream = "", group = "", name = "", idle = "60000"] = process.argv.slice(2);

const client = createClient({ url: process.env.REDIS_URL ?? "redis://localhost:6379" });
client.on("error", (error: Error) => console.error(`Redis: ${error.message}`));
await client.connect();

// TODO: make the group, where there is none

// TODO: until SIGTERM comes, again and again:
// TODO:   take over entries that have been pending for idle milliseconds, and handle them
// TODO:   wait for new entries, and handle them

/** Packs what an entry of the stream orders. */
async function handle(id: string, order: { item: string; count: string }): Promise<void> {
  // TODO: add "<id>: <count> x <item>" to the list parcels, then acknowledge the entry
}

await client.close();
