/** A file that cannot be read is kept under another name: nothing in it is lost. */
import { renameSync } from "node:fs";
import { notWritable } from "./not-writable.ts";

/**
 * Gives a JSON file a dated name beside its own, which it returns.
 * @throws LabError (environment) where the folder cannot be written to.
 */
export function setAside(path: string): string {
  const date = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const aside = `${path.replace(/\.json$/, "")}.unreadable-${date}.json`;
  try {
    renameSync(path, aside);
  } catch (error) {
    throw notWritable(path, error);
  }
  return aside;
}
