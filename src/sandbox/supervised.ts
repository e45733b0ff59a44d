/**
 * Cells whose only way in and out is a supervisor inside: what the bubblewrap and the docker sandbox have in common.
 * An inner sandbox that the answer broke, by ending its supervisor or by not letting itself be killed, is replaced by
 * a fresh one with the same files.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex, Readable, Writable } from "node:stream";
import { onRelease, throwIfInterrupted } from "../system/cleanup.ts";
import { LabError } from "../system/errors.ts";
import { withDeadline } from "../system/waiting.ts";
import { answerEnvironment, nodeArguments, OUT_OF_MEMORY, watchProcess } from "./cell-process.ts";
import { cappedOutput } from "./output.ts";
import type { Address, Cell, CellProcess, ProcessExit, ProcessPlan, Sandbox, Service } from "./sandbox.ts";
import { joinConnection, type Link, LinkBroken, openLink } from "./supervisor/link.ts";
import {
  type Answer,
  FROM_SUPERVISOR_LIMIT_BYTES,
  type FromSupervisor,
  isFromSupervisor,
  type Request,
} from "./supervisor/protocol.ts";

/** Where a cell has what it needs. */
export const CELL = {
  /** The answer's own, the only one that it can write to, with `tmp` in it. */
  answer: "/answer",
  runner: "/lab/runner.cjs",
  supervisor: "/lab/supervisor.cjs",
  /** Where Node looks from `/answer`. */
  packages: "/node_modules",
  /** The first service's port, as students know it; it is free in a network of its own. */
  firstPort: 6379,
} as const;

/** Bytes of memory of a cell, with all that runs in it. */
export const CELL_MEMORY_BYTES = 1024 * 1024 * 1024;
/** Processes and threads of a cell: a Node has eleven. */
export const CELL_PROCESSES = 256;
/** Bytes of one file, and of all of them together. */
export const CELL_FILE_BYTES = 64 * 1024 * 1024;
export const CELL_FILES_BYTES = 128 * 1024 * 1024;

/** Files and connections that one process may have open; the supervisor has two for each connection of an answer. */
export const CELL_OPEN_FILES = 2_048;
/** How many files. */
export const CELL_FILES = 10_000;

const READY_LIMIT_MS = 20_000;
/** For what a supervisor does at once; one that the answer has stopped never does it. */
const ANSWER_LIMIT_MS = 10_000;
/** For ending an answer's processes; then the whole sandbox is ended. */
const KILL_LIMIT_MS = 3_000;

/** A started sandbox with a supervisor that speaks on these pipes. */
export interface Inside {
  readonly input: Writable;
  readonly output: Readable;
  /** What the sandbox itself says, and before an answer runs nothing else. */
  readonly complaints: Readable;
  /** Settles once an answer may be started in it. */
  readonly prepared: Promise<void>;
  /** What the answer did to be ended by the sandbox, where it can tell. @throws LabError where the sandbox failed. */
  whyEnded(): Promise<string | undefined>;
  /** Ends it with all that is in it; safe to call twice. */
  destroy(): Promise<void>;
}

export interface Confinement {
  readonly name: Sandbox["name"];
  /** The folders in PATH. */
  readonly path: readonly string[];
  start(): Promise<Inside>;
}

/** A sandbox with a few cells started ahead. */
export function supervisedSandbox(confinement: Confinement): Sandbox {
  const ready: Promise<Instance>[] = [];
  let expected = 0;
  let ahead = 0;
  const fill = () => {
    while (ready.length < Math.min(ahead, expected)) {
      const starting = startInstance(confinement);
      // Its failure is reported to whoever takes it.
      starting.catch(() => {});
      ready.push(starting);
    }
  };
  const take = () => {
    const taken = ready.shift() ?? startInstance(confinement);
    expected--;
    // The next one starts while this one is in use.
    void taken.then(fill, fill);
    return taken;
  };
  return {
    name: confinement.name,
    open: async () => openCell(confinement, take),
    expect(cells, upTo) {
      expected = cells;
      ahead = upTo;
      fill();
    },
    async drain() {
      expected = 0;
      await Promise.allSettled(ready.splice(0).map(async (starting) => (await starting).destroy()));
    },
  };
}

