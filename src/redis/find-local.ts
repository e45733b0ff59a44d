/** The strategy for a redis-server that is already on this machine. */
import { installCommand } from "../system/install-command.ts";
import { binariesOnPath, localSource } from "./local.ts";
import type { RedisSource } from "./server.ts";

export async function findLocal(
  confined = false,
): Promise<RedisSource | { unavailable: string; mend?: string }> {
  const binaries = binariesOnPath();
  if (binaries) return localSource(binaries, confined);
  return {
    unavailable: "neither redis-server with redis-cli nor valkey-server with valkey-cli is on the PATH",
    mend: installCommand("redis"),
  };
}
