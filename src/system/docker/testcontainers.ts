/** Testcontainers, loaded only where a container is started, and what every container of the lab has in common. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { ContainerCreateOptions, HostConfig } from "dockerode";
import type { GenericContainer, StartedTestContainer } from "testcontainers";
import { onRelease, throwIfInterrupted } from "../cleanup.ts";
import { LabError, messageOf } from "../errors.ts";
import { isAlive } from "../process-tree.ts";
import { DeadlineExceeded, poll, withDeadline } from "../waiting.ts";

/** Marks every container of the lab, so that `docker ps --filter label=redis-learning-lab` shows them. */
export const CONTAINER_LABEL = "redis-learning-lab";
const REMOVAL_LIMIT_MS = 15_000;
const START_LIMIT_MS = 60_000;

/** Imports testcontainers (0.2–0.4 s from its package, 0.06 s bundled) and finds its Docker client, once. */
export function loadTestcontainers(): Promise<Testcontainers> {
  loading ??= load().catch((error: unknown) => {
    // Docker may be there the next time.
    loading = undefined;
    throw error;
  });
  return loading;
}

export type Testcontainers = Awaited<ReturnType<typeof load>>;
let loading: Promise<Testcontainers> | undefined;

async function load() {
  const library = await import("./parts.ts");
  return { library, client: await library.getContainerRuntimeClient() };
}

/** True unless the environment turns Testcontainers' cleaning container off. */
export function usesRyuk(): boolean {
  return process.env.TESTCONTAINERS_RYUK_DISABLED !== "true";
}

let ryuk: Promise<unknown> | undefined;

/** Starts Ryuk, or finds the one that runs. Once: Testcontainers' lock costs others 0.5 s and more. */
export function startRyuk({ library, client }: Testcontainers): Promise<unknown> {
  ryuk ??= library.getReaper(client).catch((error: unknown) => {
    ryuk = undefined;
    throw error;
  });
  return ryuk;
}

/** The label's value: which lab of which machine a container belongs to. */
export const containerOwner = `${hostname()}/${process.pid}`;

type Handle = ReturnType<Testcontainers["client"]["container"]["getById"]>;

export interface ContainerPlan {
  readonly image: string;
  /** Adds to it what Testcontainers has methods for. */
  readonly shape: (container: GenericContainer) => void;
  /** And what it has none for. */
  readonly createOptions?: ContainerCreateOptions;
  readonly hostConfig?: HostConfig;
  /** Called when it is made and not yet started. */
  readonly onCreated?: (handle: Handle, client: Testcontainers["client"]) => Promise<void>;
  /** Errors of the start that are thrown as they are. */
  readonly passOn?: (error: unknown) => boolean;
}

export interface LabContainer {
  readonly started: StartedTestContainer;
  readonly handle: Handle;
  /** Kills and removes it; safe to call twice. */
  readonly remove: () => Promise<void>;
}

/**
 * Starts a container that is removed when the lab ends, however it ends; its processes gain no rights and keep none
 * but those that the plan adds. @throws LabError (environment) where Docker cannot start it.
 */
export async function startLabContainer(plan: ContainerPlan): Promise<LabContainer> {
  const testcontainers = await loadTestcontainers();
  const { library, client } = testcontainers;
  if (usesRyuk()) await startRyuk(testcontainers);
  // A name of our own makes it removable while it is still being made.
  const name = `${CONTAINER_LABEL}-${process.pid}-${randomBytes(6).toString("hex")}`;
  const handle = client.container.getById(name);

  class Container extends library.GenericContainer {
    constructor() {
      super(plan.image);
      Object.assign(this.createOpts, plan.createOptions);
      Object.assign(this.hostConfig, plan.hostConfig);
    }
    protected override async containerCreated(): Promise<void> {
      await plan.onCreated?.(handle, client);
    }
  }
  const container = new Container()
    .withName(name)
    .withLabels({ [CONTAINER_LABEL]: containerOwner })
    .withAutoCleanup(usesRyuk())
    .withDroppedCapabilities("ALL")
    .withSecurityOpt("no-new-privileges");
  plan.shape(container);

  throwIfInterrupted();
  const starting = withDeadline(START_LIMIT_MS, container.start(), `starting a container from ${plan.image}`);
  const removeNow = () => removeContainer(handle, name);
  const remove = onRelease(async () => {
    await removeNow();
    // If it was only being made, Docker may have made it after that.
    await starting.then(removeNow, removeNow);
  });
  try {
    return { started: await starting, handle, remove };
  } catch (error) {
    await remove();
    throwIfInterrupted();
    if (plan.passOn?.(error)) throw error;
    const message = `Docker did not start a container from ${plan.image}: ${messageOf(error)}`;
    throw new LabError("environment", message, "lab doctor", { cause: error });
  }
}

/**
 * Kills and removes it with its volumes in one request; fine when it is gone. What cannot be removed must not hold up
 * or spoil a grading: it is said, and a later lab tries again.
 */
async function removeContainer(handle: Handle, name: string): Promise<void> {
  try {
    await withDeadline(REMOVAL_LIMIT_MS, removal(handle), "docker rm");
  } catch (error) {
    sayOnce(
      error instanceof DeadlineExceeded
        ? `the container ${name} does not end; next: docker rm -f ${name}`
        : `Docker removes no containers (${messageOf(error)}); the next lab does, or: docker rm -f $(docker ps -aq --filter label=${CONTAINER_LABEL})`,
    );
  }
}

let hasSaid = false;

/** Where Docker is in trouble, all containers are. */
function sayOnce(line: string): void {
  if (!hasSaid) process.stderr.write(`lab: ${line}\n`);
  hasSaid = true;
}

async function removal(handle: Handle): Promise<void> {
  try {
    await handle.remove({ force: true, v: true });
  } catch (error) {
    unless(404, 409)(error);
    // 409: somebody else is removing it, Docker itself or Testcontainers after a failed start.
    await poll(REMOVAL_LIMIT_MS, () =>
      handle.inspect().then(
        () => undefined,
        () => true,
      ),
    );
  }
}

/** Removes what labs of this machine that were killed have left running or lying about. */
export async function sweepContainers(): Promise<void> {
  const { client } = await loadTestcontainers();
  const filters = { label: [CONTAINER_LABEL] };
  const found = await client.container.dockerode.listContainers({ all: true, filters });
  await Promise.allSettled(
    found.map(async ({ Id: id, Labels: labels }) => {
      const [host, pid] = labels[CONTAINER_LABEL]?.split("/") ?? [];
      if (host === hostname() && !isAlive(Number(pid)))
        await removeContainer(client.container.getById(id), id);
    }),
  );
}

/** Rethrows what is not an answer of Docker's with one of these HTTP statuses. */
export function unless(...expected: readonly number[]): (error: unknown) => void {
  return (error) => {
    const status = (error as { statusCode?: unknown } | null | undefined)?.statusCode;
    if (typeof status !== "number" || !expected.includes(status)) throw error;
  };
}
