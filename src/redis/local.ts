/** Redis from a redis-server (or valkey-server) on this machine: one process a server, each in a folder of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { delimiter, dirname, join } from "node:path";
import { onRelease, throwIfInterrupted } from "../system/cleanup.ts";
import { LabError } from "../system/errors.ts";
import { isExecutable } from "../system/executable.ts";
import { freePort } from "../system/ports.ts";
import { limitedCommand, signalProcess } from "../system/process-tree.ts";
import { scratchFolder } from "../system/scratch.ts";
import { withDeadline } from "../system/waiting.ts";
import {
  type ConfiguredServer,
  type Endpoint,
  RedisDidNotStart,
  type RedisServer,
  type RedisSource,
  type Shape,
  type Topology,
} from "./server.ts";

/** redis-server and redis-cli, and the folder of the shared libraries they need where they were unpacked by us. */
export interface RedisBinaries {
  readonly server: string;
  readonly cli: string;
  readonly libraryPath?: string;
}

/** Milliseconds that redis-server may take until it accepts connections; it takes 8 on an idle machine. */
const START_LIMIT_MS = 10_000;
/** A student's loop must not eat the machine's memory: Redis refuses writes beyond this. */
export const MEMORY_LIMIT = "256mb";
/**
 * Settings of every server that the lab starts for an answer, whatever the source. Whoever can make the server connect
 * to another address reaches what the server reaches: its commands for that are gone for good.
 */
export const SERVER_SETTINGS: readonly (readonly [name: string, ...values: string[]])[] = [
  ...["MIGRATE", "REPLICAOF", "SLAVEOF"].map((command) => ["rename-command", command, ""] as const),
  ["save", ""],
  ["appendonly", "no"],
  ["maxmemory", MEMORY_LIMIT],
  ["maxmemory-policy", "noeviction"],
  ["proto-max-bulk-len", "64mb"],
  // What waits for an answer that does not read its replies counts as little as what it stores.
  ["client-output-buffer-limit", "normal", "128mb", "0", "0"],
  ["maxclients", "500"],
  ["databases", "16"],
];

/** Bytes: twice what Redis may store, and what waits for whoever does not read. */
export const SERVER_LIMITS = { fileBytes: 256 * 1024 * 1024, dataBytes: 1024 * 1024 * 1024 };

/** What a student's own configuration must not decide: that its start can be seen. */
const PLACED_SETTINGS = ["daemonize no", 'logfile ""', "loglevel notice", 'pidfile ""'] as const;

/** The binaries on the PATH, Redis' before Valkey's. */
export function binariesOnPath(path = process.env.PATH ?? ""): RedisBinaries | undefined {
  const folders = path.split(delimiter).filter(Boolean);
  for (const family of ["redis", "valkey"]) {
    const server = firstExecutable(folders, `${family}-server`);
    if (!server) continue;
    const cli = firstExecutable([dirname(server), ...folders], `${family}-cli`);
    if (cli) return { server, cli };
  }
  return undefined;
}

function firstExecutable(folders: readonly string[], name: string): string | undefined {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  return folders.map((folder) => join(folder, file)).find(isExecutable);
}

/** `confined`: servers with a configuration of somebody else's run in a sandbox. */
export function localSource(binaries: RedisBinaries, confined = false): RedisSource {
  let forStrangers: Promise<ServerProgram> | undefined;
  const confine = () => {
    forStrangers ??= import("./confined.ts").then(({ confinedServer }) => confinedServer(binaries));
    return forStrangers;
  };
  return {
    name: "local",
    async start(shape) {
      const topology = await startTopology(binaries, shape);
      if (confined) await requireSafe(topology);
      return topology;
    },
    boot: async (configuration) =>
      bootConfiguration(confined ? await confine() : plainServer(binaries), configuration),
  };
}

/** @throws LabError for the shapes that cannot be started yet; every source has the same. */
export function requireSingle(shape: Shape): void {
  if (shape.kind !== "single") {
    throw new LabError(
      "environment",
      `this version starts single servers only, not "${shape.kind}"`,
      "lab doctor",
    );
  }
}

/** Until 7.0 whoever is connected may have it write files and load programs, as the user who started it. */
async function requireSafe(topology: Topology): Promise<void> {
  const { version } = topology.primary;
  if (Number(version.split(".")[0]) >= 7) return;
  await topology.stop();
  throw new LabError(
    "environment",
    `redis-server ${version} cannot be kept from strangers' commands: 7.0 or newer can`,
    "install a newer redis-server, or leave --redis local out and use Docker",
  );
}

async function startTopology(binaries: RedisBinaries, shape: Shape): Promise<Topology> {
  requireSingle(shape);
  const password = randomBytes(12).toString("hex");
  const process = await startProcess(plainServer(binaries), (port) =>
    [["bind", "127.0.0.1"], ["port", String(port)], ["requirepass", password], ...SERVER_SETTINGS]
      .map((words) => words.map((word) => word || '""').join(" "))
      .join("\n"),
  );
  const server: RedisServer = {
    endpoint: process.endpoint,
    password,
    version: process.version,
    get isRunning() {
      return process.isRunning();
    },
    kill: process.kill,
    restart: process.restart,
  };
  return { shape, primary: server, servers: [server], stop: process.stop };
}

/**
 * A student's redis.conf with what it must not decide. Later lines win, so its own are read and then replaced;
 * except `dir`: Redis changes to that folder as it reads the line, and ends when it is not there, so the line
 * becomes a comment (the lines after it keep their numbers). `folder` is absolute.
 */
