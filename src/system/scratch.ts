/** Temporary folders that never outlive the lab. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onRelease, throwIfInterrupted } from "./cleanup.ts";
import { codeOf, LabError, messageOf } from "./errors.ts";
import { isAlive, killBelonging } from "./process-tree.ts";
import { runCommand } from "./run-command.ts";

export interface Scratch {
  readonly folder: string;
  remove(): Promise<void>;
}

/** All scratch folders of one lab process live below one root whose name holds the process id. */
const ROOT_PREFIX = "redis-lab-";
const REMOVE_LIMIT_MS = 60_000;
let root: string | undefined;
/** That are in it. */
let folders = 0;
let removesRootOnExit = false;

/** A fresh, empty folder that only this user can enter. */
export function scratchFolder(purpose: string): Scratch {
  throwIfInterrupted();
  try {
    root ??= makeRoot();
    const folder = mkdtempSync(join(root, `${purpose}-`));
    folders++;
    const now = () => rmSync(folder, { recursive: true, force: true, maxRetries: 2 });
    const remove = onRelease(async () => {
      try {
        await removeTree(folder);
      } finally {
        await removeRootIfUnused();
      }
    }, now);
    return { folder, remove };
  } catch (error) {
    throw new LabError(
      "environment",
      `cannot make a temporary folder in ${tmpdir()}: ${messageOf(error)}`,
      codeOf(error) === "ENOSPC"
        ? "free some space there, then run the same command again"
        : "set TMPDIR to a folder you can write to",
      { cause: error },
    );
  }
}

/** Also of folders without permissions, and nested deeper than a path can be long, at which `rm` gives up. */
async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch (error) {
    if (process.platform === "win32") throw error;
    await runCommand("chmod", ["-R", "u+rwX", folder], { limitMs: REMOVE_LIMIT_MS }).catch(() => {});
    await runCommand("rm", ["-rf", folder], { limitMs: REMOVE_LIMIT_MS });
  }
}

function makeRoot(): string {
  const made = mkdtempSync(join(tmpdir(), `${ROOT_PREFIX}${process.pid}-`));
  if (!removesRootOnExit) {
    removesRootOnExit = true;
    process.on("exit", () => root && rmSync(root, { recursive: true, force: true, maxRetries: 2 }));
  }
  return made;
}

/** Not only on exit: a program that uses this code may be ended without one. With what answers put beside their folders. */
async function removeRootIfUnused(): Promise<void> {
  if (--folders > 0 || !root) return;
  const unused = root;
  root = undefined;
  await removeTree(unused);
}

/**
 * Removes what a lab that was killed (kill -9, power loss) left: its folders, and the processes that run in
 * them. Cheap when there is nothing: one listing of the temporary folder.
 */
export async function sweepAbandoned(): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(tmpdir());
  } catch {
    return;
  }
  for (const name of names) {
    const pid = Number(new RegExp(`^${ROOT_PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    const folder = join(tmpdir(), name);
    await killBelonging({ marker: folder });
    await rm(folder, { recursive: true, force: true }).catch(() => {
      // Another user's folder: theirs to remove.
    });
  }
}

export function ensureFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
