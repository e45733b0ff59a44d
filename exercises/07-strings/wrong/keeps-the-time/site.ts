import type { RedisClientType } from "redis";

export async function saveNote(client: RedisClientType, id: string, text: string): Promise<void> {
  await client.set(`note:${id}`, text, { expiration: "KEEPTTL" });
}

export async function readNote(client: RedisClientType, id: string): Promise<string | null> {
  return client.get(`note:${id}`);
}

export async function countVisit(client: RedisClientType, page: string): Promise<number> {
  return client.incr(`visits:${page}`);
}

export async function readVisits(client: RedisClientType, page: string): Promise<number> {
  return Number(await client.get(`visits:${page}`));
}

export async function claimName(client: RedisClientType, name: string, user: string): Promise<boolean> {
  const reply = await client.set(`name:${name}`, user, { condition: "NX" });
  return reply === "OK";
}

export async function saveCode(
  client: RedisClientType,
  user: string,
  code: string,
  seconds: number,
): Promise<void> {
  await client.set(`code:${user}`, code, { expiration: { type: "EX", value: seconds } });
}
