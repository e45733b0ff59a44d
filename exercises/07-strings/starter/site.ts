import type { RedisClientType } from "redis";

// Each function gets a connected client. Which key belongs to which function, the table in the lesson says.

export async function saveNote(client: RedisClientType, id: string, text: string): Promise<void> {
  // TODO: store the text
}

export async function readNote(client: RedisClientType, id: string): Promise<string | null> {
  // TODO: give the text, or null when there is no such note
  return null;
}

export async function countVisit(client: RedisClientType, page: string): Promise<number> {
  // TODO: add 1 to the visits of the page and give the new number
  return 0;
}

export async function readVisits(client: RedisClientType, page: string): Promise<number> {
  // TODO: give the number of visits, 0 for a page that nobody visited
  return 0;
}

export async function claimName(client: RedisClientType, name: string, user: string): Promise<boolean> {
  // TODO: give the name to the user if it is still free; true if it was, false if not
  return false;
}

export async function saveCode(
  client: RedisClientType,
  user: string,
  code: string,
  seconds: number,
): Promise<void> {
  // TODO: store the code for so many seconds, with one command
}
