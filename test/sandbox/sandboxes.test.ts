import { afterEach, describe, expect, test, vi } from "vitest";
import { chooseSandbox, parseSandboxChoice } from "../../src/sandbox/sandboxes.ts";

afterEach(() => vi.unstubAllEnvs());

describe("Choosing a sandbox", () => {
  test("takes the option before LAB_SANDBOX, and that before what is usual", () => {
    expect(parseSandboxChoice(undefined, "process")).toBe("process");
    vi.stubEnv("LAB_SANDBOX", "bubblewrap");
    expect(parseSandboxChoice(undefined, "process")).toBe("bubblewrap");
    expect(parseSandboxChoice("docker", "process")).toBe("docker");
    expect(() => parseSandboxChoice("jail", "process")).toThrow('unknown sandbox "jail"');
  });

  test("never takes a weaker one than was asked for, and says what mends it", async () => {
    vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
    const asked = chooseSandbox({ choice: "docker", localRedis: false, say: () => {} });
    await expect(asked).rejects.toMatchObject({
      exitCode: 3,
      message: "the docker sandbox cannot be used: there is no Docker socket at /nowhere/docker.sock",
    });
  });

  test("leaves Docker alone where Redis is asked to be local", async () => {
    const asked = chooseSandbox({ choice: "docker", localRedis: true, say: () => {} });
    await expect(asked).rejects.toMatchObject({ next: "leave --redis local and LAB_REDIS=local out" });
  });
});
