/**
 * A place to grade in, for tests: a local Redis and the process sandbox, or where LAB_TEST_SANDBOX names another
 * sandbox, that one and the Redis that goes with it.
 */
import type { GradingPlace } from "../../src/grading/place.ts";
import { warmPool } from "../../src/redis/pool.ts";
import type { RedisSource } from "../../src/redis/server.ts";
import { chooseSource } from "../../src/redis/sources.ts";
import type { Sandbox, SandboxName } from "../../src/sandbox/sandbox.ts";
import { chooseSandbox } from "../../src/sandbox/sandboxes.ts";
import { messageOf } from "../../src/system/errors.ts";
import { nodeImage, redisImages, whyNotInDocker } from "./docker.ts";

export const sandboxName = (process.env.LAB_TEST_SANDBOX ?? "process") as SandboxName;
/** It keeps strangers in. */
export const isStrong = sandboxName !== "process";

const place = await openPlace();
/** Why nothing can be graded in this sandbox here. */
export const whyNoPlace = "reason" in place ? place.reason : undefined;

async function openPlace(): Promise<{ source: RedisSource; sandbox: Sandbox } | { reason: string }> {
  const say = (line: string) => console.error(line);
  const isDocker = sandboxName === "docker";
  if (isDocker) {
    const { image } = redisImages[1];
    const reason = whyNotInDocker(image) ?? whyNotInDocker(nodeImage);
    if (reason) return { reason };
    process.env.LAB_REDIS_IMAGE = image;
    process.env.LAB_NODE_IMAGE = nodeImage;
  }
  try {
    const sandbox = await chooseSandbox({ choice: sandboxName, localRedis: !isDocker, say });
    const options = { say, confined: sandboxName !== "process" };
    return { sandbox, source: await chooseSource(isDocker ? "testcontainers" : "local", options) };
  } catch (error) {
    if (process.env.LAB_TEST_SANDBOXES === "required") throw error;
    return { reason: messageOf(error) };
  }
}

export function testPlace(): GradingPlace {
  if ("reason" in place) throw new Error(place.reason);
  return { pool: warmPool(place.source), sandbox: place.sandbox };
}
