import { createClient } from "redis";

interface Entry {
  id: string;
  message: Record<string, string>;
}

const [stream = "", group = "", name = "", idle = "60000"] = process.argv.slice(2);

const client = createClient({ url: process.env.REDIS_URL ?? "redis://localhost:6379" });
client.on("error", (error: Error) => console.error(`Redis: ${error.message}`));

let isStopping = false;
process.on("SIGTERM", () => {
  isStopping = true;
});

await client.connect();
await makeGroup();
while (!isStopping) {
  await claimLeftEntries();
  await readNewEntries();
}
await client.close();

/** Somebody else may have made it before: then it stays as it is. */
async function makeGroup(): Promise<void> {
  try {
    await client.xGroupCreate(stream, group, "0", { MKSTREAM: true });
  } catch (error) {
    if (!(error as Error).message.startsWith("BUSYGROUP")) throw error;
  }
}

/** Takes over what has been pending for too long, whoever holds it. */
async function claimLeftEntries(): Promise<void> {
  let cursor = "0-0";
  do {
    const found = await client.xAutoClaim(stream, group, name, Number(idle), cursor, { COUNT: 10 });
    await packAll(found.messages);
    cursor = found.nextId;
  } while (cursor !== "0-0" && !isStopping);
}

/** Waits a moment for new entries, so that the loop comes round also while there are none. */
async function readNewEntries(): Promise<void> {
  const from = { key: stream, id: ">" };
  const replies = (await client.xRead(from, { COUNT: 10, BLOCK: 200 })) as
    | { messages: Entry[] }[]
    | null;
  for (const { messages } of replies ?? []) await packAll(messages);
}

/** One that was deleted from the stream meanwhile may come as null. */
async function packAll(entries: readonly (Entry | null)[]): Promise<void> {
  for (const entry of entries) if (entry) await pack(entry);
}

/** First the work, then the acknowledgement. An entry whose work failed stays pending, for another try. */
async function pack({ id, message: { count, item } }: Entry): Promise<void> {
  try {
    await client.rPush("parcels", `${id}: ${count} x ${item}`);
    await client.xAck(stream, group, id);
  } catch (error) {
    console.error(`${id}: ${(error as Error).message}`);
  }
}
