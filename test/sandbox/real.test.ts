/** A real cell, seen from the judge. */
import { describe, expect, test } from "vitest";
import { findBubblewrapSandbox } from "../../src/sandbox/bubblewrap.ts";

const found = await findBubblewrapSandbox();
const isRequired = process.env.LAB_TEST_SANDBOXES === "required";
const reason = "unavailable" in found && !isRequired ? found.unavailable : undefined;

describe.skipIf(reason)(`A cell of bubblewrap${reason ? ` (skipped: ${reason})` : ""}`, () => {
  test("runs as many processes as it is asked for, one after the other", async () => {
    if ("unavailable" in found) throw new Error(found.unavailable);
    const cell = await found.open();
    try {
      await cell.write("say.mjs", "console.log(process.argv[2]); console.error('heard');");
      const say = async (index: number) => {
        const args = [String(index)];
        const running = await cell.start({
          entry: { kind: "file", path: "say.mjs" },
          args,
          stdout: "output",
        });
        expect(await running.exit).toEqual({ code: 0, signal: null });
        expect(running.output.text().split("\n").sort()).toEqual(["", String(index), "heard"].sort());
      };
      // Each has three streams: more than a link has channels, were they not given back.
      for (let index = 0; index < 220; index += 4) {
        await Promise.all([0, 1, 2, 3].map((more) => say(index + more)));
      }
    } finally {
      await cell.dispose();
    }
  }, 120_000);
});
