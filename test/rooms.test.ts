/** Imports go down the list of rooms, never up and never sideways. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const src = join(import.meta.dirname, "..", "src");

/** From the top to the bottom; rooms of one row do not know each other. */
const ROWS = [
  ["cli.ts"],
  ["commands"],
  ["batch", "report", "workspace"],
  ["grading"],
  ["sandbox", "redis", "course"],
  ["system"],
];

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => relative(src, join(entry.parentPath, entry.name)));

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:from\s+|import\()"(\.[^"]+)"/g)].map(([, path]) =>
    relative(src, join(src, file, "..", path ?? "")),
  );
}

const roomOf = (file: string): string => file.split("/")[0] ?? file;
const rowOf = (file: string): number => ROWS.findIndex((row) => row.includes(roomOf(file)));

describe("the rooms of src/", () => {
  test("are all known", () => {
    expect(files.filter((file) => rowOf(file) < 0)).toEqual([]);
    expect(files.length).toBeGreaterThan(40);
  });

  test("import only from rooms below them", () => {
    const upward = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => roomOf(target) !== roomOf(file) && rowOf(target) <= rowOf(file))
        .map((target) => `${file} imports ${target}`),
    );
    expect(upward).toEqual([]);
  });

  test("grading knows the interfaces of Redis and the sandbox, not Docker or a process", () => {
    const concrete =
      /^(redis\/(testcontainers|container|docker|local|fetch|find-local|sources)|sandbox\/(process|docker|bubblewrap))/;
    const known = files
      .filter((file) => roomOf(file) === "grading")
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => concrete.test(target))
          .map((target) => `${file} imports ${target}`),
      );
    expect(known).toEqual([]);
  });
});
