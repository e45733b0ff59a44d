/** What the tests need of Docker: the images to start Redis from, and what is there. */
import { execFileSync } from "node:child_process";

/** Made by scripts/docker-images.sh. */
export const redisImages = [
  { image: "lab-test-redis:7.0", version: /^7\.0\./ },
  { image: "lab-test-redis:8.0", version: /^8\.0\./ },
] as const;

/** Made by the same script. */
export const nodeImage = `lab-test-node:${process.versions.node.split(".")[0]}`;

/**
 * Why tests with this image cannot run here, or undefined when they can. With LAB_TEST_DOCKER=required nothing is
 * skipped: a test that cannot run fails.
 */
export function whyNotInDocker(image: string): string | undefined {
  if (process.env.LAB_TEST_DOCKER === "required") return undefined;
  if (docker("version") === undefined) return "Docker does not answer";
  if (docker("image", "inspect", image) === undefined) return `no ${image}: run scripts/docker-images.sh`;
  if (process.env.TESTCONTAINERS_RYUK_DISABLED !== "true" && !docker("images", "-q", "testcontainers/ryuk")) {
    return "no image of Ryuk: set TESTCONTAINERS_RYUK_DISABLED=true";
  }
  return undefined;
}

/** The ids of containers, stopped ones too, that match a filter of `docker ps`. */
export function containersWith(filter: string): string[] {
  return (docker("ps", "-aq", "--no-trunc", "--filter", filter) ?? "").split("\n").filter(Boolean);
}

/** What docker printed; undefined when it failed. */
function docker(...args: readonly string[]): string | undefined {
  try {
    return execFileSync("docker", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    }).trim();
  } catch {
    return undefined;
  }
}
