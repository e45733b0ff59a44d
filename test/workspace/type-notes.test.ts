/** What TypeScript sees in an answer: notes that point at its own lines. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { typeNotes } from "../../src/workspace/type-notes.ts";
import { folderWith } from "../support/answer.ts";

const root = join(import.meta.dirname, "..", "..");

describe("notes of TypeScript", () => {
  test("name the line, in every file of the answer, also where the answer lies elsewhere", async () => {
    const folder = folderWith({
      "schools.ts": [
        'import type { RedisClientType } from "redis";',
        'import { keyOf } from "./keys.ts";',
        "export async function listFields(client: RedisClientType, id: string) {",
        "  return client.hKeyz(keyOf(id));",
        "}",
      ].join("\n"),
      "keys.ts": 'export const keyOf = (id: string): number => "school:" + id;\n',
    });
    expect((await typeNotes(folder)).sort((a, b) => (a.file < b.file ? -1 : 1))).toEqual([
      { file: "keys.ts", line: 1, column: 46, message: "Type 'string' is not assignable to type 'number'." },
      {
        file: "schools.ts",
        line: 4,
        column: 17,
        message: "Property 'hKeyz' does not exist on type 'RedisClientType'. Did you mean 'hKeys'?",
      },
    ]);
  });

  test("are none for an answer without types, in JavaScript, or without files", async () => {
    expect(await typeNotes(folderWith({ "a.ts": "export const twice = (x) => x + x;\n" }))).toEqual([]);
    expect(await typeNotes(folderWith({ "a.js": "const x = ;\n" }))).toEqual([]);
    expect(await typeNotes("/nowhere")).toEqual([]);
  });

  test.each(["08-hashes", "22-express-stock", "24-kue-jobs", "26-kue-tests"])(
    "are none for the solution of %s",
    async (id) => {
      expect(await typeNotes(join(root, "solutions", id))).toEqual([]);
    },
  );
});
