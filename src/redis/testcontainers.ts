/** The source of Redis servers in containers: whether it applies here, and what it gives. */
import { randomBytes } from "node:crypto";
import { provideImage } from "../system/docker/image.ts";
import type { Unavailable } from "../system/docker/probe.ts";
import { CONTAINER_FOLDER, CONTAINER_PORT, startContainer } from "./container.ts";
import { placedConfiguration, requireSingle, SERVER_SETTINGS } from "./local.ts";
import type { ConfiguredServer, RedisServer, RedisSource, Shape, Topology } from "./server.ts";

const DEFAULT_IMAGE = "redis:8-alpine";
/** Where a student's redis.conf is inside the container. */
const CONFIGURATION_FILE = "/etc/redis-learning-lab.conf";

/**
 * Redis in containers, if Docker answers within a second and has the image or can pull it. Without a Docker this
 * takes a few milliseconds. `say` gets a line before anything is downloaded. The image is LAB_REDIS_IMAGE.
 */
export async function findTestcontainers(say: (line: string) => void): Promise<RedisSource | Unavailable> {
  const image = process.env.LAB_REDIS_IMAGE || DEFAULT_IMAGE;
  const hint = "LAB_REDIS_IMAGE names another, LAB_REDIS=local does without";
  return (await provideImage(image, hint, say)) ?? containerSource(image);
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
  const settings = [["protected-mode", "no"], ["requirepass", password], ...SERVER_SETTINGS];
  const container = await startContainer(image, {
    arguments: settings.flatMap(([name, ...values]) => [`--${name}`, ...values]),
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
