/** The folder of one exercise's answer: made from the starter, set back to it, and what it held before. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { localTime } from "../system/local-time.ts";
import { whileLocked } from "./lock.ts";
import { notWritable } from "./not-writable.ts";
import { copyAside, moveInPlace } from "./placing.ts";
import { nameOf, type Workspace } from "./workspace.ts";

/** What is needed of an exercise. */
interface Startable {
  readonly id: string;
  readonly folder: string;
}

/**
 * Puts the starter back. What was there before is moved to a dated copy, whose name is given; undefined where there
 * was nothing but the starter. Killed in the middle, it leaves the answer in its place or as a copy.
 * @throws LabError (environment) where the workspace cannot be written to.
 */
export async function resetAnswer(workspace: Workspace, exercise: Startable): Promise<string | undefined> {
  return replaceAnswer(workspace, exercise.id, join(exercise.folder, "starter"));
}

/** Puts a copy back in the place of the answer, which becomes a copy itself, whose name is given. The copy stays. */
export async function restoreAnswer(
  workspace: Workspace,
  id: string,
  copy: string,
): Promise<string | undefined> {
  return replaceAnswer(workspace, id, join(copiesFolder(workspace, id), copy));
}

/** Names of the dated copies of an answer, the oldest first. */
export async function answerCopies(workspace: Workspace, id: string): Promise<string[]> {
  const folder = copiesFolder(workspace, id);
  return existsSync(folder) ? (await readdir(folder)).sort() : [];
}

/** By name: a newer course may number the exercise anew. */
function copiesFolder({ folder }: Workspace, id: string): string {
  return join(folder, ".lab", "kept", nameOf(id));
}

async function replaceAnswer(workspace: Workspace, id: string, source: string): Promise<string | undefined> {
  const answer = join(workspace.folder, id);
  try {
    return await whileLocked(workspace, async () => {
      // What cannot be compared, a link that leads nowhere for instance, is not the same.
      if (await isSameTree(answer, source).catch(() => false)) return undefined;
      const fresh = await copyAside(workspace.folder, id, source);
      const kept = (await isEmpty(answer)) ? undefined : await moveToCopies(workspace, id, answer);
      await moveInPlace(fresh, answer);
      return kept;
    });
  } catch (error) {
    throw notWritable(answer, error);
  }
}

async function moveToCopies(workspace: Workspace, id: string, answer: string): Promise<string> {
  const folder = copiesFolder(workspace, id);
  await mkdir(folder, { recursive: true });
  // As a folder may be called on every system: 2026-03-14T15-09-26.
  const date = localTime(new Date()).replaceAll(":", "-");
  let name = date;
  for (let count = 2; existsSync(join(folder, name)); count++) name = `${date}-${count}`;
  await rename(answer, join(folder, name));
  return name;
}

async function isEmpty(folder: string): Promise<boolean> {
  return !existsSync(folder) || (await readdir(folder)).length === 0;
}

async function isSameTree(one: string, other: string): Promise<boolean> {
  if (!existsSync(one)) return false;
  const [files, others] = await Promise.all([filesOf(one), filesOf(other)]);
  if (files.length !== others.length) return false;
  for (const [index, file] of files.entries()) {
    if (others[index] !== file) return false;
    const [content, wanted] = await Promise.all([readFile(join(one, file)), readFile(join(other, file))]);
    if (!content.equals(wanted)) return false;
  }
  return true;
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
