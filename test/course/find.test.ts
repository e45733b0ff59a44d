import { describe, expect, test } from "vitest";
import { findExerciseId } from "../../src/course/find.ts";

const ids = ["01-server", "08-hashes", "09-async", "22-express-stock", "23-express-sessions"];

describe("an exercise is named", () => {
  test.each([
    ["8", "08-hashes"],
    ["08", "08-hashes"],
    ["08-hashes", "08-hashes"],
    ["hashes", "08-hashes"],
    ["HASH", "08-hashes"],
    ["stock", "22-express-stock"],
  ])("by %j", (query, id) => {
    expect(findExerciseId(ids, query)).toBe(id);
  });

  test("by a part that is unique, or the candidates are told", () => {
    expect(() => findExerciseId(ids, "express")).toThrow(
      '"express" could be any of: 22-express-stock, 23-express-sessions',
    );
  });

  test.each(["hashs", "99", "", "../08-hashes"])("wrongly (%j), and the nearest names are told", (query) => {
    expect(() => findExerciseId(ids, query)).toThrow(/there is no exercise|could be any of/);
  });

  test("with a typing error, and the one that was meant comes first", () => {
    expect(() => findExerciseId(ids, "hasehs")).toThrow("the nearest are: 08-hashes");
  });
});
