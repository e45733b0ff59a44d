import type { RedisClientType } from "redis";

// Each function gets a connected client. The tags of the recipe "7" are the set recipe:7:tags; the recipes that
// have the tag "vegan" are the set tag:vegan.

export async function addTags(client: RedisClientType, id: string, tags: string[]): Promise<void> {
  // TODO: add the tags to the recipe, and the recipe to each of the tags
}

export async function removeTag(client: RedisClientType, id: string, tag: string): Promise<void> {
  // TODO: take the tag from the recipe, and the recipe from the tag
}

export async function hasTag(client: RedisClientType, id: string, tag: string): Promise<boolean> {
  // TODO: does the recipe have this tag?
  return false;
}

export async function withAll(client: RedisClientType, tags: string[]): Promise<string[]> {
  // TODO: give the ids of the recipes that have all these tags
  return [];
}

export async function withAny(client: RedisClientType, tags: string[]): Promise<string[]> {
  // TODO: give the ids of the recipes that have at least one of these tags
  return [];
}

export async function without(client: RedisClientType, tag: string, unwanted: string[]): Promise<string[]> {
  // TODO: give the ids of the recipes that have the tag, but none of the unwanted ones
  return [];
}

export async function findTags(client: RedisClientType, prefix: string): Promise<string[]> {
  // TODO: look at the keys, page by page, and give the names of all tags that begin with prefix
  return [];
}
