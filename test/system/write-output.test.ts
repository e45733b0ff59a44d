import { execFileSync, spawn } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeOutput } from "../../src/system/write-output.ts";

describe("a file that a user named", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lab-output-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("is made, or replaced, and nothing is left beside it", async () => {
    const file = join(folder, "results.json");
    await writeOutput(file, "the first, which is longer");
    await writeOutput(file, Buffer.from("the second"));
    expect(readFileSync(file, "utf8")).toBe("the second");
    expect(readdirSync(folder)).toEqual(["results.json"]);
  });

  test("is written into where it is a pipe, which stays one", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const reader = spawn("cat", [pipe], { stdio: ["ignore", "pipe", "inherit"] });
    const read = text(reader.stdout);
    await writeOutput(pipe, "what is read there");
    expect(await read).toBe("what is read there");
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  test("is refused where it is a folder, or where its folder is missing", async () => {
    mkdirSync(join(folder, "results"));
    await expect(writeOutput(join(folder, "results"), "")).rejects.toThrow("EISDIR");
    await expect(writeOutput(join(folder, "no", "results.json"), "")).rejects.toThrow("ENOENT");
    writeFileSync(join(folder, "file"), "");
    await expect(writeOutput(join(folder, "file", "results.json"), "")).rejects.toThrow("ENOTDIR");
  });
});
