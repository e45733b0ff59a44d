/**
 * The process sandbox: the answer runs as this user, in a process group and folder of its own, with an
 * environment of our choosing. It bounds accidents; it does not hide this user's files or network.
 */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { onRelease, throwIfInterrupted } from "../system/cleanup.ts";
import { packageRoot } from "../system/package-root.ts";
import { freePort } from "../system/ports.ts";
import {
  killBelonging,
  limitedCommand,
  portsOfGroup,
  residentBytes,
  signalProcess,
} from "../system/process-tree.ts";
import { scratchFolder } from "../system/scratch.ts";
import { cappedOutput, FLOOD_BYTES, formatBytes } from "./output.ts";
import { offeredPackages } from "./packages.ts";
import type { Cell, CellProcess, ProcessExit, ProcessPlan, Sandbox } from "./sandbox.ts";

/** MiB of JavaScript heap for each process of an answer. */
const HEAP_LIMIT_MIB = 256;
/** Bytes of memory of each process, buffers too; looked at every 100 ms. */
const RESIDENT_LIMIT_BYTES = 768 * 1024 * 1024;
const LOOK_AT_MEMORY_MS = 100;
/** Bytes of one file that an answer writes. */
const FILE_LIMIT_BYTES = 64 * 1024 * 1024;
export const runnerFile = join(packageRoot, "dist", "runner.cjs");

export const processSandbox: Sandbox = { name: "process", open: openCell };

async function openCell(): Promise<Cell> {
  const scratch = scratchFolder("cell");
  const folder = scratch.folder;
  const groups = new Set<number>();
  const lockLimit = randomInt(2 ** 40, 2 ** 47);
  let disposed = false;
  const exits = new Set<Promise<ProcessExit>>();
  mkdirSync(join(folder, "node_modules"));
  mkdirSync(join(folder, "tmp"));
  for (const offered of offeredPackages) {
    symlinkSync(offered.folder, join(folder, "node_modules", offered.name), "junction");
  }
  let started = false;
  const killGroups = () => {
    for (const group of groups) signalProcess(-group, "SIGKILL");
  };
  const killAll = async () => {
    const known = new Set(groups);
    if (started) await killBelonging({ groups: known, marker: folder, lockLimit });
    // A zombie's other threads may hold its sockets a moment longer: a dead worker must not be handed a job.
    await Promise.all(exits);
    exits.clear();
    // Their numbers may be given to others.
    for (const group of known) groups.delete(group);
  };
  const dispose = onRelease(async () => {
    disposed = true;
    await killAll();
    await scratch.remove();
  }, killGroups);
  return {
    async write(path, content) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
    },
    reach: (address) => address,
    async start(plan) {
      started = true;
      const port = plan.listens ? await freePort() : undefined;
      if (disposed) throw new Error("this cell was disposed of");
      throwIfInterrupted();
      const process = startProcess({ folder, plan, port, lockLimit, groups });
      exits.add(process.exit);
      return process;
    },
    killAll,
    dispose,
  };
}

interface Start {
  readonly folder: string;
  readonly plan: ProcessPlan;
  readonly port: number | undefined;
  readonly lockLimit: number;
  /** To which its process group is added. */
  readonly groups: Set<number>;
}

function startProcess({ folder, plan, port, lockLimit, groups }: Start): CellProcess {
  const [program, args] = limitedCommand(process.execPath, commandLine(folder, plan), {
    fileBytes: FILE_LIMIT_BYTES,
    lockLimit,
  });
  const child = spawn(program, args, {
    cwd: folder,
    // A session and process group of its own: Ctrl-C in the terminal is for the lab, which then ends this.
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: environment(folder, plan, port),
  });
  if (child.pid) groups.add(child.pid);
  const output = cappedOutput();
  let reason: string | undefined;
  let ended = false;
  const signal = (name: NodeJS.Signals) => {
    if (!ended && child.pid) signalProcess(name === "SIGKILL" ? -child.pid : child.pid, name);
  };
  const onFlood = () => {
    reason = `it printed more than ${formatBytes(FLOOD_BYTES)}`;
    signal("SIGKILL");
  };
  output.collect(child.stderr, onFlood);
  if (plan.stdout === "output") output.collect(child.stdout, onFlood);
  const looking = setInterval(() => {
    if (((child.pid && residentBytes(child.pid)) || 0) <= RESIDENT_LIMIT_BYTES) return;
    reason ??= OUT_OF_MEMORY;
    signal("SIGKILL");
  }, LOOK_AT_MEMORY_MS).unref();
  child.stdin.on("error", () => {
    // Writing to a process that just ended: its exit tells the story.
  });
  const exit = new Promise<ProcessExit>((resolve) => {
    const finish = (code: number | null, by: NodeJS.Signals | null) => {
      if (ended) return;
      ended = true;
      clearInterval(looking);
      const why =
        reason ?? (output.text().includes("JavaScript heap out of memory") ? OUT_OF_MEMORY : undefined);
      resolve({ code, signal: by, ...(why ? { reason: why } : {}) });
    };
    child.once("error", () => finish(null, null));
    child.once("exit", (code, by) => {
      // `close` waits for the pipes, which a detached grandchild may hold open for ever.
      const late = setTimeout(() => finish(code, by), 200);
      child.once("close", () => {
        clearTimeout(late);
        finish(code, by);
      });
    });
  });
  return {
    stdin: child.stdin,
    stdout: plan.stdout === "channel" ? child.stdout : undefined,
    output,
    listening: port === undefined ? undefined : { address: { host: "127.0.0.1", port }, told: port },
    exit,
    get hasEnded() {
      return ended;
    },
    signal,
    ...(process.platform === "linux" ? { listeningPorts: async () => portsOfGroup(child.pid ?? -1) } : {}),
  };
}

const OUT_OF_MEMORY = "it ran out of memory";

function commandLine(folder: string, plan: ProcessPlan): string[] {
  const entry = plan.entry.kind === "runner" ? runnerFile : join(folder, plan.entry.path);
  return [
    `--max-old-space-size=${HEAP_LIMIT_MIB}`,
    // The runner turns them on itself, 13 ms later, when it waits for the judge anyway.
    ...(plan.entry.kind === "runner" ? [] : ["--enable-source-maps"]),
    ...(plan.nodeFlags ?? []),
    entry,
    ...(plan.args ?? []),
  ];
}

/** Nothing of the judge's environment but the PATH. */
function environment(folder: string, plan: ProcessPlan, port: number | undefined): NodeJS.ProcessEnv {
  return {
    PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
    HOME: folder,
    TMPDIR: join(folder, "tmp"),
    LANG: "C.UTF-8",
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...plan.env,
  };
}
