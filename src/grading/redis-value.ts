/** What is at a key, with its type and time to live. */
import type { JudgeRedis } from "../course/vocabulary.ts";
import { describeValue } from "./compare.ts";
import { AnswerFault } from "./fault.ts";

export interface RedisValue {
  /** As TYPE says it: "string", "hash", …, "none". */
  readonly type: string;
  /** string; Record for a hash; arrays for a list and a set (sorted); Record<member, score> for a sorted set. */
  readonly value: unknown;
  /** Milliseconds; -1 without expiry, -2 where there is no key. */
  readonly ttlMs: number;
}

/** Bytes in Redis' memory of what is read to be compared; an answer may fill its Redis with one key. */
const VALUE_LIMIT_BYTES = 8 * 1024 * 1024;

/** @throws AnswerFault where the value is too large to be read. */
export async function readKey(redis: JudgeRedis, key: string): Promise<RedisValue> {
  const [type, ttlMs, bytes] = await Promise.all([redis.type(key), redis.pTTL(key), redis.memoryUsage(key)]);
  if (bytes !== null && bytes > VALUE_LIMIT_BYTES)
    throw new AnswerFault("failed", `key ${JSON.stringify(key)} is far too large`, {
      expected: "at most 8 MiB",
      actual: `${type} of ${(bytes / 1024 / 1024).toFixed(1)} MiB`,
    });
  return { type, ttlMs, value: await readTyped(redis, key, type) };
}

async function readTyped(redis: JudgeRedis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case "string":
      return redis.get(key);
    case "hash":
      return redis.hGetAll(key);
    case "list":
      return redis.lRange(key, 0, -1);
    case "set":
      return (await redis.sMembers(key)).sort();
    case "zset": {
      const members = await redis.zRangeWithScores(key, 0, -1);
      return Object.fromEntries(members.map(({ value, score }) => [value, score]));
    }
    default:
      return undefined;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = { zset: "sorted set" };

/** "hash { name: 'x' } (no TTL)". */
export function describeRedisValue(found: RedisValue): string {
  if (found.type === "none") return "no such key";
  const value = found.value === undefined ? "" : ` ${describeContent(found.value)}`;
  return `${TYPE_NAMES[found.type] ?? found.type}${value} (${describeTtl(found.ttlMs)})`;
}

/** Bitmaps and the like say nothing to a reader, and fill a screen. */
function describeContent(value: unknown): string {
  return typeof value === "string" && NOT_TEXT.test(value) ? "of binary data" : describeValue(value);
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_TEXT = /[\0-\x08\x0e-\x1a\ufffd]/;

export function describeTtl(ttlMs: number): string {
  if (ttlMs === -2) return "no such key";
  return ttlMs < 0 ? "no TTL" : `TTL ${(ttlMs / 1000).toFixed(ttlMs < 10_000 ? 1 : 0)} s`;
}
