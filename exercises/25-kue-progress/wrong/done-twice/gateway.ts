/** The push service. Leave this file as it is; the lab plays the other side. */
import { createClient } from "redis";

/** Sends a title to one device. Waits until the service has taken it; rejects with its reason where it refuses. */
export async function sendTo(device: string, title: string): Promise<void> {
  // BLPOP occupies its connection while it waits: one for each call.
  const client = createClient({ url: process.env.REDIS_URL ?? "redis://localhost:6379" });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.rPush("gateway", `${device}: ${title}`);
    const reply = await client.blPop(`gateway:${device}`, 0);
    if (reply?.element !== "ok") throw new Error(reply?.element);
  } finally {
    client.destroy();
  }
}
