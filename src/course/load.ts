/** Reading a course from its folders: `exercises/NN-name/` and `solutions/NN-name/`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LabError, messageOf } from "../system/errors.ts";
import { loadEsbuild } from "../system/esbuild.ts";
import { packageRoot } from "../system/package-root.ts";
import { scratchFolder } from "../system/scratch.ts";
import { builtEntry, type ExerciseSummary, summaryOf } from "./course-index.ts";
import type { Exercise, ExerciseDefinition } from "./exercise.ts";
import { definitionFaults } from "./faults.ts";

export interface Course {
  readonly name: string;
  readonly version: string;
  /** The folder that holds `exercises/` and `solutions/`. */
  readonly folder: string;
  readonly exercises: readonly Exercise[];
}

const EXERCISE_FOLDER = /^(\d{2})-[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * Loads the course in `folder`; the lab's own when left out.
 * @throws LabError (usage) where the folder holds no course, or an exercise is not well-formed.
 */
export async function loadCourse(folder = packageRoot): Promise<Course> {
  const ids = exerciseIds(folder);
  if (ids.length === 0) {
    throw new LabError(
      "usage",
      `${join(folder, "exercises")} holds no exercises`,
      "lab course new my-first-exercise",
    );
  }
  const exercises = await Promise.all(ids.map((id) => loadExercise(folder, id)));
  const { name, version } = courseManifest(folder);
  return { name, version, folder, exercises };
}

/** Folder names of the exercises, in order, without loading them. */
export function exerciseIds(folder = packageRoot): string[] {
  const exercises = join(folder, "exercises");
  if (!existsSync(exercises)) return [];
  return readdirSync(exercises)
    .filter((name) => EXERCISE_FOLDER.test(name) && existsSync(join(exercises, name, "exercise.ts")))
    .sort();
}

/** What a list shows of each exercise, in order. Only what is newer than the build is loaded. */
export async function courseSummaries(
  folder = packageRoot,
): Promise<(ExerciseSummary & { readonly id: string })[]> {
  return Promise.all(
    exerciseIds(folder).map(async (id) => ({
      ...(builtEntry(folder, id) ?? summaryOf(await loadExercise(folder, id))),
      id,
    })),
  );
}

/** One exercise, without loading the others. */
export async function loadExercise(courseFolder: string, id: string): Promise<Exercise> {
  const folder = join(courseFolder, "exercises", id);
  const source = join(folder, "exercise.ts");
  let definition: ExerciseDefinition;
  try {
    definition = await importDefinition(courseFolder, id);
  } catch (error) {
    throw new LabError("usage", `${source} cannot be loaded: ${messageOf(error)}`, `mend ${source}`, {
      cause: error,
    });
  }
  const faults = definitionFaults(definition);
  if (faults.length > 0) {
    throw new LabError("usage", `${source}: ${faults.join("; ")}`, `mend ${source}`);
  }
  const number = Number(EXERCISE_FOLDER.exec(id)?.[1]);
  return { ...definition, id, number, folder, solution: join(courseFolder, "solutions", id) };
}

async function importDefinition(courseFolder: string, id: string): Promise<ExerciseDefinition> {
  const file = compiledExercise(courseFolder, id) ?? (await compileExercise(courseFolder, id));
  const loaded: { default?: ExerciseDefinition } = await import(pathToFileURL(file.path).href);
  await file.remove?.();
  if (!loaded.default) throw new Error("it has no default export");
  return loaded.default;
}

interface CompiledFile {
  readonly path: string;
  remove?(): Promise<void>;
}

/** The exercise as the build compiled it, if it was compiled from just these sources. */
function compiledExercise(courseFolder: string, id: string): CompiledFile | undefined {
  return builtEntry(courseFolder, id) && { path: join(packageRoot, "dist", "exercises", `${id}.js`) };
}

/** Compiles an exercise that is newer than the build, or of another course. */
async function compileExercise(courseFolder: string, id: string): Promise<CompiledFile> {
  const { build } = loadEsbuild();
  const result = await build({
    entryPoints: [join(courseFolder, "exercises", id, "exercise.ts")],
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    packages: "external",
    write: false,
    logLevel: "silent",
  });
  const scratch = scratchFolder("course");
  const path = join(scratch.folder, `${id}.mjs`);
  await writeFile(path, result.outputFiles[0]?.contents ?? "");
  return { path, remove: scratch.remove };
}

function courseManifest(folder: string): { name: string; version: string } {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      name?: string;
      version?: string;
    };
    return { name: manifest.name ?? "course", version: manifest.version ?? "0.0.0" };
  } catch {
    return { name: "course", version: "0.0.0" };
  }
}