function openCell(confinement: Confinement, take: () => Promise<Instance>): Cell {
  const files = new Map<string, Buffer>();
  const services = new Map<Service, ReachedService>();
  let current = take();
  current.catch(() => {});
  let disposed = false;

  const alive = async (): Promise<Instance> => {
    const wanted = current;
    const instance = await wanted.catch(() => undefined);
    if (disposed) throw new Error("this cell was disposed of");
    return instance && !instance.hasEnded ? instance : replace(wanted);
  };
  /** Once for whoever comes at the same time. */
  const replace = (broken: Promise<Instance>): Promise<Instance> => {
    if (current !== broken) return current;
    const fresh = broken
      .then(
        (instance) => instance.destroy(),
        () => {},
      )
      .then(() => startInstance(confinement))
      .then(async (instance) => {
        try {
          await Promise.all([...files].map(([path, content]) => writeInto(instance, path, content)));
          await Promise.all([...services].map(([service, { port }]) => follow(instance, service, port)));
          return instance;
        } catch (error) {
          await instance.destroy();
          throw error;
        }
      });
    fresh.catch(() => {});
    current = fresh;
    return fresh;
  };

  return {
    async write(path, content) {
      const bytes = Buffer.from(content);
      files.set(path, bytes);
      await writeInto(await alive(), path, bytes);
    },
    async reach(service): Promise<Address> {
      const known = services.get(service);
      if (known) {
        await known.listening;
        return { host: "127.0.0.1", port: known.port };
      }
      const port = CELL.firstPort + services.size;
      const changed = async () => {
        const instance = await current.catch(() => undefined);
        // One that ends meanwhile is replaced, and follows then.
        if (instance && !instance.hasEnded) await follow(instance, service, port).catch(() => {});
      };
      const listening = alive().then((instance) => follow(instance, service, port));
      services.set(service, { port, listening, unwatch: service.watch(changed) });
      await listening;
      return { host: "127.0.0.1", port };
    },
    async start(plan) {
      throwIfInterrupted();
      return (await alive()).start(plan, confinement.path);
    },
    async flush() {
      await (await alive()).request({ kind: "flush" });
    },
    async killAll() {
      const wanted = current;
      const instance = await wanted.catch(() => undefined);
      if (!instance?.hasStarted) return;
      try {
        await withDeadline(KILL_LIMIT_MS, instance.request({ kind: "kill all" }), "ending the answer");
        await instance.hangUp();
      } catch {
        // Ended, or kept from answering by what it should have killed.
        await instance.destroy();
      }
      if (instance.hasEnded && !disposed) void replace(wanted);
    },
    async dispose() {
      disposed = true;
      for (const { unwatch } of services.values()) unwatch();
      await (await current.catch(() => undefined))?.destroy();
    },
  };
}

interface ReachedService {
  readonly port: number;
  /** Settles once the cell takes connections for it. */
  readonly listening: Promise<void>;
  unwatch(): void;
}

async function writeInto(instance: Instance, path: string, content: Buffer): Promise<void> {
  await instance.request({ kind: "write", path, base64: content.toString("base64") });
}

/** Lets the cell take connections for a service exactly while the service does. */
async function follow(instance: Instance, service: Service, port: number): Promise<void> {
  instance.services.set(port, service);
  await instance.request({ kind: service.isOpen ? "listen" : "stop listening", port });
}

interface Instance {
  readonly services: Map<number, Service>;
  readonly hasStarted: boolean;
  readonly hasEnded: boolean;
  request(request: Request): Promise<Answer>;
  start(plan: ProcessPlan, path: readonly string[]): Promise<CellProcess>;
  /** Ends every connection to a service, so that none of them waits for what comes next. */
  hangUp(): Promise<void>;
  destroy(): Promise<void>;
}

