/**
 * The process sandbox: the answer runs as this user, in a process group and folder of its own, with an
 * environment of our choosing. It bounds accidents; it does not hide this user's files or network.
 */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { untilOutputRead } from "../system/child-output.ts";
import { onRelease, throwIfInterrupted } from "../system/cleanup.ts";
import { connectLoopback, freePort } from "../system/ports.ts";
import {
  killBelonging,
  limitedCommand,
  portsOfGroup,
  residentBytes,
  signalProcess,
} from "../system/process-tree.ts";
import { scratchFolder } from "../system/scratch.ts";
import { answerEnvironment, nodeArguments, OUT_OF_MEMORY, watchProcess } from "./cell-process.ts";
import { packagesFolder, runnerFile } from "./packages.ts";
import type { Cell, CellProcess, ProcessExit, ProcessPlan, Sandbox } from "./sandbox.ts";

/** Bytes of memory of each process, buffers too; looked at every 100 ms. */
const RESIDENT_LIMIT_BYTES = 768 * 1024 * 1024;
const LOOK_AT_MEMORY_MS = 100;
/** Bytes of one file that an answer writes. */
const FILE_LIMIT_BYTES = 64 * 1024 * 1024;

export const processSandbox: Sandbox = {
  name: "process",
  open: openCell,
  // A cell is a folder here, made in no time.
  expect() {},
  async drain() {},
};

async function openCell(): Promise<Cell> {
  const scratch = scratchFolder("cell");
  const folder = scratch.folder;
  const groups = new Set<number>();
  const lockLimit = randomInt(2 ** 40, 2 ** 47);
  let disposed = false;
  const exits = new Set<Promise<ProcessExit>>();
  mkdirSync(join(folder, "tmp"));
  symlinkSync(packagesFolder, join(folder, "node_modules"), "junction");
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
    reach: async (service) => service.address,
    // What was sent over loopback is there.
    async flush() {},
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
  const [program, args] = limitedCommand(process.execPath, nodeArguments(plan, runnerFile, folder), {
    fileBytes: FILE_LIMIT_BYTES,
    lockLimit,
  });
  const child = spawn(program, args, {
    cwd: folder,
    // A session and process group of its own: Ctrl-C in the terminal is for the lab, which then ends this.
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...answerEnvironment(plan, folder, [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"]),
      ...(port === undefined ? {} : { PORT: String(port) }),
    },
  });
  if (child.pid) groups.add(child.pid);
  const ended = new Promise<ProcessExit>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      clearInterval(looking);
      resolve({ code, signal });
    };
    child.once("error", () => finish(null, null));
    child.once("exit", async (code, by) => {
      await untilOutputRead(child, new Promise((resolve) => child.once("close", resolve)));
      // A grandchild may hold them open for ever.
      for (const pipe of [child.stdout, child.stderr]) pipe.destroy();
      finish(code, by);
    });
  });
  const watched = watchProcess(
    {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      ended,
      signal: (name) => {
        if (child.pid) signalProcess(name === "SIGKILL" ? -child.pid : child.pid, name);
      },
      listening: port === undefined ? undefined : { told: port, connect: () => connectLoopback(port) },
      ...(process.platform === "linux" ? { listeningPorts: async () => portsOfGroup(child.pid ?? -1) } : {}),
    },
    plan,
  );
  const looking = setInterval(() => {
    if (((child.pid && residentBytes(child.pid)) || 0) > RESIDENT_LIMIT_BYTES) watched.endFor(OUT_OF_MEMORY);
  }, LOOK_AT_MEMORY_MS).unref();
  return watched;
}
