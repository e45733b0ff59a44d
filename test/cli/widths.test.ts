/** Every command in narrow, usual and wide terminals, with and without colour. `npx vitest run test/cli/widths -u` writes the transcripts anew. */
import { appendFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { folderWith } from "../support/answer.ts";
import { lab, normalised } from "../support/cli.ts";
import { passAllBut, workspaceWith } from "../support/workspace.ts";

const root = join(import.meta.dirname, "..", "..");
const WIDTHS = [60, 80, 120];

const EMPTY = async () => folderWith({});
/** Exercise 8 fails, with a mistake that TypeScript sees, and all but four are passed. */
const WORKSPACE = async () => {
  const folder = await workspaceWith({
    "08-hashes": "exercises/08-hashes/wrong/empty-for-missing",
    "09-async": "solutions/09-async",
  });
  passAllBut(folder, ["08-hashes", "09-async", "20-streams", "27-express-seats"]);
  appendFileSync(join(folder, "08-hashes", "schools.ts"), '\nexport const pupils: number = "many";\n');
  return folder;
};
/** Two submissions. */
const CLASS = async () => {
  const folder = folderWith({});
  cpSync(join(root, "solutions/08-hashes"), join(folder, "alice", "08-hashes"), { recursive: true });
  cpSync(join(root, "exercises/08-hashes/wrong/json-string"), join(folder, "bob", "08-hashes"), {
    recursive: true,
  });
  return folder;
};
/** A course of one exercise, as it was begun. */
const NEW_COURSE = async () => {
  const folder = folderWith({});
  expect((await lab(["course", "new", "bloom-filters", "--course", "."], { cwd: folder })).code).toBe(0);
  return folder;
};
/** A machine on which nothing but Node was installed. */
const BARE = {
  PATH: "/nowhere",
  DOCKER_HOST: "unix:///nowhere/docker.sock",
  XDG_CACHE_HOME: "/nowhere",
  LAB_REDIS_FETCH: "0",
  TMPDIR: "/tmp",
};

interface Case {
  /** Makes the folder to run in. */
  readonly in: () => Promise<string>;
  readonly code?: number;
  /** Code, pictures and addresses: their lines stay as they are. */
  readonly showsCode?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

const CASES: readonly [string, readonly string[], Case][] = [
  ["help", ["--help"], { in: EMPTY }],
  ["help of a command", ["check", "--help"], { in: EMPTY }],
  ["next, at the very first", ["next"], { in: EMPTY, showsCode: true }],
  ["next, not passed", ["next", "--seed", "golden"], { in: WORKSPACE, code: 1 }],
  ["next, skipping", ["next", "--skip"], { in: WORKSPACE, showsCode: true }],
  ["check", ["check", "8", "--seed", "golden"], { in: WORKSPACE, code: 1 }],
  ["check, passed", ["check", "9", "--seed", "golden"], { in: WORKSPACE }],
  ["check with a trace", ["check", "8", "--seed", "golden", "--trace"], { in: WORKSPACE, code: 1 }],
  ["list", ["list"], { in: WORKSPACE }],
  ["show", ["show", "3"], { in: WORKSPACE, showsCode: true }],
  ["hint", ["hint", "8"], { in: WORKSPACE }],
  ["solution", ["solution", "8", "--reveal"], { in: WORKSPACE, showsCode: true }],
  ["reset", ["reset", "8"], { in: WORKSPACE }],
  ["run", ["run", "8", 'saveSchool(client, "7", { name: "North", city: "Lima" })'], { in: WORKSPACE }],
  ["redis", ["redis", "--seed", "1"], { in: WORKSPACE, code: 2 }],
  ["doctor", ["doctor"], { in: EMPTY, code: 3, env: BARE }],
  ["init", ["init"], { in: EMPTY }],
  ["pack", ["pack", "--list"], { in: WORKSPACE }],
  ["grade", ["grade", ".", "--seed", "golden", "--exercise", "8"], { in: CLASS, code: 1 }],
  ["course verify", ["course", "verify", "--course", "."], { in: NEW_COURSE }],
  ["course new", ["course", "new", "bloom-filters", "--course", "."], { in: EMPTY }],
  ["an error", ["chek"], { in: EMPTY, code: 2 }],
];

describe("every command", () => {
  test.each(CASES)(
    "reads well in every terminal: %s",
    async (name, args, { in: folderFor, code = 0, env, showsCode }) => {
      const made = await folderFor();
      const shown = async (columns: number, colour: Readonly<Record<string, string>>) => {
        const cwd = folderWith({});
        cpSync(made, cwd, { recursive: true });
        const result = await lab(args, { cwd, env: { COLUMNS: String(columns), ...colour, ...env } });
        expect(result.code, result.stderr).toBe(code);
        const clean = (text: string) => normalised(text.trimEnd(), { folder: cwd, project: root });
        return { stdout: clean(result.stdout), stderr: clean(result.stderr) };
      };
      const parts: string[] = [];
      for (const columns of WIDTHS) {
        const plain = await shown(columns, { NO_COLOR: "1" });
        const coloured = await shown(columns, { FORCE_COLOR: "1" });
        // No meaning by colour alone.
        expect(wordsOf(stripVTControlCharacters(coloured.stdout))).toEqual(wordsOf(plain.stdout));
        expect(stripVTControlCharacters(coloured.stderr)).toBe(plain.stderr);
        if (!showsCode)
          expect(plain.stdout.split("\n").filter((line) => stringWidth(line) > columns)).toEqual([]);
        parts.push(`===== ${columns} columns\n${together(plain)}`);
        parts.push(`===== ${columns} columns, in colour\n${together(coloured).replaceAll("\x1b", "␛")}`);
      }
      const text = `$ lab ${args.join(" ")}\n${parts.join("\n")}\n`;
      await expect(text).toMatchFileSnapshot(`golden/widths/${name.replaceAll(/\W+/g, "-")}.txt`);
    },
  );
});

/** Talk is left to the terminal to wrap: a command in it can then be copied whole, whatever the width. */
function together({ stdout, stderr }: { stdout: string; stderr: string }): string {
  return [stdout, stderr].filter(Boolean).join("\n--- stderr\n");
}

/** Code in a lesson has quotes around it where it has no colour, so that lines end elsewhere. */
function wordsOf(text: string): string[] {
  return text
    .replaceAll("`", "")
    .replaceAll(/[\s─┬┼┴│┌├└┐┤┘]+/g, " ")
    .trim()
    .split(" ")
    .sort();
}
