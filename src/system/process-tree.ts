/**
 * Finding and killing every process that came from one of ours, also those that left its process group
 * (setsid, double fork). Linux tells by /proc; elsewhere `ps` gives parents and groups.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { promisify } from "node:util";

export interface Belonging {
  /** Process groups that we made. */
  readonly groups?: ReadonlySet<number>;
  /** A string unique to the cell that its processes carry in their environment or working directory: its folder. */
  readonly marker: string;
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

/**
 * Kills with SIGKILL everything that belongs, again and again until a look finds nothing: a process may fork
 * between the look and the kill. Gives the number killed.
 */
export async function killBelonging(belonging: Belonging): Promise<number> {
  let killed = 0;
  for (let round = 0; round < 200; round++) {
    for (const group of belonging.groups ?? []) signalProcess(-group, "SIGKILL");
    const found = await findBelonging(belonging);
    if (found.length === 0) return killed;
    for (const pid of found) if (signalProcess(pid, "SIGKILL")) killed++;
    // Zombies and dying processes need the kernel's moment, not ours.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return killed;
}

async function findBelonging(belonging: Belonging): Promise<number[]> {
  const processes = process.platform === "linux" ? readProc(belonging.marker) : await readPs();
  const found = new Set<number>();
  for (const one of processes) {
    if (one.marked || belonging.groups?.has(one.group)) found.add(one.pid);
  }
  // Children of what was found belong too, however deep.
  for (let grew = true; grew; ) {
    grew = false;
    for (const one of processes) {
      if (!found.has(one.pid) && found.has(one.parent)) {
        found.add(one.pid);
        grew = true;
      }
    }
  }
  found.delete(process.pid);
  return [...found];
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly marked: boolean;
}

function readProc(marker: string): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      // The command's name is in parentheses and may itself hold spaces and parentheses (proc(5)).
      const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z" || state === "X") continue;
      rows.push({ pid, parent: Number(parent), group: Number(group), marked: carries(pid, marker) });
    } catch {
      // It ended while we looked.
    }
  }
  return rows;
}

function carries(pid: number, marker: string): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`).startsWith(marker)) return true;
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(marker);
  } catch {
    return false;
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
  const members = readProc("\0").filter((row) => row.group === group);
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
