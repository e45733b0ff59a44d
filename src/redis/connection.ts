/** The judge's own connections to a Redis: for commands, and for watching what the answer sends. */
import type { RedisClientType } from "redis";
import { type RedisServer, redisUrl } from "./server.ts";

/** A connected client that gives up instead of waiting for ever. Errors reach the caller of the command. */
export async function connectJudge(server: RedisServer): Promise<RedisClientType> {
  // The core package alone, and only now: by then Redis and the answer are already starting.
  const { createClient } = await import("./node-redis.ts");
  const client = createClient({
    url: redisUrl(server.endpoint, server.password),
    disableOfflineQueue: true,
    socket: { connectTimeout: 5_000, reconnectStrategy: false },
  });
  client.on("error", () => {
    // Each command's own promise rejects as well; an `error` event without a listener would end the lab.
  });
  await client.connect();
  return client as unknown as RedisClientType;
}
