import { createHash } from "node:crypto";
import type { RedisClientType } from "redis";

const TRANSFER = `
local amount = tonumber(ARGV[1])
local balance = tonumber(redis.call("GET", KEYS[1]) or "0")
if balance < amount then return 0 end
-- First the step that may fail: what a script has done stays done.
redis.call("INCRBY", KEYS[2], amount)
redis.call("DECRBY", KEYS[1], amount)
return 1`;

const ALLOW = `
local count = tonumber(redis.call("GET", KEYS[1]) or "0")
if count >= tonumber(ARGV[1]) then return 0 end
redis.call("SET", KEYS[1], count + 1)
if count == 0 then redis.call("EXPIRE", KEYS[1], ARGV[2]) end
return 1`;

const UNLOCK = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("DEL", KEYS[1])`;

const nameOf = (script: string) => createHash("sha1").update(script).digest("hex");

/** Runs a script by its name; sends its text where Redis does not know it. True where it gives 1. */
async function run(
  client: RedisClientType,
  script: string,
  keys: string[],
  values: (string | number)[],
): Promise<boolean> {
  const options = { keys, arguments: values.map(String) };
  try {
    return (await client.evalSha(nameOf(script), options)) === 1;
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return (await client.eval(script, options)) === 1;
  }
}

export async function transfer(
  client: RedisClientType,
  from: string,
  to: string,
  amount: number,
): Promise<boolean> {
  if (!Number.isInteger(amount) || amount <= 0) return false;
  return run(client, TRANSFER, [`account:${from}`, `account:${to}`], [amount]);
}

export async function allow(
  client: RedisClientType,
  user: string,
  limit: number,
  seconds: number,
): Promise<boolean> {
  return run(client, ALLOW, [`calls:${user}`], [limit, seconds]);
}

export async function unlock(client: RedisClientType, name: string, token: string): Promise<boolean> {
  return run(client, UNLOCK, [`lock:${name}`], [token]);
}
