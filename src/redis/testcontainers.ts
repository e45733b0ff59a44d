/** The source of Redis servers in containers: whether it applies here, and what it gives. */
import { randomBytes } from "node:crypto";
import { messageOf } from "../system/errors.ts";
import {
  CONTAINER_FOLDER,
  CONTAINER_PORT,
  loadTestcontainers,
  startContainer,
  startRyuk,
  usesRyuk,
} from "./container.ts";
import {
  type Docker,
  findDocker,
  hasAnyVersion,
  hasImage,
  pullImage,
  type Unavailable,
} from "./docker-probe.ts";
import { placedConfiguration, requireSingle, SERVER_SETTINGS } from "./local.ts";
import {
  type ConfiguredServer,
  DownloadDeclined,
  type RedisServer,
  type RedisSource,
  type Shape,
  type Topology,
} from "./server.ts";

const DEFAULT_IMAGE = "redis:8-alpine";
const RYUK_IMAGE = "testcontainers/ryuk";
/** Where a student's redis.conf is inside the container. */
const CONFIGURATION_FILE = "/etc/redis-learning-lab.conf";

/**
 * Redis in containers, if Docker answers within a second and has the image or can pull it. Without a Docker this
 * takes a few milliseconds. `say` gets a line before anything is downloaded. The image is LAB_REDIS_IMAGE.
 */
export async function findTestcontainers(say: (line: string) => void): Promise<RedisSource | Unavailable> {
  const image = process.env.LAB_REDIS_IMAGE || DEFAULT_IMAGE;
  const docker = await findDocker();
  if (docker === "secured" || process.env.TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX) {
    // Only Testcontainers itself knows how to get in, or which image is meant.
    return (await leaveToTestcontainers(image, say)) ?? containerSource(image);
  }
  if ("unavailable" in docker) return docker;
  pointTestcontainersTo(docker);
  try {
    const asked = Promise.all([hasImage(docker, image), usesRyuk() ? ryukIsThere(docker) : true]);
    // On its way while Docker answers: it is needed in any case but the rare ones below.
    loadTestcontainers().catch(() => {});
    const [imageIsThere, cleanerIsThere] = await asked;
    if (!imageIsThere) {
      say(
        `Downloading the image ${image} (once; LAB_REDIS_IMAGE names another, LAB_REDIS=local does without) …`,
      );
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
  return containerSource(image);
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
      say(`Downloading the image ${name.string} (once; LAB_REDIS_IMAGE names another) …`);
      await client.image.pull(name);
    }
  } catch (error) {
    if (error instanceof DownloadDeclined) throw error;
    return noImage(name.string, messageOf(error));
  }
  return undefined;
}

function containerSource(image: string): RedisSource {
  return {
    name: "testcontainers",
    start: (shape) => startTopology(image, shape),
    boot: (configuration) => bootConfiguration(image, configuration),
  };
}

async function startTopology(image: string, shape: Shape): Promise<Topology> {
  requireSingle(shape);
  const password = randomBytes(12).toString("hex");
  // As arguments, because copying a file into the container takes 0.05 s more. Without protected mode off, an
  // image of one's own refuses whoever comes from outside the container; the password keeps others out.
  const settings = [["protected-mode", "no"], ["requirepass", password], ...SERVER_SETTINGS] as const;
  const container = await startContainer(image, {
    arguments: settings.flatMap(([name, value]) => [`--${name}`, ...value.split(" ")]),
    network: "mapped",
  });
  const server: RedisServer = {
    get endpoint() {
      return container.endpoint();
    },
    password,
    version: container.version,
    get isRunning() {
      return container.isRunning();
    },
    kill: container.kill,
    restart: container.restart,
  };
  return { shape, primary: server, servers: [server], stop: container.stop };
}

async function bootConfiguration(image: string, configuration: string): Promise<ConfiguredServer> {
  // Nobody else is in this container, so its port is free; and without a network, whatever the file says about
  // addresses concerns the container alone.
  const container = await startContainer(image, {
    arguments: [CONFIGURATION_FILE],
    file: {
      target: CONFIGURATION_FILE,
      content: placedConfiguration(configuration, CONTAINER_PORT, CONTAINER_FOLDER),
    },
    network: "none",
  });
  return {
    get log() {
      return container.log();
    },
    cli: (args) => container.run(["redis-cli", "-h", "127.0.0.1", "-p", String(CONTAINER_PORT), ...args]),
    kill: container.kill,
    restart: container.restart,
    stop: container.stop,
  };
}
