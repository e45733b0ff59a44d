import type { RedisClientType } from "redis";

const tagsOf = (id: string) => `recipe:${id}:tags`;
const recipesOf = (tag: string) => `tag:${tag}`;

export async function addTags(client: RedisClientType, id: string, tags: string[]): Promise<void> {
  await Promise.all([client.sAdd(tagsOf(id), tags), ...tags.map((tag) => client.sAdd(recipesOf(tag), id))]);
}

export async function removeTag(client: RedisClientType, id: string, tag: string): Promise<void> {
  await client.sRem(tagsOf(id), tag);
  client.sRem(recipesOf(tag), id);
}

export async function hasTag(client: RedisClientType, id: string, tag: string): Promise<boolean> {
  return (await client.sIsMember(tagsOf(id), tag)) === 1;
}

export async function withAll(client: RedisClientType, tags: string[]): Promise<string[]> {
  return client.sInter(tags.map(recipesOf));
}

export async function withAny(client: RedisClientType, tags: string[]): Promise<string[]> {
  return client.sUnion(tags.map(recipesOf));
}

export async function without(client: RedisClientType, tag: string, unwanted: string[]): Promise<string[]> {
  return client.sDiff([tag, ...unwanted].map(recipesOf));
}

export async function findTags(client: RedisClientType, prefix: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const keys of client.scanIterator({ MATCH: `tag:${prefix}*` })) {
    for (const key of keys) found.add(key.slice(4));
  }
  return [...found];
}