export function placedConfiguration(configuration: string, port: number, folder: string): string {
  const own = configuration.replace(/^(?=[ \t]*"?dir"?[ \t])/gim, "# ");
  return [own, `port ${port}`, `dir "${folder}"`, ...PLACED_SETTINGS, ""].join("\n");
}

async function bootConfiguration(server: ServerProgram, configuration: string): Promise<ConfiguredServer> {
  const process = await startProcess(server, (port, folder) =>
    placedConfiguration(configuration, port, folder),
  );
  return {
    get log() {
      return process.log();
    },
    async cli(args) {
      const { port } = process.endpoint;
      const command = server.cli(["-h", "127.0.0.1", "-p", String(port), ...args], process.pid());
      return command ? runCli(...command) : `Could not connect to Redis at 127.0.0.1:${port}: it has ended\n`;
    },
    kill: process.kill,
    restart: process.restart,
    stop: process.stop,
  };
}

/** How redis-server and redis-cli are started. */
export interface ServerProgram {
  /** A command for redis-server that reads its configuration from standard input, at work in `folder`. */
  command(folder: string): readonly [program: string, args: readonly string[]];
  /** A command for redis-cli beside the server whose process is `pid`; undefined where that has ended. */
  cli(args: readonly string[], pid: number): Command | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Where the server finds the folder itself. */
  folderInside(folder: string): string;
  /** A port for it to listen on. */
  port(): Promise<number>;
}

export type Command = readonly [program: string, args: readonly string[], env: NodeJS.ProcessEnv];

function plainServer(binaries: RedisBinaries): ServerProgram {
  const env = environmentFor(binaries);
  return {
    // Redis' own limit does not count what a script of an answer's takes.
    command: () => limitedCommand(binaries.server, ["-"], SERVER_LIMITS),
    cli: (args) => [binaries.cli, args, env],
    env,
    folderInside: (folder) => folder,
    port: freePort,
  };
}

function runCli(...[program, args, env]: Command): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { env, timeout: 5_000, maxBuffer: 4 << 20 },
      // redis-cli's exit code says less than what it prints.
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}

export function environmentFor(binaries: RedisBinaries): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  const library = binaries.libraryPath ? { LD_LIBRARY_PATH: binaries.libraryPath } : {};
  return { ...(PATH === undefined ? {} : { PATH }), ...library };
}

interface ServerProcess {
  readonly endpoint: Endpoint;
  pid(): number;
  readonly version: string;
  log(): string;
  isRunning(): boolean;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts redis-server with a configuration on its standard input, so that no password shows in `ps`. */
async function startProcess(
  server: ServerProgram,
  configurationFor: (port: number, folder: string) => string,
): Promise<ServerProcess> {
  const scratch = scratchFolder("redis");
  let child: ChildProcess | undefined;
  let log = "";
  const killNow = () => {
    if (child?.pid && child.exitCode === null && child.signalCode === null)
      signalProcess(-child.pid, "SIGKILL");
  };
  const kill = async () => {
    const dying = child;
    if (!dying || dying.exitCode !== null || dying.signalCode !== null) return;
    // Closed: nothing of it, which may be more than one process, holds its pipes any longer.
    const ended = new Promise<void>((resolve) => dying.once("close", () => resolve()));
    killNow();
    await ended;
  };
  // SIGKILL: there is nothing to save, and a blocked server would not hear anything gentler.
  const stop = onRelease(async () => {
    await kill();
    await scratch.remove();
  }, killNow);

  const launch = async (port: number): Promise<"ready" | "port taken"> => {
    throwIfInterrupted();
    const started = spawn(...server.command(scratch.folder), {
      cwd: scratch.folder,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      // The folder in TMPDIR lets an abandoned server be found again.
      env: { ...server.env, TMPDIR: scratch.folder },
    });
    child = started;
    const from = log.length;
    const ready = new Promise<"ready" | "ended">((resolve, reject) => {
      const read = (chunk: Buffer) => {
        // 64 KiB of log are plenty; a chatty loglevel must not grow the judge.
        if (log.length < 65_536) log += chunk.toString("utf8");
        if (log.includes("Ready to accept connections", from)) resolve("ready");
      };
      started.stdout?.on("data", read);
      started.stderr?.on("data", read);
      started.once("error", reject);
      started.once("close", () => resolve("ended"));
    });
    started.stdin?.on("error", () => {});
    started.stdin?.end(configurationFor(port, server.folderInside(scratch.folder)));
    if ((await withDeadline(START_LIMIT_MS, ready, "starting redis-server")) === "ready") return "ready";
    if (log.includes("Address already in use", from)) return "port taken";
    throw new RedisDidNotStart(log.slice(from).trim());
  };

  try {
    for (let attempt = 1; ; attempt++) {
      const port = await server.port();
      if ((await launch(port)) === "port taken") {
        if (attempt < 10) continue;
        throw new RedisDidNotStart(log);
      }
      const relaunch = async () => {
        await kill();
        if ((await launch(port)) !== "ready") throw new RedisDidNotStart(log);
      };
      return {
        endpoint: { host: "127.0.0.1", port },
        pid: () => child?.pid ?? -1,
        version: /version=([\d.]+)/i.exec(log)?.[1] ?? "unknown",
        log: () => log,
        isRunning: () => child?.exitCode === null && child.signalCode === null,
        kill,
        restart: relaunch,
        stop,
      };
    }
  } catch (error) {
    await stop();
    throw error;
  }
}
