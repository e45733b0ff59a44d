/** The judge's own connections to a Redis: for commands, and for watching what the answer sends. */
import type { RedisClientType } from "redis";
import { type RedisServer, redisUrl } from "./server.ts";

/**
 * What every connection is made from. node-redis makes a class of 400 commands for each new set of options,
 * in 35 ms; duplicates share it. Loaded only now: by then Redis and the answer are already starting.
 */
let template: ReturnType<typeof loadTemplate> | undefined;

async function loadTemplate() {
  const { createClient } = await import("./node-redis.ts");
  return createClient({
    disableOfflineQueue: true,
    socket: { connectTimeout: 5_000, reconnectStrategy: false },
  });
}

/** Begins loading what `connectJudge` needs. */
export function prepareConnections(): void {
  template ??= loadTemplate();
}

/** A connected client that gives up instead of waiting for ever. Errors reach the caller of the command. */
export async function connectJudge(server: RedisServer): Promise<RedisClientType> {
  template ??= loadTemplate();
  const client = (await template).duplicate({ url: redisUrl(server.endpoint, server.password) });
  client.on("error", () => {
    // Each command's own promise rejects as well; an `error` event without a listener would end the lab.
  });
  await client.connect();
  return client as unknown as RedisClientType;
}
