import type { RedisSource } from "./server.ts";
export async function fetchRedis(
  _say: (line: string) => void,
): Promise<RedisSource | { unavailable: string; mend?: string }> {
  return { unavailable: "" };
}
