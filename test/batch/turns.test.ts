import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { takeTurns } from "../../src/batch/turns.ts";
import type { Rest } from "../../src/grading/grade.ts";

/** What is begun on demand: a promise, and what settles it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Work that notes when it begins and ends, and does `during` in between. */
function noted(log: string[], name: string, during: (rest: Rest) => Promise<void>) {
  return async (rest: Rest) => {
    log.push(`${name} begins`);
    await during(rest);
    log.push(`${name} ends`);
  };
}

test("no more than so many work at once, in the order in which they asked", async () => {
  const turn = takeTurns(2);
  const log: string[] = [];
  const gates = [gate(), gate(), gate()];
  const all = gates.map(({ opened }, index) => turn(noted(log, `${index}`, () => opened)));
  await pause(0);
  expect(log).toEqual(["0 begins", "1 begins"]);
  gates[1]?.open();
  await pause(0);
  expect(log).toEqual(["0 begins", "1 begins", "1 ends", "2 begins"]);
  for (const { open } of gates) open();
  await Promise.all(all);
});

test("while one rests another works, and the first goes on at once when it has rested", async () => {
  const turn = takeTurns(1);
  const log: string[] = [];
  const [rested, done] = [gate(), gate()];
  const first = turn(
    noted(log, "first", async (rest) => {
      await rest(rested.opened);
      log.push("first goes on");
    }),
  );
  const second = turn(noted(log, "second", () => done.opened));
  const third = turn(noted(log, "third", async () => {}));
  await pause(0);
  expect(log).toEqual(["first begins", "second begins"]);
  rested.open();
  await first;
  // Its place was the second one's, which is still at work.
  expect(log).toEqual(["first begins", "second begins", "first goes on", "first ends"]);
  done.open();
  await Promise.all([second, third]);
  expect(log.slice(-3)).toEqual(["second ends", "third begins", "third ends"]);
});

test("a turn ends once, however its work ends and whatever of it still rests", async () => {
  const turn = takeTurns(1);
  const rested = gate();
  let late: Promise<void> | undefined;
  const failed = turn(async (rest) => {
    late = rest(rested.opened);
    // The same work may rest in two places.
    void rest(rested.opened);
    throw new Error("given up");
  });
  await expect(failed).rejects.toThrow("given up");
  const log: string[] = [];
  const held = gate();
  const next = turn(noted(log, "next", () => held.opened));
  const last = turn(noted(log, "last", async () => {}));
  rested.open();
  await late;
  await pause(0);
  expect(log).toEqual(["next begins"]);
  held.open();
  await Promise.all([next, last]);
});

test("what fails while it is waited for fails where it is waited for", async () => {
  const turn = takeTurns(1);
  const work = turn((rest) => rest(Promise.reject(new Error("it changed"))));
  await expect(work).rejects.toThrow("it changed");
  await expect(turn(async () => "free")).resolves.toBe("free");
});
