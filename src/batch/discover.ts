/** Which submissions a path holds: it is one (a workspace, or `solutions/`), or a folder of them. */
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { LabError } from "../system/errors.ts";

export interface Submission {
  /** What it is called in results: its folder's name, or its path where two have the same name. */
  readonly id: string;
  readonly folder: string;
}

/** What makes a folder a submission, besides a folder in it that is named like an exercise. */
export interface SubmissionMark {
  readonly exerciseIds: readonly string[];
  /** A file that only workspaces have. */
  readonly workspaceFile: string;
}

/** @throws LabError (usage) for a path that is not there or holds no submission. */
export function discoverSubmissions(paths: readonly string[], mark: SubmissionMark): Submission[] {
  const folders = [...new Set(paths.flatMap((path) => foldersAt(path, mark)))];
  const names = folders.map((folder) => basename(folder));
  return folders.map((folder, index) => {
    const name = names[index] ?? folder;
    return { folder, id: names.filter((one) => one === name).length > 1 ? folder : name };
  });
}

function foldersAt(path: string, mark: SubmissionMark): string[] {
  const folder = resolve(path);
  if (!existsSync(folder)) throw new LabError("usage", `there is no ${path}`, "lab grade FOLDER");
  if (!lstatSync(folder).isDirectory()) {
    throw new LabError(
      "usage",
      `${path} is no folder`,
      "lab grade FOLDER, with a workspace or a folder of workspaces",
    );
  }
  if (isSubmission(folder, mark)) return [folder];
  // Links are left out: a submission must not name somebody else's folder as its own.
  const children = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => join(folder, entry.name))
    .sort();
  // Where one child is a submission, a child with nothing in it is somebody who handed in nothing.
  if (children.some((child) => isSubmission(child, mark))) return children;
  throw new LabError(
    "usage",
    `${path} holds no submission: neither ${mark.workspaceFile} nor a folder named like an exercise (${mark.exerciseIds.slice(0, 2).join(", ")}, …)`,
    "lab grade FOLDER, with a workspace or a folder of workspaces",
  );
}

function isSubmission(folder: string, mark: SubmissionMark): boolean {
  return (
    existsSync(join(folder, mark.workspaceFile)) ||
    mark.exerciseIds.some((id) => existsSync(join(folder, id)))
  );
}
