import { describe, expect, test } from "vitest";
import { DeadlineExceeded, newClock, pause } from "../../src/system/waiting.ts";

describe("A clock", () => {
  test("gives what is done in time, and ends what is not", async () => {
    expect(await newClock(1_000, "quick").limit(Promise.resolve("done"))).toBe("done");
    await expect(newClock(20, "slow").limit(pause(2_000))).rejects.toThrow(DeadlineExceeded);
    await expect(newClock(20, "slow").limit(pause(2_000))).rejects.toThrow("slow took longer than 20 ms");
  });

  test("stands still while it is held, also by two at once", async () => {
    const clock = newClock(150, "held");
    const work = async () => {
      await Promise.all([clock.hold(pause(200)), clock.hold(pause(300))]);
      return "done";
    };
    expect(await clock.limit(work())).toBe("done");
  });

  test("goes on when it is let go", async () => {
    const clock = newClock(60, "let go");
    const work = async () => {
      await clock.hold(pause(100));
      await pause(2_000);
    };
    await expect(clock.limit(work())).rejects.toThrow(DeadlineExceeded);
  });

  test("passes on what goes wrong while it is held", async () => {
    const clock = newClock(1_000, "broken");
    await expect(clock.limit(clock.hold(Promise.reject(new Error("no"))))).rejects.toThrow("no");
  });
});
