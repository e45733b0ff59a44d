/** One Redis in a container of its own, started and watched through Testcontainers. */
import type { WaitStrategy } from "testcontainers";
import { loadTestcontainers, startLabContainer, unless } from "../system/docker/testcontainers.ts";
import { messageOf } from "../system/errors.ts";
import { DeadlineExceeded, withDeadline } from "../system/waiting.ts";
import { type Endpoint, RedisDidNotStart } from "./server.ts";

export interface RedisContainer {
  /** Where its mapped port is now. */
  endpoint(): Endpoint;
  readonly version: string;
  /** What it printed since it was made, 64 KiB at most. */
  log(): string;
  isRunning(): boolean;
  /** Runs a program inside; what it printed, both streams. */
  run(command: readonly string[]): Promise<string>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The port inside the container. */
export const CONTAINER_PORT = 6379;
/** The folder inside the container that Redis works in: the official image's volume. */
export const CONTAINER_FOLDER = "/data";
/** Gigabytes for all of the container: maxmemory is 256 MB, copy-on-write and buffers come on top. */
const CONTAINER_MEMORY_GB = 0.5;
/** Processes and threads: Redis has five, and one more while it saves. */
const CONTAINER_PROCESSES = 64;
/** Milliseconds that redis-server may take in a started container. */
const READY_LIMIT_MS = 20_000;
const COMMAND_LIMIT_MS = 5_000;
const END_LIMIT_MS = 15_000;
const LOG_LIMIT = 65_536;

/** How redis-server is started in its container. */
export interface Launch {
  readonly arguments: readonly string[];
  /** A file to put there first. */
  readonly file?: { readonly target: string; readonly content: string };
  /** `mapped` publishes the port; `none` leaves the container nothing but its own loopback. */
  readonly network: "mapped" | "none";
}

/**
 * Starts redis-server in a container of this image, with the limits that every container of the lab has.
 * @throws RedisDidNotStart with the log when redis-server ended.
 * @throws LabError (environment) when Docker could not start it.
 */
export async function startContainer(image: string, launch: Launch): Promise<RedisContainer> {
  const output = watchedOutput();
  const { started, handle, remove } = await startLabContainer({
    image,
    hostConfig: { PidsLimit: CONTAINER_PROCESSES },
    passOn: (error) => error instanceof RedisDidNotStart || error instanceof DeadlineExceeded,
    shape(container) {
      container
        // The official image starts as root and becomes its own user, to whom it gives its folder.
        .withAddedCapabilities("SETUID", "SETGID", "CHOWN")
        // The log is how its readiness is seen, so it must be kept where it can be read.
        .withDefaultLogDriver()
        .withWorkingDir(CONTAINER_FOLDER)
        .withResourcesQuota({ memory: CONTAINER_MEMORY_GB })
        .withCommand(["redis-server", ...launch.arguments])
        .withWaitStrategy(output.untilReady);
      if (launch.file) container.withCopyContentToContainer([{ ...launch.file, mode: 0o644 }]);
      if (launch.network === "none") container.withNetworkMode("none");
      else container.withExposedPorts(CONTAINER_PORT);
    },
  });

  return {
    endpoint: () => ({ host: started.getHost(), port: started.getMappedPort(CONTAINER_PORT) }),
    version: /version=([\d.]+)/i.exec(output.text())?.[1] ?? "unknown",
    log: output.text,
    isRunning: output.isOpen,
    async run(command) {
      try {
        return (await withDeadline(COMMAND_LIMIT_MS, started.exec([...command]), command.join(" "))).output;
      } catch (error) {
        // As from a program on this machine: what went wrong is part of what it printed.
        return messageOf(error);
      }
    },
    async kill() {
      if (!output.isOpen()) return;
      // It may have ended by itself a moment ago; that it has ended is all that matters.
      await handle.kill({ signal: "SIGKILL" }).catch(unless(409));
      await withDeadline(END_LIMIT_MS, handle.wait(), "the end of a container");
      output.close();
    },
    async restart() {
      await started.restart({ timeout: 0 });
    },
    stop: remove,
  };
}

/**
 * Follows what the container prints, over restarts, and tells when Redis is ready.
 *
 * Each start reads the whole log and skips what is known. Asking for the log since the start, as Testcontainers
 * does, loses lines: redis-server is ready in 8 ms, before Docker notes the time at which it started it.
 */
function watchedOutput() {
  let text = "";
  let received = 0;
  /** The start whose output is being followed, counted from 1; 0 while nothing runs. */
  let followed = 0;
  let starts = 0;
  let limitMs = READY_LIMIT_MS;

  const untilReady: WaitStrategy = {
    async waitUntilReady(container) {
      const start = ++starts;
      followed = start;
      const { client } = await loadTestcontainers();
      const stream = await client.container.logs(container);
      let position = 0;
      let printed = "";
      const ready = new Promise<"ready" | "ended">((resolve) => {
        stream.on("data", (chunk: string) => {
          if (start !== starts) return;
          const fresh = chunk.slice(Math.max(0, received - position));
          position += chunk.length;
          received = Math.max(received, position);
          if (text.length < LOG_LIMIT) text += fresh;
          if (printed.length < LOG_LIMIT) printed += fresh;
          if (printed.includes("Ready to accept connections")) resolve("ready");
        });
        stream.on("error", () => resolve("ended"));
        stream.once("end", () => {
          if (followed === start) followed = 0;
          resolve("ended");
        });
      });
      if ((await withDeadline(limitMs, ready, "starting redis-server in a container")) === "ready") return;
      throw new RedisDidNotStart(printed.trim());
    },
    withStartupTimeout(ms) {
      limitMs = ms;
      return untilReady;
    },
    isStartupTimeoutSet: () => true,
    getStartupTimeout: () => limitMs,
  };
  return {
    untilReady,
    text: () => text,
    isOpen: () => followed > 0,
    close: () => {
      followed = 0;
    },
  };
}
