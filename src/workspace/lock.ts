/** One lab at a time changes what is in a workspace. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onRelease, throwIfInterrupted } from "../system/cleanup.ts";
import { LabError } from "../system/errors.ts";
import { notWritable } from "./not-writable.ts";
import type { Workspace } from "./workspace.ts";

/** Milliseconds after which the lock of a lab that was killed no longer counts; a living one renews it. */
const STALE_MS = 2_000;

/**
 * Runs `work` while no other lab does so in this workspace. Only what is short belongs here: the others wait, and
 * so does the end of a lab that is interrupted in it, or the lock and half a file would be left behind.
 * @throws LabError (environment) where the folder cannot be written to, or another lab goes on for seconds.
 */
export async function whileLocked<T>(workspace: Workspace, work: () => T | Promise<T>): Promise<T> {
  throwIfInterrupted();
  const working = locked(workspace, work);
  const ended = onRelease(async () => void (await Promise.allSettled([working])));
  try {
    return await working;
  } finally {
    await ended();
  }
}

async function locked<T>(workspace: Workspace, work: () => T | Promise<T>): Promise<T> {
  const folder = join(workspace.folder, ".lab");
  // Loaded only by what writes: `lab list` has 0.12 s.
  const { default: lockfile } = await import("proper-lockfile");
  let release: () => Promise<void>;
  try {
    mkdirSync(folder, { recursive: true });
    release = await lockfile.lock(folder, {
      lockfilePath: join(folder, "lock"),
      stale: STALE_MS,
      retries: { retries: 60, factor: 1, minTimeout: 50, maxTimeout: 50, randomize: true },
      // Whoever was asleep for so long that another lab took over has its file written by then, or writes it whole.
      onCompromised: () => {},
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ELOCKED") throw notWritable(folder, error);
    throw new LabError("environment", "another lab is busy in this workspace", "run the same command again");
  }
  try {
    return await work();
  } finally {
    // Gone already, where it was taken over.
    await release().catch(() => {});
  }
}
