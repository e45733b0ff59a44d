/** Watching an answer's folder, where the system tells of saves and where it does not. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { watchAnswer } from "../../src/workspace/answer-watcher.ts";
import { folderWith } from "../support/answer.ts";

/** Long enough for every look of its own. */
const QUIET_MS = 1_500;

afterEach(() => vi.unstubAllEnvs());

async function watched(folder: string) {
  const events = { saved: vi.fn(), blind: vi.fn() };
  const watcher = await watchAnswer(folder, events);
  onTestFinished(() => watcher.close());
  return events;
}

describe("an answer's folder", () => {
  test("tells of one save for a burst of writes, and of none where nothing changed", async () => {
    const folder = folderWith({ "a.ts": "1" });
    const events = await watched(folder);
    await pause(QUIET_MS);
    expect(events.saved).not.toHaveBeenCalled();
    for (let count = 0; count < 5; count++) writeFileSync(join(folder, "a.ts"), String(count));
    await vi.waitFor(() => expect(events.saved).toHaveBeenCalled());
    await pause(QUIET_MS);
    expect(events.saved).toHaveBeenCalledTimes(1);
    expect(events.blind).not.toHaveBeenCalled();
  });

  test("tells of files that editors put in the place of others, of new ones and of those in folders", async () => {
    const folder = folderWith({ "a.ts": "1" });
    const events = await watched(folder);
    const steps = [
      () => {
        writeFileSync(join(folder, ".a.ts.swp"), "2");
        renameSync(join(folder, ".a.ts.swp"), join(folder, "a.ts"));
      },
      () => mkdirSync(join(folder, "lib")),
      () => writeFileSync(join(folder, "lib", "b.ts"), "1"),
      () => writeFileSync(join(folder, "lib", "b.ts"), "2"),
    ];
    for (const step of steps) {
      events.saved.mockClear();
      step();
      // A folder alone is nothing of an answer.
      if (step === steps[1]) await pause(QUIET_MS);
      else await vi.waitFor(() => expect(events.saved).toHaveBeenCalled(), 5_000);
    }
    expect(events.blind).not.toHaveBeenCalled();
  });

  test("waits for the rest of a file that was emptied", async () => {
    const folder = folderWith({ "a.ts": "1" });
    const events = await watched(folder);
    writeFileSync(join(folder, "a.ts"), "");
    await pause(50);
    expect(events.saved).not.toHaveBeenCalled();
    writeFileSync(join(folder, "a.ts"), "2");
    await vi.waitFor(() => expect(events.saved).toHaveBeenCalledTimes(1));
  });

  test("finds saves that the system does not tell of, says so once, and finds the next ones sooner", async () => {
    // chokidar then looks by itself, and so seldom that it sees nothing here.
    vi.stubEnv("CHOKIDAR_USEPOLLING", "1");
    vi.stubEnv("CHOKIDAR_INTERVAL", "1000000");
    const folder = folderWith({ "a.ts": "1" });
    const events = await watched(folder);
    await pause(QUIET_MS);
    writeFileSync(join(folder, "a.ts"), "2");
    await vi.waitFor(() => expect(events.saved).toHaveBeenCalledTimes(1), 5_000);
    expect(events.blind).toHaveBeenCalledTimes(1);
    writeFileSync(join(folder, "a.ts"), "3");
    await vi.waitFor(() => expect(events.saved).toHaveBeenCalledTimes(2), 5_000);
    expect(events.blind).toHaveBeenCalledTimes(1);
  });
});
