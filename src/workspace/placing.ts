/** Putting a whole folder in the place of an answer: all of it, or nothing. */
import { existsSync } from "node:fs";
import { cp, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";

/** Copies `source` to a folder inside the workspace, on the same disk as the answer, and gives its path. */
export async function copyAside(workspace: string, id: string, source: string): Promise<string> {
  const aside = join(workspace, ".lab", `new-${id}`);
  // Of a lab that was killed.
  await rm(aside, { recursive: true, force: true });
  await cp(source, aside, { recursive: true });
  return aside;
}

/** @param answer a folder that is not there, or is empty. */
export async function moveInPlace(fresh: string, answer: string): Promise<void> {
  if (existsSync(answer)) await rmdir(answer);
  await rename(fresh, answer);
}
