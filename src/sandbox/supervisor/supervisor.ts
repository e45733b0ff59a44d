/**
 * The first program inside a strong sandbox: starts the answer's processes for the judge and passes their input,
 * output and connections on, because there is no network and no other way in or out. It decides nothing. It shares
 * its cell with the answer, which may kill it or speak in its name: what it says is data, as what an answer says.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname, join, resolve } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { untilOutputRead } from "../../system/child-output.ts";
import { connectLoopback, freePort } from "../../system/ports.ts";
import { isRunning, portsOfGroup } from "../../system/process-tree.ts";
import { joinConnection, type Link, openLink } from "./link.ts";
import { type FromSupervisor, type Reply, TO_SUPERVISOR_LIMIT_BYTES, type ToSupervisor } from "./protocol.ts";

const KILL_LIMIT_MS = 1_500;
/** Where a supervisor is in a sandbox of its own: the first or second process, and a child of the first. */
const LAST_EARLY_PID = 40;

// `kill(-1)` below is meant for a cell, and would end this user's session elsewhere.
if (process.pid > LAST_EARLY_PID || (process.ppid !== 1 && process.ppid !== 0)) {
  process.stderr.write("this program runs inside a sandbox only\n");
  process.exit(1);
}
// The answer's folder, and the user to become where it is started by root.
const [answerFolder = "", user] = process.argv.slice(2);
process.chdir(answerFolder);
if (user !== undefined) becomeNobody(Number(user));
mkdirSync(join(answerFolder, "tmp"));
const processes = new Map<number, ChildProcess>();
const servers = new Map<number, Server>();
/** The judge's channels have even numbers. */
let nextChannel = 1;
let knownKills = countOutOfMemory();

// Node would open its inspector to whoever sends this.
process.on("SIGUSR1", () => {});

const link: Link = openLink(process.stdin, process.stdout, {
  messageLimit: TO_SUPERVISOR_LIMIT_BYTES,
  onMessage: (message) => void answer(message as ToSupervisor),
  // The judge is gone: so is the reason to live.
  onEnd: () => process.exit(0),
});
const say = (message: FromSupervisor) => link.send(message);
say({ kind: "ready" });

async function answer(request: ToSupervisor): Promise<void> {
  const { id } = request;
  try {
    say({ ...(await carryOut(request)), kind: "done", id });
  } catch (error) {
    say({ kind: "failed", id, message: error instanceof Error ? error.message : String(error) });
  }
}

async function carryOut(request: ToSupervisor): Promise<Reply> {
  switch (request.kind) {
    case "flush":
      // What was sent before lies in our sockets: it is read in the next turn at the latest.
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
      return {};
    case "write": {
      const file = resolve(answerFolder, request.path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, Buffer.from(request.base64, "base64"));
      return {};
    }
    case "start":
      return start(request);
    case "signal":
      signalProcess(request.process, request.signal);
      return {};
    case "kill all":
      await killAll();
      return {};
    case "listen":
      await listen(request.port);
      return {};
    case "stop listening":
      servers.get(request.port)?.close();
      servers.delete(request.port);
      return {};
    case "connect":
      await connectChannel(request.channel, request.port);
      return {};
    case "ports":
      return { ports: portsOfGroup(processes.get(request.process)?.pid ?? -1) };
  }
}

async function start(plan: Extract<ToSupervisor, { kind: "start" }>): Promise<Reply> {
  const port = plan.listens ? await freePort() : undefined;
  const child = spawn(process.execPath, plan.args, {
    cwd: answerFolder,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...plan.env, ...(port === undefined ? {} : { PORT: String(port) }) },
  });
  processes.set(plan.process, child);
  const input = link.channel(plan.stdin);
  // Nothing goes the other way.
  input.end();
  joinStreams(input, child.stdin);
  const [stdout, stderr] = [link.channel(plan.stdout).resume(), link.channel(plan.stderr).resume()];
  const outputs = [passOutput(child.stdout, stdout), passOutput(child.stderr, stderr)];
  const exited = (code: number | null, signal: NodeJS.Signals | null) => {
    const kills = countOutOfMemory();
    const outOfMemory = kills > knownKills;
    knownKills = kills;
    say({ kind: "exited", process: plan.process, code, signal, outOfMemory });
    // A grandchild may hold its pipes for ever.
    for (const channel of [input, stdout, stderr]) channel.destroy();
  };
  child.once("error", () => exited(null, null));
  child.once("exit", async (code, signal) => {
    await untilOutputRead(
      child,
      Promise.all(outputs),
      () => stdout.writableNeedDrain || stderr.writableNeedDrain,
    );
    exited(code, signal);
  });
  return port === undefined ? {} : { port };
}

function joinStreams(from: Readable, to: NodeJS.WritableStream): void {
  from.pipe(to);
  // Writing to a process that just ended: its exit tells the story.
  to.on("error", () => from.destroy());
}

/** Settles once all of it was passed on. */
function passOutput(output: Readable, channel: Duplex): Promise<void> {
  return new Promise((resolve) => {
    channel.once("finish", resolve).once("close", resolve);
    output.pipe(channel);
  });
}

function signalProcess(number: number, signal: NodeJS.Signals): void {
  const child = processes.get(number);
  if (!child?.pid || hasExited(child)) return;
  // What it started goes with it, as far as it stayed in the group.
  if (signal === "SIGKILL") process.kill(-child.pid, signal);
  else child.kill(signal);
}

/** Every process of this sandbox but the first and this one. */
async function killAll(): Promise<void> {
  const end = performance.now() + KILL_LIMIT_MS;
  for (;;) {
    try {
      // One system call, during which nobody can fork.
      process.kill(-1, "SIGKILL");
    } catch {
      // Nobody is left.
    }
    // A zombie's other threads may hold its sockets a moment longer: only who has been waited for is gone.
    if (!othersAlive() && [...processes.values()].every(hasExited)) return;
    if (performance.now() > end) throw new Error("some processes do not end");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function hasExited(child: ChildProcess): boolean {
  return !child.pid || child.exitCode !== null || child.signalCode !== null;
}

function othersAlive(): boolean {
  return readdirSync("/proc").some((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) && pid !== 1 && pid !== process.pid && isRunning(pid);
  });
}

async function listen(port: number): Promise<void> {
  if (servers.has(port)) return;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const channel = nextChannel;
    nextChannel += 2;
    say({ kind: "accepted", channel, port });
    joinConnection(socket, link.channel(channel));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  server.on("error", () => {});
  servers.set(port, server);
}

/** Fails where nobody listens. */
async function connectChannel(id: number, port: number): Promise<void> {
  joinConnection(await connectLoopback(port), link.channel(id));
}

/** How often the kernel killed a process of this container for its memory, where a cgroup counts that. */
function countOutOfMemory(): number {
  for (const file of ["memory.events", "memory/memory.oom_control"]) {
    try {
      const text = readFileSync(join("/sys/fs/cgroup", file), "latin1");
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
    } catch {
      // The other version of cgroups, or none.
    }
  }
  return 0;
}

/** Gives the rights up that were needed to set the sandbox up. */
function becomeNobody(nobody: number): void {
  for (const folder of [answerFolder, "/tmp"]) chmodSync(folder, 0o777);
  process.setgroups?.([]);
  process.setgid?.(nobody);
  process.setuid?.(nobody);
}
