/** A student's folder: where it is, what is in it, and how it is made. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { Course } from "../course/load.ts";
import { LabError, messageOf } from "../system/errors.ts";
import { whileLocked } from "./lock.ts";
import { notWritable } from "./not-writable.ts";
import { copyAside, moveInPlace } from "./placing.ts";

export const WORKSPACE_FILE = "lab.json";
const WORKSPACE_SCHEMA = "redis-lab/workspace/v1";
export const DEFAULT_WORKSPACE = "workspace";

export interface Workspace {
  readonly folder: string;
}

/** The nearest folder upward from `from` with `lab.json`, else `./workspace` where that has one. */
export function findWorkspace(from = process.cwd()): Workspace | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, WORKSPACE_FILE))) return openWorkspace(folder);
    if (folder === dirname(folder)) break;
  }
  const usual = join(resolve(from), DEFAULT_WORKSPACE);
  return existsSync(join(usual, WORKSPACE_FILE)) ? openWorkspace(usual) : undefined;
}

/** @throws LabError (usage) where `lab.json` is none of ours. */
function openWorkspace(folder: string): Workspace {
  const file = join(folder, WORKSPACE_FILE);
  let schema: unknown;
  try {
    schema = (JSON.parse(readFileSync(file, "utf8")) as { schema?: unknown }).schema;
  } catch (error) {
    throw new LabError(
      "usage",
      `${file} cannot be read: ${messageOf(error)}`,
      `lab init ${JSON.stringify(folder)} writes it anew and keeps your answers`,
    );
  }
  if (schema === WORKSPACE_SCHEMA) return { folder };
  throw new LabError(
    "usage",
    `${file} is not of a workspace that this lab knows (schema ${JSON.stringify(schema)})`,
    "update the lab, or make a new workspace: lab init my-workspace",
  );
}

/** The workspace, or an error that says how to make one. */
export function requireWorkspace(): Workspace {
  const workspace = findWorkspace();
  if (workspace) return workspace;
  throw new LabError("usage", "there is no workspace here", "lab init");
}

/**
 * Makes a workspace, or completes one: what is missing is written, nothing that is there is touched.
 * Gives the exercises whose starters were written.
 * @throws LabError (environment) where the folder cannot be written to.
 */
export async function initWorkspace(
  folder: string,
  course: Course,
): Promise<{ workspace: Workspace; added: string[] }> {
  const absolute = resolve(folder);
  try {
    await mkdir(absolute, { recursive: true });
    if (!existsSync(join(absolute, WORKSPACE_FILE)) || !isReadable(absolute)) {
      const content = { schema: WORKSPACE_SCHEMA, course: course.name };
      await writeFileAtomic(join(absolute, WORKSPACE_FILE), `${JSON.stringify(content, null, 2)}\n`);
    }
    const workspace = { folder: absolute };
    const added = await whileLocked(workspace, async () => {
      const missing: string[] = [];
      for (const { id, folder } of course.exercises)
        if (await addStarter(absolute, id, folder)) missing.push(id);
      return missing;
    });
    return { workspace, added };
  } catch (error) {
    throw notWritable(absolute, error);
  }
}

function isReadable(folder: string): boolean {
  try {
    openWorkspace(folder);
    return true;
  } catch {
    return false;
  }
}

async function addStarter(workspace: string, id: string, exerciseFolder: string): Promise<boolean> {
  const target = join(workspace, id);
  if (existsSync(target) && (await readdir(target)).length > 0) return false;
  const earlier = (await readdir(workspace)).find((name) => name !== id && nameOf(name) === nameOf(id));
  if (earlier !== undefined && !existsSync(target)) {
    await rename(join(workspace, earlier), target);
    return false;
  }
  await moveInPlace(await copyAside(workspace, id, join(exerciseFolder, "starter")), target);
  return true;
}

/** An exercise's name without its number, by which it is known again when a newer course has numbered it anew. */
export function nameOf(id: string): string {
  return id.replace(/^\d\d-/, "");
}
