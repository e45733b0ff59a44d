import type { RedisClientType } from "redis";

const LIBRARY = `#!lua name=atomic
local function transfer(keys, args)
  local amount = tonumber(args[1])
  local balance = tonumber(redis.call("GET", keys[1]) or "0")
  if balance < amount then return 0 end
  redis.call("INCRBY", keys[2], amount)
  redis.call("DECRBY", keys[1], amount)
  return 1
end

local function allow(keys, args)
  local count = tonumber(redis.call("GET", keys[1]) or "0")
  if count >= tonumber(args[1]) then return 0 end
  if redis.call("INCR", keys[1]) == 1 then redis.call("EXPIRE", keys[1], args[2]) end
  return 1
end

local function unlock(keys, args)
  if redis.call("GET", keys[1]) ~= args[1] then return 0 end
  return redis.call("DEL", keys[1])
end

redis.register_function("transfer", transfer)
redis.register_function("allow", allow)
redis.register_function("unlock", unlock)`;

let loading: Promise<string> | undefined;

async function run(
  client: RedisClientType,
  name: string,
  keys: string[],
  values: (string | number)[],
): Promise<boolean> {
  loading ??= client.functionLoad(LIBRARY, { REPLACE: true });
  await loading;
  return (await client.fCall(name, { keys, arguments: values.map(String) })) === 1;
}

export async function transfer(
  client: RedisClientType,
  from: string,
  to: string,
  amount: number,
): Promise<boolean> {
  if (!Number.isInteger(amount) || amount <= 0) return false;
  return run(client, "transfer", [`account:${from}`, `account:${to}`], [amount]);
}

export async function allow(
  client: RedisClientType,
  user: string,
  limit: number,
  seconds: number,
): Promise<boolean> {
  return run(client, "allow", [`calls:${user}`], [limit, seconds]);
}

export async function unlock(client: RedisClientType, name: string, token: string): Promise<boolean> {
  return run(client, "unlock", [`lock:${name}`], [token]);
}
