/** Answers that nobody has written on yet. */
import { join } from "node:path";
import { type CollectedFile, collectFiles } from "../grading/collect.ts";

/** Whether these files of an answer are an exercise's starter as it was. @param exerciseFolder of the course */
export async function isStarter(files: readonly CollectedFile[], exerciseFolder: string): Promise<boolean> {
  const starter = await collectFiles(join(exerciseFolder, "starter"));
  return (
    files.length === starter.length &&
    files.every(
      ({ path, content }, index) => starter[index]?.path === path && content.equals(starter[index].content),
    )
  );
}
