/**
 * The bubblewrap sandbox: namespaces of its own for files, processes, network and users, made anew for each grading.
 * An answer sees Node, the offered packages, the runner and itself.
 */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, statfsSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { dirname, join } from "node:path";
import type { Writable } from "node:stream";
import {
  type Bubblewrap,
  findBubblewrap,
  insideOf,
  isRoot,
  type NoBubblewrap,
  withLibraries,
} from "../system/bubblewrap.ts";
import { onRelease } from "../system/cleanup.ts";
import { LabError } from "../system/errors.ts";
import {
  descendants,
  isRunning,
  limitedCommand,
  residentBytes,
  signalProcess,
  threadsOf,
} from "../system/process-tree.ts";
import { runCommand } from "../system/run-command.ts";
import { type Scratch, scratchFolder } from "../system/scratch.ts";
import { strangersFilter } from "../system/seccomp.ts";
import { poll } from "../system/waiting.ts";
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
  PROCESS_DATA_BYTES,
} from "./confinement.ts";
import { packagesFolder, runnerFile, supervisorFile } from "./packages.ts";
import type { Sandbox } from "./sandbox.ts";
import { supervisedSandbox } from "./supervised.ts";

/** How often the memory and the number of processes of a cell are looked at. */
const LOOK_EVERY_MS = 100;
const END_LIMIT_MS = 5_000;
const COMMAND_LIMIT_MS = 5_000;
/** Where an answer can write; each is a file system of its own. */
const MEMORY_FOLDERS = [CELL.answer, "/tmp"];
const FILTER_DESCRIPTOR = 3;
/** Users that no system has: one a cell, because Linux counts processes by user. */
const NOBODIES = [1_000_000_000, 2_000_000_000] as const;

/** The sandbox, or the reason why it cannot be used here. */
export async function findBubblewrapSandbox(): Promise<Sandbox | NoBubblewrap> {
  const bubblewrap = await findBubblewrap();
  if ("unavailable" in bubblewrap) return bubblewrap;
  const node = nodeFiles();
  node.catch(() => {});
  return supervisedSandbox({
    name: "bubblewrap",
    path: [dirname(process.execPath)],
    start: async () => startInside(bubblewrap, await node),
  });
}

/** What Node needs to run: itself, its libraries, and where a distribution split it up, its other parts. */
async function nodeFiles(): Promise<string[]> {
  const parts = ["/usr/share/nodejs"].filter((part) => existsSync(part));
  return [...(await withLibraries(process.execPath)), ...parts];
}

async function startInside(bubblewrap: Bubblewrap, node: readonly string[]): Promise<Inside> {
  const filter = strangersFilter();
  const scratch = scratchFolder("cell");
  const user = isRoot ? randomInt(...NOBODIES) : 1000;
  const [program, args] = bubblewrap.command(
    {
      readable: [
        ...node,
        { from: runnerFile, to: CELL.runner },
        { from: supervisorFile, to: CELL.supervisor },
        { from: packagesFolder, to: CELL.packages },
        ...systemFiles(scratch, user),
      ],
      memory: MEMORY_FOLDERS.map((to) => ({ to, bytes: CELL_FILES_BYTES })),
      folder: CELL.answer,
      env: {},
      forStrangers: true,
      filterFrom: filter ? FILTER_DESCRIPTOR : undefined,
    },
    [process.execPath, CELL.supervisor, CELL.answer, ...(isRoot ? [String(user)] : [])],
  );
  const limited = limitedCommand(program, args, {
    fileBytes: CELL_FILE_BYTES,
    dataBytes: PROCESS_DATA_BYTES,
    openFiles: CELL_OPEN_FILES,
    // Root itself is exempt, and so is bwrap; the nobody that the supervisor becomes is not.
    processes: isRoot ? CELL_PROCESSES : undefined,
  });
  const child = spawn(...limited, {
    detached: true,
    stdio: ["pipe", "pipe", "pipe", filter ? "pipe" : "ignore"],
    // The folder lets it be found again, should the lab be killed.
    env: { TMPDIR: scratch.folder },
  });
  child.on("error", () => {});
  if (!child.pid || !child.stdin || !child.stdout || !child.stderr) {
    await scratch.remove();
    throw new LabError(
      "environment",
      "bwrap could not be started: the system has no more processes or files",
      "lab doctor",
    );
  }
  const filterPipe = child.stdio[FILTER_DESCRIPTOR] as Writable | null;
  filterPipe?.on("error", () => {});
  filterPipe?.end(filter);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let reason: string | undefined;
  const killNow = () => {
    // Its number may be another's afterwards.
    if (child.pid && child.exitCode === null && child.signalCode === null)
      signalProcess(-child.pid, "SIGKILL");
  };
  const looking = setInterval(() => {
    reason ??= child.pid ? excessOf(child.pid) : undefined;
    if (reason) killNow();
  }, LOOK_EVERY_MS).unref();
  const destroy = onRelease(async () => {
    clearInterval(looking);
    const inside = child.pid ? descendants(child.pid) : [];
    killNow();
    await closed;
    // The kernel ends the namespace's processes once its first one is gone, a moment later.
    await poll(END_LIMIT_MS, () => !inside.some(isRunning) || undefined);
    await scratch.remove();
  }, killNow);
  return {
    input: child.stdin,
    output: child.stdout,
    complaints: child.stderr,
    prepared: limitProcesses(child.pid),
    whyEnded: async () => reason,
    destroy,
  };
}

/** What programs look up of a system. */
function systemFiles(scratch: Scratch, user: number) {
  const files = {
    "/etc/passwd": `student:x:${user}:${user}::${CELL.answer}:/bin/false\n`,
    "/etc/group": `student:x:${user}:\n`,
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
  };
  return Object.entries(files).map(([to, content]) => {
    const from = join(scratch.folder, to.replaceAll("/", "-"));
    writeFileSync(from, content);
    return { from, to };
  });
}

/**
 * An ordinary user's processes outside count too where bwrap starts, so its limit is set from outside, once the
 * supervisor is in its namespace. Before Linux 5.14 they count there as well: then the look from outside must do.
 */
async function limitProcesses(outer: number | undefined): Promise<void> {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  if (isRoot || !outer || major < 5 || (major === 5 && minor < 14)) return;
  const supervisor = await poll(END_LIMIT_MS, () => insideOf(outer));
  const limit = `--nproc=${CELL_PROCESSES}:${CELL_PROCESSES}`;
  await runCommand("prlimit", ["--pid", String(supervisor), limit], { limitMs: COMMAND_LIMIT_MS }).catch(
    () => {
      // Without it the look from outside must do.
    },
  );
}

/** What a cell has too much of. */
function excessOf(pid: number): string | undefined {
  const inside = descendants(pid);
  let bytes = 0;
  let threads = 0;
  for (const one of inside) {
    bytes += residentBytes(one) ?? 0;
    threads += threadsOf(one);
  }
  if (bytes > CELL_MEMORY_BYTES) return OUT_OF_MEMORY;
  if (threads > CELL_PROCESSES) return `it started more than ${CELL_PROCESSES} processes and threads`;
  const supervisor = insideOf(pid);
  const isFull = MEMORY_FOLDERS.some((folder) => filesIn(supervisor, folder) > CELL_FILES);
  return isFull ? `it made more than ${CELL_FILES} files` : undefined;
}

/** Seen through the root of a process inside; 0 where it has ended. */
function filesIn(pid: number | undefined, folder: string): number {
  if (pid === undefined) return 0;
  try {
    const { files, ffree } = statfsSync(`/proc/${pid}/root${folder}`);
    return files - ffree;
  } catch {
    return 0;
  }
}
