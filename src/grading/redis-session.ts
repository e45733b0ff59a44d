/**
 * The judge's hold on the Redis of one grading: its own connection, the trace, and a working, empty server
 * before each check. A server that the answer harmed or blocked is replaced by a fresh one.
 */
import type { RedisClientType } from "redis";
import type { JudgeRedis, ServerControl, Trace } from "../course/vocabulary.ts";
import { connectJudge, prepareConnections } from "../redis/connection.ts";
import type { WarmPool } from "../redis/pool.ts";
import type { FaultProxy, startFaultProxy } from "../redis/proxy.ts";
import { type RedisServer, singleServer } from "../redis/server.ts";
import type { Service } from "../sandbox/sandbox.ts";
import { withDeadline } from "../system/waiting.ts";
import { recordTrace, type TraceRecorder } from "./trace.ts";

export interface RedisSession {
  readonly redis: JudgeRedis;
  readonly server: RedisServer;
  readonly control: ServerControl;
  readonly trace: Trace;
  readonly proxy: FaultProxy | undefined;
  /** Where the answer is to connect: the proxy, where there is one. */
  readonly service: Service;
  /** Grows by one each time the server is replaced: whoever connected before must connect again. */
  readonly generation: number;
  /** Makes sure that a working server with an empty keyspace is there. */
  prepare(): Promise<void>;
  /** What the answer sent since the trace was cleared; what is known, where Redis no longer answers. */
  received(): Promise<ReturnType<TraceRecorder["received"]>>;
  close(): Promise<void>;
}

/**
 * Commands after which a server is no longer as it was started. MONITOR does not show administrative commands,
 * the statistics do (`INFO commandstats`), also right after CONFIG RESETSTAT, which counts itself.
 */
const HARM =
  /cmdstat_(config\|(set|rewrite|resetstat)|config:|acl\|(setuser|deluser|load)|debug|module\|(load|loadex|unload)|failover|client\|(pause|reply)|swapdb)/;

export interface SessionOptions {
  readonly makeProxy: typeof startFaultProxy | undefined;
  /** Leave loaded scripts and functions from check to check: apps that go on running load them once. */
  readonly keepScripts: boolean;
  /** Milliseconds for the judge's own commands, of a healthy server less than one each. */
  readonly limitMs: number;
}

export async function openRedisSession(
  pool: WarmPool,
  { makeProxy, keepScripts, limitMs }: SessionOptions,
): Promise<RedisSession> {
  prepareConnections();
  let topology = await pool.take(singleServer);
  const link = (server: RedisServer) => connectLinks(server, limitMs);
  let links = await link(topology.primary).catch(async (error) => {
    await topology.stop();
    throw error;
  });
  let generation = 0;
  const door = openDoor();
  const proxy = await makeProxy?.(() => topology.primary.endpoint, door.setOpen).catch(async (error) => {
    links.drop();
    await topology.stop();
    throw error;
  });
  /** A server that is down refuses connections by itself, unless there is a proxy, which takes them. */
  const setServerUp = async (isUp: boolean) => {
    if (!proxy) await door.setOpen(isUp);
  };

  const replace = async () => {
    links.drop();
    const old = topology;
    topology = await pool.take(singleServer);
    await old.stop();
    links = await link(topology.primary);
    generation++;
    await setServerUp(true);
  };
  const isSound = async () => {
    try {
      const all = Promise.all([
        links.client.info("commandstats"),
        links.client.flushAll(),
        ...(keepScripts ? [] : forgetScripts(links.client)),
      ]);
      const [stats] = await withDeadline(limitMs, all, "preparing Redis");
      return links.trace.isRecording && !HARM.test(stats);
    } catch {
      return false;
    }
  };
  let fresh = true;
  return {
    // Stays valid when the server is restarted or replaced in the middle of a check.
    redis: forward(() => links.client) as JudgeRedis,
    get server() {
      return topology.primary;
    },
    control: {
      get version() {
        return topology.primary.version;
      },
      async kill() {
        links.drop();
        await setServerUp(false);
        await topology.primary.kill();
      },
      async restart() {
        await topology.primary.restart();
        links = await link(topology.primary);
        await setServerUp(true);
      },
    },
    trace: {
      commands: () => links.trace.commands(),
      clear: () => links.trace.clear(),
    },
    proxy,
    service: {
      get address() {
        return proxy?.endpoint ?? topology.primary.endpoint;
      },
      get isOpen() {
        return door.isOpen;
      },
      watch: door.watch,
    },
    get generation() {
      return generation;
    },
    async prepare() {
      await proxy?.reset();
      if (!fresh && !(await isSound())) await replace();
      fresh = false;
    },
    async received() {
      return links.trace.commands().catch(() => links.trace.received());
    },
    async close() {
      links.drop();
      await Promise.all([topology.stop(), proxy?.close()]);
    },
  };
}

/** Whether connections are taken at present, and who wants to know. */
function openDoor() {
  const watchers = new Set<() => Promise<void>>();
  let isOpen = true;
  return {
    get isOpen() {
      return isOpen;
    },
    async setOpen(open: boolean): Promise<void> {
      isOpen = open;
      await Promise.all([...watchers].map((changed) => changed()));
    },
    watch(changed: () => Promise<void>) {
      watchers.add(changed);
      return () => void watchers.delete(changed);
    },
  };
}

function forgetScripts(client: RedisClientType): Promise<unknown>[] {
  return [
    client.sendCommand(["SCRIPT", "FLUSH"]),
    // Functions came with Redis 7; a server without them has none to flush.
    client.sendCommand(["FUNCTION", "FLUSH"]).catch(() => {}),
  ];
}

interface Links {
  readonly client: RedisClientType;
  readonly trace: TraceRecorder;
  drop(): void;
}

async function connectLinks(server: RedisServer, limitMs: number): Promise<Links> {
  const connecting = connectJudge(server);
  const trace = await recordTrace(server, connecting, limitMs).catch(async (error) => {
    await connecting.then((opened) => opened.destroy()).catch(() => {});
    throw error;
  });
  const client = await connecting;
  return {
    client,
    trace,
    drop() {
      if (client.isOpen) client.destroy();
      trace.stop();
    },
  };
}

/** An object that always acts on what `current` gives at that moment. */
function forward<T extends object>(current: () => T): T {
  return new Proxy({} as T, {
    get(_target, name) {
      const target = current();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
