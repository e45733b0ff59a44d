/** Whether containers can be started from an image here: a Docker that answers, the image, Testcontainers' cleaner. */
import { onRelease } from "../cleanup.ts";
import { DownloadDeclined, messageOf } from "../errors.ts";
import { type Docker, findDocker, hasAnyVersion, hasImage, pullImage, type Unavailable } from "./probe.ts";
import { loadTestcontainers, startRyuk, sweepContainers, usesRyuk } from "./testcontainers.ts";

const RYUK_IMAGE = "testcontainers/ryuk";

/**
 * Sees to it that containers can be started from this image, which is downloaded where it is missing. Gives the reason
 * where they cannot. `say` gets a line before anything is downloaded; `hint` says in it what to set otherwise.
 */
export async function provideImage(
  image: string,
  hint: string,
  say: (line: string) => void,
): Promise<Unavailable | undefined> {
  const docker = await findDocker();
  if (docker === "secured" || process.env.TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX) {
    // Only Testcontainers itself knows how to get in, or which image is meant.
    return leaveToTestcontainers(image, hint, say);
  }
  if ("unavailable" in docker) return docker;
  pointTestcontainersTo(docker);
  try {
    const asked = Promise.all([hasImage(docker, image), usesRyuk() ? ryukIsThere(docker) : true]);
    // On its way while Docker answers: it is needed in any case but the rare ones below.
    loadTestcontainers().catch(() => {});
    sweepOnce();
    const [imageIsThere, cleanerIsThere] = await asked;
    if (!imageIsThere) {
      say(`Downloading the image ${image} (once; ${hint}) …`);
      const failure = await pullImage(docker, image);
      if (failure !== undefined) return noImage(image, failure);
    }
    if (!cleanerIsThere) {
      say(
        `Downloading Testcontainers' cleaner, ${RYUK_IMAGE} (once; TESTCONTAINERS_RYUK_DISABLED=true does without) …`,
      );
      await startRyuk(await loadTestcontainers()).catch((error: unknown) => {
        throw new CleanerMissing(messageOf(error));
      });
    }
  } catch (error) {
    if (error instanceof DownloadDeclined) throw error;
    if (error instanceof CleanerMissing) return noCleaner(error.message);
    return { unavailable: `Docker does not work: ${messageOf(error)}`, mend: "docker info" };
  }
  return undefined;
}

let swept: Promise<void> | undefined;

/** Nobody waits for it but the end of the lab. */
function sweepOnce(): void {
  swept ??= sweepContainers().catch(() => {
    // What cannot be removed now will be met again.
  });
  const waiting = swept;
  const release = onRelease(() => waiting);
  void waiting.then(release);
}

class CleanerMissing extends Error {}

function ryukIsThere(docker: Docker): Promise<boolean> {
  const named = process.env.RYUK_CONTAINER_IMAGE;
  return named ? hasImage(docker, named) : hasAnyVersion(docker, RYUK_IMAGE);
}

function noImage(image: string, reason: string): Unavailable {
  return {
    unavailable: `the image ${image} is missing and could not be pulled: ${reason}`,
    mend: `docker pull ${image}`,
  };
}

function noCleaner(reason: string): Unavailable {
  return {
    unavailable: `Testcontainers' cleaner ${RYUK_IMAGE} could not be started: ${reason}`,
    mend: "export TESTCONTAINERS_RYUK_DISABLED=true  (the lab removes its containers itself)",
  };
}

/** What findDocker found must be what Testcontainers uses; it looks at fewer places, and does not skip a dead one. */
function pointTestcontainersTo(docker: Docker): void {
  const socket = docker.address.socketPath;
  if (!socket || socket === "/var/run/docker.sock" || process.platform === "win32") return;
  process.env.DOCKER_HOST ??= docker.uri;
  // Colima, Rancher and OrbStack run Docker in a machine of its own, where the socket has the usual name.
  if (/\/\.(colima|rd|orbstack)\//.test(socket)) {
    process.env.TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE ??= "/var/run/docker.sock";
  }
}

async function leaveToTestcontainers(
  image: string,
  hint: string,
  say: (line: string) => void,
): Promise<Unavailable | undefined> {
  let testcontainers: Awaited<ReturnType<typeof loadTestcontainers>>;
  try {
    testcontainers = await loadTestcontainers();
  } catch (error) {
    return { unavailable: `Testcontainers finds no Docker: ${messageOf(error)}`, mend: "docker info" };
  }
  const { library, client } = testcontainers;
  const name = library.ImageName.fromString(image);
  try {
    if (!(await client.image.exists(name))) {
      say(`Downloading the image ${name.string} (once; ${hint}) …`);
      await client.image.pull(name);
    }
  } catch (error) {
    if (error instanceof DownloadDeclined) throw error;
    return noImage(name.string, messageOf(error));
  }
  return undefined;
}
