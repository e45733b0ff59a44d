/** Workspaces as students have them after a while. */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { folderWith } from "./answer.ts";
import { lab } from "./cli.ts";

const root = join(import.meta.dirname, "..", "..");

/** A workspace in which some exercises are answered by their solutions or by a wrong answer. */
export async function workspaceWith(answers: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = folderWith({});
  expect((await lab(["init", "."], { cwd: folder })).code).toBe(0);
  for (const [id, from] of Object.entries(answers)) {
    rmSync(join(folder, id), { recursive: true });
    cpSync(join(root, from), join(folder, id), { recursive: true });
  }
  return folder;
}

/** Notes in the progress of a workspace that every other exercise of the course was passed. */
export function passAllBut(folder: string, ids: readonly string[]): void {
  const passed = { tries: 1, bestScore: 1, passedAt: "2026-01-01T00:00:00.000Z" };
  const others = readdirSync(join(root, "exercises")).filter((id) => !ids.includes(id));
  mkdirSync(join(folder, ".lab"), { recursive: true });
  const exercises = Object.fromEntries(others.map((id) => [id, passed]));
  const progress = { schema: "redis-lab/progress/v1", exercises };
  writeFileSync(join(folder, ".lab", "progress.json"), JSON.stringify(progress));
}
