/** A student's folder: where it is, what is in it, and how it is made. */
import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { type Course, exerciseIds } from "../course/load.ts";
import { LabError, messageOf } from "../system/errors.ts";
import { whileLocked } from "./lock.ts";
import { notWritable } from "./not-writable.ts";
import { copyAside, moveInPlace } from "./placing.ts";
import { setAside } from "./set-aside.ts";

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
      `lab init ${JSON.stringify(folder)} writes it anew, and keeps it and your answers`,
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
  if (workspace) {
    renumber(workspace, exerciseIds());
    return workspace;
  }
  throw new LabError("usage", "there is no workspace here", "lab init");
}

/**
 * Makes a workspace, or completes one: what is missing is written, nothing that is there is touched.
 * Gives the exercises whose starters were written.
 * @throws LabError (environment) where the folder cannot be written to; (usage) where it is of another lab.
 */
export async function initWorkspace(
  folder: string,
  course: Course,
  say: (line: string) => void,
): Promise<{ workspace: Workspace; added: string[] }> {
  const absolute = resolve(folder);
  try {
    await mkdir(absolute, { recursive: true });
    const file = join(absolute, WORKSPACE_FILE);
    if (existsSync(file) && !isWorkspaceFile(file))
      say(`${file} could not be read. It is kept as ${setAside(file)}.`);
    if (existsSync(file)) openWorkspace(absolute);
    else {
      const content = { schema: WORKSPACE_SCHEMA, course: course.name };
      await writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`);
    }
    const workspace = { folder: absolute };
    const added = await whileLocked(workspace, async () => {
      const missing: string[] = [];
      renumber(
        workspace,
        course.exercises.map(({ id }) => id),
      );
      for (const { id, folder } of course.exercises)
        if (await addStarter(absolute, id, folder)) missing.push(id);
      return missing;
    });
    return { workspace, added };
  } catch (error) {
    throw notWritable(absolute, error);
  }
}

/** Whether it was written by a lab, perhaps a newer one, and not torn since. */
function isWorkspaceFile(file: string): boolean {
  try {
    const { schema } = JSON.parse(readFileSync(file, "utf8")) as { schema?: unknown };
    return typeof schema === "string" && schema.startsWith("redis-lab/workspace/");
  } catch {
    return false;
  }
}

async function addStarter(workspace: string, id: string, exerciseFolder: string): Promise<boolean> {
  const target = join(workspace, id);
  if (existsSync(target) && (await readdir(target)).length > 0) return false;
  await moveInPlace(await copyAside(workspace, id, join(exerciseFolder, "starter")), target);
  return true;
}

/** Gives the answers the numbers of this course, where a newer one has numbered its exercises anew. */
function renumber({ folder }: Workspace, ids: readonly string[]): void {
  const there = readdirSync(folder);
  for (const id of ids) {
    const earlier = there.find((name) => name !== id && nameOf(name) === nameOf(id));
    if (earlier === undefined || there.includes(id)) continue;
    try {
      renameSync(join(folder, earlier), join(folder, id));
    } catch (error) {
      // Another lab was faster.
      if (existsSync(join(folder, id))) continue;
      throw notWritable(folder, error);
    }
  }
}

/** An exercise's name without its number, by which it is known again when a newer course has numbered it anew. */
export function nameOf(id: string): string {
  return id.replace(/^\d\d-/, "");
}
