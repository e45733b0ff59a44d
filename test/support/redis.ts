/** Redis for tests that are not about where it comes from. */
import { createClient, type RedisClientType } from "redis";
import { onTestFinished } from "vitest";
import { binariesOnPath, localSource } from "../../src/redis/local.ts";
import {
  type RedisServer,
  type RedisSource,
  redisUrl,
  singleServer,
  type Topology,
} from "../../src/redis/server.ts";

/** The redis-server of this machine; the tests need one. */
export function machineSource(): RedisSource {
  const binaries = binariesOnPath();
  if (!binaries)
    throw new Error("these tests need redis-server on the PATH: sudo apt-get install redis-server");
  return localSource(binaries);
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
