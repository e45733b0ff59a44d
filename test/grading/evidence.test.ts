import { describe, expect, test } from "vitest";
import { collectEvidence } from "../../src/grading/evidence.ts";

describe("what was done", () => {
  test("is nothing where nothing was done", () => {
    expect(collectEvidence().reproduce()).toBeUndefined();
  });

  test("ends with the last step in full, after short ones that led there", () => {
    const evidence = collectEvidence();
    const long = `save(client, ${"x".repeat(90)})`;
    evidence.did(long);
    evidence.did(long);
    expect(evidence.reproduce("redis-cli GET k")).toBe(`${long.slice(0, 66)}…\n${long}\nredis-cli GET k`);
  });

  test("counts equal steps, and the steps that are not shown", () => {
    const evidence = collectEvidence();
    for (let i = 0; i < 3; i++) evidence.did("first(client)");
    for (let i = 0; i < 20; i++) evidence.did("same(client)");
    for (let i = 0; i < 5; i++) evidence.did(`other(client, ${i})`);
    expect(evidence.reproduce()?.split("\n")).toEqual([
      "(3 steps before)",
      "same(client)   (20 times)",
      "other(client, 0)",
      "other(client, 1)",
      "other(client, 2)",
      "other(client, 3)",
      "other(client, 4)",
    ]);
  });

  test("is cut where one step alone would fill the screen", () => {
    const evidence = collectEvidence();
    evidence.did("y".repeat(10_000));
    expect(evidence.reproduce()?.length).toBe(401);
  });
});
