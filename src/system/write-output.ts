import { stat, writeFile } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";

/**
 * Writes a file that a user named, whole or not at all. A device or a pipe is written into as it is: renaming a file
 * onto it, as root, would replace /dev/null for the whole machine.
 *
 * @throws what the system says where it cannot be written.
 */
export async function writeOutput(file: string, content: string | Buffer): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there && !there.isFile()) await writeFile(file, content);
  else await writeFileAtomic(file, content);
}
