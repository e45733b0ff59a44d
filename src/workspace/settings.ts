/** What a workspace has besides answers: settings for editors, a workflow for CI, a page that says what is what. */

import { constants } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { notWritable } from "./not-writable.ts";
import type { Workspace } from "./workspace.ts";

/** Their names in the lab's own folder, where tools would take them for the lab's settings, and in a workspace. */
const FILES: Readonly<Record<string, string>> = {
  "readme.md": "README.md",
  "package.json": "package.json",
  "tsconfig.json": "tsconfig.json",
  gitignore: ".gitignore",
  "vscode-extensions.json": ".vscode/extensions.json",
  "workflow.yml": ".github/workflows/redis-lab.yml",
};

/**
 * Writes those that are not there; none that is there is touched. Gives the names of those written.
 * @throws LabError (environment) where the workspace cannot be written to.
 */
export async function addSettings({ folder }: Workspace): Promise<string[]> {
  const written: string[] = [];
  for (const [template, name] of Object.entries(FILES)) {
    const target = join(folder, name);
    try {
      await mkdir(dirname(target), { recursive: true });
      await copyFile(join(packageRoot, "templates", "workspace", template), target, constants.COPYFILE_EXCL);
      written.push(name);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw notWritable(target, error);
    }
  }
  return written;
}
