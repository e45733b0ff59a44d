/**
 * The docker sandbox: a container of its own for each grading, without any network. What an answer may reach comes
 * through the supervisor inside, over the stream that Docker attaches to the container, so that it works wherever
 * Docker runs, also where containers have no address that the judge could reach.
 */
import { PassThrough, type Writable } from "node:stream";
import type { WaitStrategy } from "testcontainers";
import { provideImage } from "../system/docker/image.ts";
import type { Unavailable } from "../system/docker/probe.ts";
import { startLabContainer } from "../system/docker/testcontainers.ts";
import { LabError, messageOf } from "../system/errors.ts";
import { poll, withDeadline } from "../system/waiting.ts";
import { OUT_OF_MEMORY } from "./cell-process.ts";
import {
  CELL,
  CELL_FILE_BYTES,
  CELL_FILES,
  CELL_FILES_BYTES,
  CELL_MEMORY_BYTES,
  CELL_OPEN_FILES,
  CELL_PROCESSES,
  type Inside,
} from "./confinement.ts";
import { packagesFolder, runnerFile, supervisorFile } from "./packages.ts";
import type { Sandbox } from "./sandbox.ts";
import { supervisedSandbox } from "./supervised.ts";

/** The official slim image of the judge's own major version. */
const DEFAULT_IMAGE = `node:${process.versions.node.split(".")[0]}-slim`;
/** Processors, in Docker's billionths. */
const CELL_CPUS = 2e9;
/** "nobody" of the usual images. */
const NOBODY = "65534:65534";
const ANSWER_LIMIT_MS = 5_000;

/** The sandbox, or the reason why it cannot be used here. `say` gets a line before an image is downloaded. */
export async function findDockerSandbox(say: (line: string) => void): Promise<Sandbox | Unavailable> {
  const image = process.env.LAB_NODE_IMAGE || DEFAULT_IMAGE;
  const hint = "LAB_NODE_IMAGE names another, --sandbox chooses another sandbox";
  const unavailable = await provideImage(image, hint, say);
  if (unavailable) return unavailable;
  return supervisedSandbox({
    name: "docker",
    path: ["/usr/local/bin", "/usr/bin", "/bin"],
    start: () => startInside(image),
  });
}

async function startInside(image: string): Promise<Inside> {
  const streams = { input: new PassThrough(), output: new PassThrough(), complaints: new PassThrough() };
  const { handle, remove } = await startLabContainer({
    image,
    createOptions: { OpenStdin: true, StdinOnce: true, AttachStdin: true },
    hostConfig: {
      // Something to wait for orphans.
      Init: true,
      ReadonlyRootfs: true,
      Memory: CELL_MEMORY_BYTES,
      MemorySwap: CELL_MEMORY_BYTES,
      NanoCpus: CELL_CPUS,
      PidsLimit: CELL_PROCESSES,
      // Removed by Docker itself, should the lab be gone when it ends.
      AutoRemove: true,
      // What it prints are messages to the judge; Docker would keep them all on its disk.
      LogConfig: { Type: "none", Config: {} },
    },
    async onCreated(created) {
      // Before it is started: nothing it says is missed.
      const wanted = { stream: true, hijack: true, stdin: true, stdout: true, stderr: true };
      const attached = await created.attach(wanted);
      streams.input.pipe(attached);
      separate(attached, streams.output, streams.complaints);
      const end = () => streams.output.end();
      attached.on("error", end).on("end", end).on("close", end);
    },
    shape(container) {
      const memory = `rw,nosuid,nodev,size=${CELL_FILES_BYTES},nr_inodes=${CELL_FILES},mode=1777`;
      container
        .withUser(NOBODY)
        .withNetworkMode("none")
        // Not the answer's folder: Docker would make it first, and give the memory over it the rights of what it made.
        .withWorkingDir("/")
        .withTmpFs({ [CELL.answer]: memory, "/tmp": memory })
        .withUlimits({
          fsize: { soft: CELL_FILE_BYTES, hard: CELL_FILE_BYTES },
          core: { soft: 0, hard: 0 },
          nofile: { soft: CELL_OPEN_FILES, hard: CELL_OPEN_FILES },
        })
        .withBindMounts([
          { source: runnerFile, target: CELL.runner, mode: "ro" },
          { source: supervisorFile, target: CELL.supervisor, mode: "ro" },
          { source: packagesFolder, target: CELL.packages, mode: "ro" },
        ])
        .withEntrypoint(["node", CELL.supervisor, CELL.answer])
        .withWaitStrategy(atOnce);
    },
  });
  return {
    ...streams,
    prepared: Promise.resolve(),
    async whyEnded() {
      // A Docker that is gone has taken the stream with it; one that is there has ended the container.
      try {
        const state = await poll(ANSWER_LIMIT_MS, async () => {
          const inspected = await withDeadline(ANSWER_LIMIT_MS, handle.inspect(), "an answer from Docker");
          return inspected.State.Running ? undefined : inspected.State;
        });
        if (!state) throw new Error("the connection to the container was lost");
        return state.OOMKilled ? OUT_OF_MEMORY : undefined;
      } catch (error) {
        if ((error as { statusCode?: unknown }).statusCode === 404) return undefined;
        throw new LabError("environment", `Docker failed: ${messageOf(error)}`, "lab doctor", {
          cause: error,
        });
      }
    },
    destroy: remove,
  };
}

/**
 * Takes apart what Docker sends of a container's two outputs: pieces with a header of 8 bytes, of which the first says
 * 1 or 2, and the last four the length (Docker's API, "Attach to a container"). docker-modem's own way calls itself for
 * each piece, and a chunk of many small ones is too deep for it.
 */
export function separate(attached: NodeJS.ReadableStream, output: Writable, complaints: Writable): void {
  let bytes: Buffer = Buffer.alloc(0);
  attached.on("data", (chunk: Buffer) => {
    bytes = bytes.length > 0 ? Buffer.concat([bytes, chunk]) : chunk;
    let from = 0;
    while (bytes.length - from >= 8) {
      const end = from + 8 + bytes.readUInt32BE(from + 4);
      if (end > bytes.length) break;
      (bytes[from] === 2 ? complaints : output).write(bytes.subarray(from + 8, end));
      from = end;
    }
    bytes = bytes.subarray(from);
  });
}

/** Its supervisor says when it is ready. */
const atOnce: WaitStrategy = {
  async waitUntilReady() {},
  withStartupTimeout: () => atOnce,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
};
