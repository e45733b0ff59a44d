/** One inner sandbox and the supervisor in it, as the judge speaks with it. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onRelease } from "../system/cleanup.ts";
import { LabError } from "../system/errors.ts";
import { withDeadline } from "../system/waiting.ts";
import { answerEnvironment, nodeArguments, OUT_OF_MEMORY, watchProcess } from "./cell-process.ts";
import { CELL, type Confinement } from "./confinement.ts";
import { cappedOutput } from "./output.ts";
import type { CellProcess, ProcessExit, ProcessPlan, Service } from "./sandbox.ts";
import { joinConnection, type Link, LinkBroken, openLink } from "./supervisor/link.ts";
import {
  FROM_SUPERVISOR_LIMIT_BYTES,
  type FromSupervisor,
  isFromSupervisor,
  type Reply,
  type Request,
} from "./supervisor/protocol.ts";

const READY_LIMIT_MS = 20_000;
/** For what a supervisor does at once; one that the answer has stopped never does it. */
const ANSWER_LIMIT_MS = 10_000;

/** An inner sandbox that runs. */
export interface Instance {
  readonly services: Map<number, Service>;
  readonly hasStarted: boolean;
  readonly hasEnded: boolean;
  request(request: Request): Promise<Reply>;
  start(plan: ProcessPlan, path: readonly string[]): Promise<CellProcess>;
  /** Ends every connection to a service, so that none of them waits for what comes next. */
  hangUp(): Promise<void>;
  destroy(): Promise<void>;
}

/** Starts an inner sandbox, and waits until its supervisor has spoken. */
export async function startInstance(confinement: Confinement): Promise<Instance> {
  const inside = await confinement.start();
  const complaints = cappedOutput();
  complaints.collect(inside.complaints, () => {});
  const services = new Map<number, Service>();
  const connections = new Set<Socket>();
  const asked = new Map<number, { resolve(answer: Reply): void; reject(error: Error): void }>();
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
  const request = (what: Request): Promise<Reply> => {
    const id = next++;
    const answered = new Promise<Reply>((resolve, reject) => {
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
