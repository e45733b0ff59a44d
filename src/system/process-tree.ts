/**
 * Finding and killing every process that came from one of ours, also those that left its process group
 * (setsid, double fork). Linux tells by /proc; elsewhere `ps` gives parents and groups.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { promisify } from "node:util";
import { codeOf } from "./errors.ts";

export interface Belonging {
  /** Process groups that we made. */
  readonly groups?: ReadonlySet<number>;
  /** A string unique to the cell that its processes carry in their environment or working directory: its folder. */
  readonly marker: string;
  /** The limit of file locks that they were started with (see `limitedCommand`). */
  readonly lockLimit?: number;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Signals one process; false when it was gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Looks at all processes in a row, one of which takes about 5 ms. */
const LOOK_LIMIT = 400;
/** Looks that found nothing, where each time some process ended meanwhile, which may have been a parent. */
const EMPTY_LOOKS = 8;

/**
 * Kills with SIGKILL everything that belongs, again and again until a look finds nothing: a process may fork
 * between the look and the kill.
 */
export async function killBelonging(belonging: Belonging): Promise<void> {
  let empty = 0;
  for (let look = 0; look < LOOK_LIMIT; look++) {
    for (const group of belonging.groups ?? []) signalProcess(-group, "SIGKILL");
    const { killed, missed } = await killVisible(belonging);
    if (killed === 0 && (!missed || ++empty >= EMPTY_LOOKS)) return;
    if (killed > 0) empty = 0;
    // Zombies and dying processes need the kernel's moment, not ours.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** `missed`: a process ended before it was looked at. */
async function killVisible(belonging: Belonging): Promise<{ killed: number; missed: boolean }> {
  const found = new Set<number>();
  const kill = ({ pid }: ProcessRow) => {
    found.add(pid);
    signalProcess(pid, "SIGKILL");
  };
  const rows: ProcessRow[] = [];
  let missed = false;
  // One by one: whoever forks and ends all the time is gone when the look is over.
  for (const row of process.platform === "linux"
    ? readProc((pid) => carries(pid, belonging))
    : await readPs()) {
    if (row === "gone") {
      missed = true;
      continue;
    }
    if (row.pid === process.pid) continue;
    rows.push(row);
    if (row.marked || belonging.groups?.has(row.group)) kill(row);
  }
  // Children of what was found belong too, however deep.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const row of rows) if (!found.has(row.pid) && found.has(row.parent)) kill(row);
  }
  return { killed: found.size, missed };
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly marked: boolean;
}

/** PF_KTHREAD of the kernel's sched.h: these are nobody's, and have no folder. */
const KERNEL_THREAD = 0x00200000;

/** The living processes, the newest first. */
function* readProc(isMarked: (pid: number) => boolean): Generator<ProcessRow | "gone"> {
  const pids = readdirSync("/proc")
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => b - a);
  for (const pid of pids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      // The command's name is in parentheses and may itself hold spaces and parentheses (proc(5)).
      const [state, parent, group, , , , flags] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z" || state === "X" || Number(flags) & KERNEL_THREAD) continue;
      yield { pid, parent: Number(parent), group: Number(group), marked: isMarked(pid) };
    } catch {
      yield "gone";
    }
  }
}

/** @throws where the process ended meanwhile. */
function carries(pid: number, { marker, lockLimit }: Belonging): boolean {
  if (lockLimit !== undefined && readFileSync(`/proc/${pid}/limits`, "latin1").includes(` ${lockLimit} `))
    return true;
  try {
    if (readlinkSync(`/proc/${pid}/cwd`).startsWith(marker)) return true;
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(marker);
  } catch (error) {
    if (codeOf(error) === "EACCES" || codeOf(error) === "EPERM") return false;
    throw error;
  }
}

/** Limits of one process, which its descendants inherit. */
export interface ProcessLimits {
  /** Bytes of one file that it writes. */
  readonly fileBytes: number;
  /** Bytes of memory that it may write to. */
  readonly dataBytes?: number;
  /** Files and connections that it has open. */
  readonly openFiles?: number;
  /** Processes and threads of its user. */
  readonly processes?: number | undefined;
  /**
   * How many file locks, by which `killBelonging` finds it: Linux has not enforced that one since 2.4 (getrlimit(2)).
   */
  readonly lockLimit?: number;
}

/**
 * A command that runs `program` under limits that its descendants inherit, whatever they do to their environment,
 * folder, session and parents; without core dumps. The process is the program itself: the shell is replaced by it.
 */
export function limitedCommand(
  program: string,
  args: readonly string[],
  { fileBytes, dataBytes, openFiles, processes, lockLimit }: ProcessLimits,
): readonly [program: string, args: readonly string[]] {
  if (process.platform === "win32") return [program, args];
  const limits = [
    "ulimit -c 0",
    // POSIX counts in 512 bytes, memory in 1024.
    `ulimit -f ${Math.ceil(fileBytes / 512)}`,
    ...(dataBytes === undefined ? [] : [`ulimit -d ${Math.ceil(dataBytes / 1024)}`]),
    ...(openFiles === undefined ? [] : [`ulimit -n ${openFiles}`]),
    // The options' names in dash, and in bash.
    ...(processes === undefined ? [] : [`ulimit -p ${processes} || ulimit -u ${processes}`]),
    ...(process.platform === "linux" && lockLimit !== undefined
      ? [`ulimit -w ${lockLimit} || ulimit -x ${lockLimit}`]
      : []),
  ];
  return ["/bin/sh", ["-c", `{ ${limits.join("; ")}; } 2>/dev/null; exec "$0" "$@"`, program, ...args]];
}

/** A process and all that came from it and has a living parent among them, as numbers (Linux: /proc). */
export function descendants(pid: number): number[] {
  const found = [pid];
  for (const one of found) {
    try {
      for (const task of readdirSync(`/proc/${one}/task`)) {
        const children = readFileSync(`/proc/${one}/task/${task}/children`, "latin1").trim();
        if (children) found.push(...children.split(" ").map(Number));
      }
    } catch {
      // It has ended.
    }
  }
  return found;
}

/** False once it runs no more, also where nobody has waited for it yet (Linux: /proc). */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** How many threads a process has; 0 where that cannot be seen. */
export function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

/** Bytes of memory that a process holds; undefined where that cannot be seen. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

async function readPs(): Promise<ProcessRow[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,pgid=,stat="]);
  return stdout.split("\n").flatMap((line) => {
    const [pid, parent, group, state] = line.trim().split(/\s+/);
    if (!pid || state?.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), marked: false }];
  });
}

/** The TCP ports on which processes of a group listen (Linux: /proc). */
export function portsOfGroup(group: number): number[] {
  const members = [...readProc(() => false)]
    .filter((row) => row !== "gone")
    .filter((row) => row.group === group);
  const sockets = new Set(members.flatMap(({ pid }) => socketsOf(pid)));
  return [...listeningSockets()].filter(([inode]) => sockets.has(inode)).map(([, port]) => port);
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** Inode to port, of the sockets in state LISTEN (0A in /proc/net/tcp, proc(5)). */
function listeningSockets(): Map<string, number> {
  const found = new Map<string, number>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    let lines: string[];
    try {
      lines = readFileSync(table, "latin1").split("\n").slice(1);
    } catch {
      continue;
    }
    for (const line of lines) {
      const fields = line.trim().split(/\s+/);
      const port = Number.parseInt(fields[1]?.split(":")[1] ?? "", 16);
      if (fields[3] === "0A" && fields[9]) found.set(fields[9], port);
    }
  }
  return found;
}
