/** The texts that an exercise brings: Markdown, read when they are shown. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../system/package-root.ts";

/** What the student reads first: the lesson and the task. */
export function lessonText(id: string): string {
  return readFileSync(join(packageRoot, "exercises", id, "README.md"), "utf8");
}

/** Why the solution works, for after a pass. */
export function whyText(id: string): string {
  return readFileSync(join(packageRoot, "solutions", id, "why.md"), "utf8");
}

/** Commands of redis-cli that make the example data; undefined where an exercise has none. */
export function exampleText(id: string): string | undefined {
  const file = join(packageRoot, "exercises", id, "example.redis");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
