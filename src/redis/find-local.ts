/** The strategy for a redis-server that is already on this machine. */
import { binariesOnPath, localSource } from "./local.ts";
import type { RedisSource } from "./server.ts";

export async function findLocal(
  confined = false,
): Promise<RedisSource | { unavailable: string; mend?: string }> {
  const binaries = binariesOnPath();
  if (binaries) return localSource(binaries, confined);
  return {
    unavailable: "neither redis-server with redis-cli nor valkey-server with valkey-cli is on the PATH",
    mend: installCommand(),
  };
}

/** The one command that installs Redis here. */
export function installCommand(platform: NodeJS.Platform = process.platform): string {
  if (platform === "darwin") return "brew install redis";
  if (platform === "win32") return "winget install Docker.DockerDesktop";
  return "sudo apt-get install redis-server  (or: sudo dnf install redis)";
}
