// @ts-check
/** Whether Docker answers, and which Redis image there is to measure with. */
import { finish, RunFailure } from "./measure.mjs";

/**
 * @typedef {{ version?: string } & ({ missing: string } | {
 *   image: string,
 *   ryuk: boolean,
 *   label: string,
 *   has: (image: string) => Promise<boolean>,
 *   removeLeftovers: () => Promise<void>,
 * })} Containers
 * `label` marks the peer's containers: without Ryuk, one that is interrupted leaves its container behind.
 */

/** In the order in which they are tried. The second line is made by `scripts/docker-images.sh`. */
const knownImages = ["redis:8-alpine", "lab-test-redis:8.0", "lab-test-redis:7.0"];

/**
 * @param {string} cwd
 * @returns {Promise<Containers>}
 */
export async function findContainers(cwd) {
  const docker = async (/** @type {string[]} */ ...args) => {
    try {
      // Removing must work after an interruption too.
      const ending = await finish(
        { command: "docker", args, cwd, limitMs: 10_000 },
        new AbortController().signal,
      );
      return ending.code === 0 ? ending.stdout.trim() : undefined;
    } catch (error) {
      if (error instanceof RunFailure) return undefined;
      throw error;
    }
  };

  const version = await docker("version", "--format", "{{.Server.Version}}");
  if (!version) return { missing: "Docker does not answer" };

  const asked = process.env.LAB_REDIS_IMAGE;
  const images = asked ? [asked] : knownImages;
  const has = async (/** @type {string} */ image) =>
    Boolean(await docker("image", "inspect", "--format", "{{.Id}}", image));
  for (const image of images) {
    if (!(await has(image))) continue;
    const label = `redis-learning-lab-bench.${process.pid}`;
    return {
      version,
      image,
      ryuk: await ryukIsOn(docker),
      label,
      has,
      async removeLeftovers() {
        const left = await docker("ps", "--all", "--quiet", "--filter", `label=${label}`);
        if (left) await docker("rm", "--force", ...left.split("\n"));
      },
    };
  }
  return { version, missing: `Docker has no image ${images.join(" or ")}` };
}

/**
 * Ryuk's image cannot be pulled everywhere, and a pull is nothing to measure.
 * @param {(...args: string[]) => Promise<string | undefined>} docker
 */
async function ryukIsOn(docker) {
  if (process.env.TESTCONTAINERS_RYUK_DISABLED === "true") return false;
  return Boolean(await docker("image", "ls", "--quiet", "testcontainers/ryuk"));
}
