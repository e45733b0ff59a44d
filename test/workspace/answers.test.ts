import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answerCopies, resetAnswer, restoreAnswer } from "../../src/workspace/answers.ts";
import { initWorkspace } from "../../src/workspace/workspace.ts";
import { exerciseOf, folderWith } from "../support/answer.ts";

const STARTER = "// TODO\n";

/** A workspace with one exercise, whose answer the student has written. */
async function written(answer: string) {
  const folder = folderWith({ "course/starter/a.ts": STARTER, "course/starter/lib/b.ts": STARTER });
  const exercise = {
    ...exerciseOf({ form: "module", answer: "a.ts", checks: [] } as never),
    folder: join(folder, "course"),
  };
  const course = { name: "test", version: "1", folder, exercises: [exercise] };
  const { workspace } = await initWorkspace(join(folder, "work"), course, () => {});
  const file = join(workspace.folder, exercise.id, "a.ts");
  writeFileSync(file, answer);
  return { workspace, exercise, course, file, read: () => readFileSync(file, "utf8") };
}

describe("an answer", () => {
  test("that is reset becomes a dated copy, and comes back", async () => {
    const { workspace, exercise, read } = await written("// mine\n");
    const kept = await resetAnswer(workspace, exercise);
    expect(kept).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/);
    expect(read()).toBe(STARTER);
    expect(await answerCopies(workspace, exercise.id)).toEqual([kept]);
    await restoreAnswer(workspace, exercise.id, kept as string);
    expect(read()).toBe("// mine\n");
    // The copy stays, and so does what it took the place of.
    expect(await answerCopies(workspace, exercise.id)).toHaveLength(2);
  });

  test("that is its starter is left as it is, without a copy", async () => {
    const { workspace, exercise } = await written(STARTER);
    expect(await resetAnswer(workspace, exercise)).toBeUndefined();
    expect(await answerCopies(workspace, exercise.id)).toEqual([]);
  });

  test("of which every reset in one second keeps a copy of its own", async () => {
    const { workspace, exercise, file } = await written("// 0\n");
    for (let index = 1; index <= 3; index++) {
      await resetAnswer(workspace, exercise);
      writeFileSync(file, `// ${index}\n`);
    }
    const copies = await answerCopies(workspace, exercise.id);
    const contents = copies.map((copy) =>
      readFileSync(join(workspace.folder, ".lab", "kept", "test", copy, "a.ts"), "utf8"),
    );
    expect(contents.toSorted()).toEqual(["// 0\n", "// 1\n", "// 2\n"]);
  });

  test("whose folder is gone gets its starter", async () => {
    const { workspace, exercise, file, read } = await written("// mine\n");
    rmSync(join(file, ".."), { recursive: true });
    expect(await resetAnswer(workspace, exercise)).toBeUndefined();
    expect(read()).toBe(STARTER);
  });

  test("moves with its exercise when a newer course has numbered it anew", async () => {
    const { workspace, exercise, course } = await written("// mine\n");
    const renumbered = { ...course, exercises: [{ ...exercise, id: "42-test", number: 42 }] };
    expect((await initWorkspace(workspace.folder, renumbered, () => {})).added).toEqual([]);
    expect(readFileSync(join(workspace.folder, "42-test", "a.ts"), "utf8")).toBe("// mine\n");
    expect(existsSync(join(workspace.folder, exercise.id))).toBe(false);
  });

  test("is whole although a lab was killed while it copied the starter", async () => {
    const { workspace, exercise, file, read } = await written("// mine\n");
    // What such a lab leaves: half a copy, not yet in its place.
    cpSync(
      join(exercise.folder, "starter", "lib"),
      join(workspace.folder, ".lab", `new-${exercise.id}`, "lib"),
      {
        recursive: true,
      },
    );
    await resetAnswer(workspace, exercise);
    expect(read()).toBe(STARTER);
    expect(readdirSync(join(file, "..")).sort()).toEqual(["a.ts", "lib"]);
    expect(readdirSync(join(workspace.folder, ".lab"))).toEqual(["kept"]);
  });
});
