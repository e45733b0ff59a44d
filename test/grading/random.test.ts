import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/grading/random.ts";

describe("seeded randomness", () => {
  const draw = (seed: string, purpose: string) => {
    const random = seededRandom(seed, purpose);
    return [
      random.integer(0, 1e6),
      random.words(5),
      random.text(),
      random.id(),
      random.shuffle([1, 2, 3, 4, 5]),
    ];
  };

  test("draws the same for the same seed and purpose", () => {
    expect(draw("a", "x")).toEqual(draw("a", "x"));
  });

  test("draws something else for another seed or purpose", () => {
    expect(draw("a", "x")).not.toEqual(draw("b", "x"));
    expect(draw("a", "x")).not.toEqual(draw("a", "y"));
  });

  test("keeps to the bounds, both included", () => {
    const random = seededRandom("s", "bounds");
    const drawn = new Set(random.list(400, () => random.integer(1, 4)));
    expect([...drawn].sort()).toEqual([1, 2, 3, 4]);
  });

  test("gives different words and members", () => {
    const random = seededRandom("s", "words");
    expect(new Set(random.words(300)).size).toBe(300);
    expect(new Set(random.sample([1, 2, 3, 4, 5, 6], 4)).size).toBe(4);
  });
});
