/** `lab course new NAME`: the two folders of a new exercise, as a module to begin with. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { exerciseIds } from "../course/load.ts";
import { newExerciseFiles } from "../course/scaffold.ts";
import { ExitCode, LabError } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { notWritable } from "../workspace/not-writable.ts";
import type { Terminal } from "./terminal.ts";

export async function courseNew(
  name: string,
  options: { course?: string },
  terminal: Terminal,
): Promise<number> {
  const folder = options.course ?? packageRoot;
  const id = newExerciseId(name, exerciseIds(folder));
  const targets = [join(folder, "exercises", id), join(folder, "solutions", id)];
  const taken = targets.find((target) => existsSync(target));
  if (taken) throw new LabError("usage", `${taken} is there already`, "choose another name");
  for (const [path, content] of Object.entries(newExerciseFiles(id))) {
    const file = join(folder, path);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { flag: "wx" });
    } catch (error) {
      throw notWritable(file, error);
    }
    terminal.print(`${relative(process.cwd(), file)}\n`);
  }
  terminal.say(`Write the lesson and the checks, then run: lab course verify --exercise ${id}`);
  return ExitCode.passed;
}

/** "bloom-filters" gets the number after the last one; "32-bloom-filters" keeps its own. */
function newExerciseId(name: string, ids: readonly string[]): string {
  if (!/^(\d{2}-)?[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new LabError(
      "usage",
      `"${name}" is no name for an exercise`,
      "use lower-case words with hyphens, such as bloom-filters",
    );
  }
  if (/^\d{2}-/.test(name)) {
    const same = ids.find((id) => id.slice(0, 2) === name.slice(0, 2));
    if (same)
      throw new LabError(
        "usage",
        `number ${name.slice(0, 2)} is taken by ${same}`,
        "choose another number, or leave it out",
      );
    return name;
  }
  const last = Math.max(0, ...ids.map((id) => Number(id.slice(0, 2))));
  return `${String(last + 1).padStart(2, "0")}-${name}`;
}
