/** An exercise's example data: commands that fill an empty Redis, for trying things out. */
import type { RedisClientType } from "redis";
import { splitWords } from "./words.ts";

/** @param text lines as redis-cli reads them. @throws Error that names the line which Redis refuses. */
export async function loadExample(text: string, client: Pick<RedisClientType, "sendCommand">): Promise<void> {
  for (const line of text.split("\n")) {
    const words = line.startsWith("#") ? [] : splitWords(line.trim());
    if (words?.length === 0) continue;
    try {
      if (!words) throw new Error("the quotes are not balanced");
      await client.sendCommand([...words]);
    } catch (error) {
      throw new Error(`example data: ${line}: ${(error as Error).message}`);
    }
  }
}
