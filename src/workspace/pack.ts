/** The archive to hand in: the answers alone, the same bytes for the same answers. */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { create } from "tar";
import { type CollectedFile, collectFiles } from "../grading/collect.ts";
import { AnswerFault } from "../grading/fault.ts";
import { LabError, messageOf } from "../system/errors.ts";
import { scratchFolder } from "../system/scratch.ts";
import { writeOutput } from "../system/write-output.ts";
import { isStarter } from "./untouched.ts";
import { WORKSPACE_FILE, type Workspace } from "./workspace.ts";

export interface PackedAnswer {
  readonly id: string;
  /** `untouched`: the starter as it was, which is no answer. */
  readonly state: "answer" | "untouched" | "missing";
  readonly files: readonly CollectedFile[];
}

/**
 * What would be packed, for each exercise.
 * @throws LabError (usage) that names a file which no grader would take.
 */
export async function answersToPack(
  workspace: Workspace,
  exercises: readonly { readonly id: string; readonly folder: string }[],
): Promise<PackedAnswer[]> {
  return Promise.all(
    exercises.map(async ({ id, folder }): Promise<PackedAnswer> => {
      const files = await collected(join(workspace.folder, id), id);
      if (files.length === 0) return { id, state: "missing", files };
      return { id, state: (await isStarter(files, folder)) ? "untouched" : "answer", files };
    }),
  );
}

async function collected(folder: string, id: string): Promise<readonly CollectedFile[]> {
  try {
    return await collectFiles(folder);
  } catch (error) {
    if (!(error instanceof AnswerFault)) throw error;
    throw new LabError(
      "usage",
      `${id}: ${error.message}`,
      "keep only your own files there, then run lab pack again",
    );
  }
}

/**
 * Writes the answers to a gzipped tar file.
 * @returns its size in bytes, and its digest as "sha256:…".
 * @throws LabError (environment) where the file cannot be written.
 */
export async function writePack(
  workspace: Workspace,
  answers: readonly PackedAnswer[],
  output: string,
): Promise<{ bytes: number; digest: string }> {
  const scratch = scratchFolder("pack");
  try {
    const names = [WORKSPACE_FILE];
    await writeFile(
      join(scratch.folder, WORKSPACE_FILE),
      await readFile(join(workspace.folder, WORKSPACE_FILE)),
    );
    for (const { id, state, files } of answers) {
      if (state !== "answer") continue;
      for (const { path, content } of files) {
        const name = `${id}/${path}`;
        await mkdir(dirname(join(scratch.folder, name)), { recursive: true });
        await writeFile(join(scratch.folder, name), content);
        names.push(name);
      }
    }
    // No owners and no times: they would make another file of the same answers.
    const options = {
      cwd: scratch.folder,
      gzip: true,
      portable: true,
      mtime: new Date(0),
      noDirRecurse: true,
    };
    const packed = Buffer.concat(await create(options, names).collect());
    await writeOutput(output, packed).catch((error) => {
      throw new LabError(
        "environment",
        `${output} cannot be written: ${messageOf(error)}`,
        "lab pack -o FILE, with a file that you can write",
      );
    });
    return { bytes: packed.length, digest: `sha256:${createHash("sha256").update(packed).digest("hex")}` };
  } finally {
    await scratch.remove();
  }
}
