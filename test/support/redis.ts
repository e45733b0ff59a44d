/** Redis for tests that are not about where it comes from. */
import { createClient, type RedisClientType } from "redis";
import { onTestFinished } from "vitest";
import {
  type RedisServer,
  type RedisSource,
  redisUrl,
  singleServer,
  type Topology,
} from "../../src/redis/server.ts";
import { chooseSource } from "../../src/redis/sources.ts";

// As the lab finds it: on the PATH, else from the distribution's packages.
const found = await chooseSource("local", { say: (line) => console.error(line) });

/** The local Redis of this machine. */
export function machineSource(): RedisSource {
  return found;
}

/** A server that is stopped when the test ends. */
export async function startForTest(source: RedisSource): Promise<Topology> {
  const topology = await source.start(singleServer);
  onTestFinished(() => topology.stop());
  return topology;
}

/** A client that is closed when the test ends, and that never reconnects. */
export async function clientForTest(
  server: Pick<RedisServer, "endpoint" | "password">,
): Promise<RedisClientType> {
  const client = createClient({
    url: redisUrl(server.endpoint, server.password),
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false, connectTimeout: 5_000 },
  });
  client.on("error", () => {
    // The command that failed reports it.
  });
  onTestFinished(() => client.destroy());
  await client.connect();
  return client as RedisClientType;
}
