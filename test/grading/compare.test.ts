import { describe, expect, test } from "vitest";
import { type Difference, describeNear, describeValue, firstDifference } from "../../src/grading/compare.ts";

const withoutPrototype = (value: object) => Object.assign(Object.create(null), value);

describe("comparing as data", () => {
  test.each([
    [{ a: 1 }, withoutPrototype({ a: 1 })],
    [Number.NaN, Number.NaN],
    [0, -0],
    [new Set([1, 2]), new Set([2, 1])],
    [new Map([["a", 1]]), new Map([["a", 1]])],
    [Buffer.from("x"), new Uint8Array([120])],
    [new Date(5), new Date(5)],
  ])("finds %j equal to %j", (a, b) => {
    expect(firstDifference(a, b)).toBeUndefined();
  });

  test.each([
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, ".a.b[1]"],
    [{ a: undefined }, {}, ".a"],
    [{}, { extra: 1 }, ".extra"],
    [[1], [1, 2], ".length"],
    [{ "odd key": 1 }, { "odd key": 2 }, '["odd key"]'],
    ["1", 1, ""],
    [null, {}, ""],
    [{}, [], ""],
    [new Date(5), new Date(6), ""],
    [new Set([1]), new Set([2]), "[0]"],
  ])("of %j and %j names the first difference", (expected, actual, path) => {
    expect(firstDifference(expected, actual)?.path).toBe(path);
  });

  test("ends with values that hold themselves", () => {
    const one: Record<string, unknown> = { n: 1 };
    one.self = one;
    const two: Record<string, unknown> = { n: 1 };
    two.self = two;
    expect(firstDifference(one, two)).toBeUndefined();
  });
});

test("values are shown without node-redis' missing prototypes, and cut where they are long", () => {
  expect(describeValue(withoutPrototype({ a: "1" }))).toBe("{ a: '1' }");
  expect(describeValue("x".repeat(1_000)).length).toBeLessThan(400);
});

test("of a long list only what is beside the first difference is shown", () => {
  const list = Array.from({ length: 40 }, (_, id) => ({ id, name: "a name of some length" }));
  const near = (other: unknown[]) => {
    const difference = firstDifference(list, other) as Difference;
    return [describeNear(list, difference), describeNear(other, difference)].map((text) =>
      text.replaceAll(/, name: '[^']*'/g, "").replaceAll(/\s+/g, " "),
    );
  };
  const changed = list.with(20, { id: -1, name: "x" });
  expect(near(changed)).toEqual([
    "[ { id: 19 }, { id: 20 }, { id: 21 } ] (items 19 to 21 of 40)",
    "[ { id: 19 }, { id: -1 }, { id: 21 } ] (items 19 to 21 of 40)",
  ]);
  expect(near(list.slice(0, 30))).toEqual([
    "[ { id: 29 }, { id: 30 }, { id: 31 } ] (items 29 to 31 of 40)",
    "[ { id: 29 } ] (items 29 to 29 of 30)",
  ]);
  expect(describeNear([1, 2], firstDifference([1, 2], [1, 3]) as Difference)).toBe("[ 1, 2 ]");
});
