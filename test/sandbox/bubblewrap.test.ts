import { describe, expect, test } from "vitest";
import { lookForBubblewrap, refusal } from "../../src/system/bubblewrap.ts";

describe("Without a bubblewrap that works, the reason names what is wrong and what mends it", () => {
  test.each([
    [
      "kernel.apparmor_restrict_unprivileged_userns",
      "1",
      "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    ],
    ["kernel.unprivileged_userns_clone", "0", "sudo sysctl kernel.unprivileged_userns_clone=1"],
    ["user.max_user_namespaces", "0", "sudo sysctl user.max_user_namespaces=15000"],
  ])("the setting %s", (setting, value, mend) => {
    const said = "bwrap: setting up uid map: Permission denied";
    const found = refusal(said, (name) => (name === setting ? value : undefined));
    expect(found.unavailable).toContain(`${setting} is ${value}`);
    expect(found.unavailable).toContain(said);
    expect(found.mend).toBe(mend);
  });

  test("a system that forbids it in another way", () => {
    const found = refusal("bwrap: No permissions to create new namespace", () => undefined);
    expect(found.unavailable).toContain("No permissions to create new namespace");
    expect(found.mend).not.toContain("sysctl");
  });

  test.runIf(process.platform === "linux")("no bwrap on the PATH", async () => {
    expect(await lookForBubblewrap("/nowhere")).toEqual({
      unavailable: "bwrap is not installed",
      mend: "sudo apt-get install bubblewrap",
    });
  });
});