/** Starts an inner sandbox, and waits until its supervisor has spoken. */
async function startInstance(confinement: Confinement): Promise<Instance> {
  const inside = await confinement.start();
  const complaints = cappedOutput();
  complaints.collect(inside.complaints, () => {});
  const services = new Map<number, Service>();
  const connections = new Set<Socket>();
  const asked = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  const running = new Map<number, (exit: Ended) => void>();
  let next = 1;
  /** The supervisor's channels have odd numbers. */
  let nextChannel = 2;
  let ended: Promise<ProcessExit> | undefined;
  let isClosing = false;
  let wasReady = false;
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });

  const onMessage = (message: unknown) => {
    if (!isFromSupervisor(message)) throw new LinkBroken("a message of an unknown form");
    switch (message.kind) {
      case "ready":
        if (wasReady) throw new LinkBroken("that it is ready, twice");
        wasReady = true;
        return isReady();
      case "done":
      case "failed":
        return settle(message);
      case "exited": {
        const ends = running.get(message.process);
        if (!ends) throw new LinkBroken("the end of a process that does not run");
        running.delete(message.process);
        const exit = { code: message.code, signal: message.signal };
        return ends(message.outOfMemory ? { ...exit, reason: OUT_OF_MEMORY } : exit);
      }
      case "accepted":
        // The even ones are ours.
        if (message.channel % 2 === 0) throw new LinkBroken("a channel that is not its own");
        return connectService(services.get(message.port), link.channel(message.channel), connections);
    }
  };
  const settle = (message: Extract<FromSupervisor, { kind: "done" | "failed" }>) => {
    const waiter = asked.get(message.id);
    if (!waiter) throw new LinkBroken("to nothing that was asked");
    asked.delete(message.id);
    if (message.kind === "done") waiter.resolve(message);
    else waiter.reject(new Error(message.message));
  };
  const onEnd = (reason: string | undefined) => {
    ended = (async () => {
      const why = isClosing
        ? "the judge ended it"
        : reason === undefined
          ? await inside.whyEnded()
          : `it sent the judge ${reason}`;
      return { code: null, signal: "SIGKILL" as const, reason: why ?? "it ended the sandbox that it ran in" };
    })();
    ended.catch(() => {});
    for (const { reject } of asked.values()) reject(new Error("the sandbox has ended"));
    asked.clear();
    for (const exit of running.values()) exit(ended);
    running.clear();
    isReady();
    // After it was asked why it ended: then it is gone.
    ended
      .catch(() => {})
      .then(destroy)
      .catch(() => {
        // Whoever disposes of the cell hears of it.
      });
  };
  const link: Link = openLink(inside.output, inside.input, {
    messageLimit: FROM_SUPERVISOR_LIMIT_BYTES,
    onMessage,
    onEnd,
  });
  const destroy = onRelease(async () => {
    isClosing = true;
    const isGone = inside.destroy();
    link.close();
    for (const connection of connections) connection.destroy();
    await isGone;
  });
  const request = (what: Request): Promise<Answer> => {
    const id = next++;
    const answered = new Promise<Answer>((resolve, reject) => {
      if (ended) reject(new Error("the sandbox has ended"));
      else asked.set(id, { resolve, reject });
    });
    link.send({ ...what, id });
    return withDeadline(ANSWER_LIMIT_MS, answered, "an answer from the sandbox");
  };

  try {
    await withDeadline(
      READY_LIMIT_MS,
      Promise.all([ready, inside.prepared]),
      `starting the ${confinement.name} sandbox`,
    );
    // Nothing of an answer has run yet: whatever went wrong is not an answer's doing.
    if (ended)
      throw new LabError(
        "environment",
        `the ${confinement.name} sandbox ended before it was ready: ${complaints.text().trim() || "it said nothing"}`,
        "lab doctor",
      );
  } catch (error) {
    await destroy();
    throw error;
  }
  let hasStarted = false;
  return {
    services,
    get hasStarted() {
      return hasStarted;
    },
    get hasEnded() {
      return ended !== undefined;
    },
    request,
    async start(plan, path) {
      hasStarted = true;
      const process = next++;
      const [stdin, stdout, stderr] = [nextChannel, nextChannel + 2, nextChannel + 4];
      nextChannel += 6;
      const streams = {
        stdin: link.channel(stdin),
        stdout: link.channel(stdout),
        stderr: link.channel(stderr),
      };
      const exit = new Promise<ProcessExit>((resolve) => running.set(process, (exited) => resolve(exited)));
      // Of a process' output we say nothing, and from its input we hear nothing: half of each stream is over.
      streams.stdout.end();
      streams.stderr.end();
      streams.stdin.resume();
      exit.catch(() => {}).then(() => streams.stdin.destroy());
      const { port } = await request({
        kind: "start",
        process,
        args: nodeArguments(plan, CELL.runner, CELL.answer),
        env: answerEnvironment(plan, CELL.answer, path),
        listens: plan.listens ?? false,
        stdin,
        stdout,
        stderr,
      });
      return watchProcess(
        {
          ...streams,
          ended: exit,
          signal: (signal) => void request({ kind: "signal", process, signal }).catch(() => {}),
          force: () => void destroy().catch(() => {}),
          listening: port === undefined ? undefined : { told: port, connect: () => connectTo(port) },
          listeningPorts: async () => (await request({ kind: "ports", process })).ports ?? [],
        },
        plan,
      );
    },
    async hangUp() {
      await Promise.all(
        [...connections].map((connection) => {
          connection.destroy();
          return connection.closed || once(connection, "close");
        }),
      );
    },
    destroy,
  };

  async function connectTo(port: number): Promise<Duplex> {
    const channel = nextChannel;
    nextChannel += 2;
    const connection = link.channel(channel);
    try {
      await request({ kind: "connect", channel, port });
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }
}

type Ended = ProcessExit | Promise<ProcessExit>;

/** Which service was meant is decided here: nothing that a supervisor says names an address. */
function connectService(service: Service | undefined, channel: Duplex, connections: Set<Socket>): void {
  if (!service?.isOpen) return void channel.destroy();
  const connection = connect({ ...service.address, noDelay: true, allowHalfOpen: true });
  connections.add(connection);
  connection.once("close", () => connections.delete(connection));
  joinConnection(connection, channel);
}
