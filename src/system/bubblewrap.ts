/**
 * Running a program where it sees nothing of this machine but what it is shown: by bubblewrap, in namespaces of its
 * own. Linux alone.
 */

import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { isExecutable } from "./executable.ts";
import { installCommand } from "./install-command.ts";
import { descendants } from "./process-tree.ts";
import { runCommand } from "./run-command.ts";

/** What a program is shown. Paths are absolute, and the same inside where only one is given. */
export interface View {
  /** Files and folders that it may read. */
  readonly readable: readonly (string | { readonly from: string; readonly to: string })[];
  /** A folder of this machine that it may also write to. */
  readonly writable?: { readonly from: string; readonly to: string };
  /** Empty folders in memory that it may write to, with the bytes that each may hold. */
  readonly memory: readonly { readonly to: string; readonly bytes: number }[];
  /**
   * Devices of this machine in place of a /dev of its own, for which bwrap makes a second user namespace: others could
   * no longer join the network of the first.
   */
  readonly devices?: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** A stranger's programs run in there: who starts them as root has the right to become another user first. */
  readonly forStrangers?: boolean;
  /** The number of the descriptor from which bwrap reads a filter of system calls. */
  readonly filterFrom?: number | undefined;
}

/** Why bubblewrap cannot be used, and what mends it. */
export interface NoBubblewrap {
  readonly unavailable: string;
  readonly mend: string;
}

export interface Bubblewrap {
  /** The program and arguments that run a command in this view. */
  command(view: View, command: readonly string[]): readonly [program: string, args: readonly string[]];
}

const PROBE_LIMIT_MS = 5_000;
export const isRoot = process.getuid?.() === 0;
/** Whom an ordinary user is inside; outside it stays that user. */
const INSIDE_USER = "1000";

let found: Promise<Bubblewrap | NoBubblewrap> | undefined;

/** bubblewrap, if it is installed and this system lets it work. Takes 10 ms, once. */
export function findBubblewrap(): Promise<Bubblewrap | NoBubblewrap> {
  found ??= lookForBubblewrap(process.env.PATH ?? "");
  return found;
}

/** The same, looked for in the folders of this PATH. */
export async function lookForBubblewrap(path: string): Promise<Bubblewrap | NoBubblewrap> {
  if (process.platform !== "linux") {
    return {
      unavailable: "it works on Linux only",
      mend: "use Docker: --sandbox docker",
    };
  }
  const program = path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, "bwrap"))
    .find(isExecutable);
  if (!program) {
    return { unavailable: "bwrap is not installed", mend: installCommand("bubblewrap") };
  }
  const nothing: View = { readable: ["/"], memory: [], folder: "/", env: {} };
  try {
    const limit = { limitMs: PROBE_LIMIT_MS };
    const [help] = await Promise.all([
      runCommand(program, ["--help"], limit),
      runCommand(program, [...viewArguments(nothing, ""), "--", trueProgram()], limit),
    ]);
    return { command: (view, command) => [program, [...viewArguments(view, help), "--", ...command]] };
  } catch (error) {
    return refusal(firstLine(error));
  }
}

function trueProgram(): string {
  return ["/usr/bin/true", "/bin/true"].find(isExecutable) ?? "true";
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (/bwrap: .*/.exec(text)?.[0] ?? text).split("\n")[0] ?? "";
}

/** The settings of Linux that forbid namespaces to an ordinary user, with the value that forbids them. */
const SETTINGS = [
  ["kernel.apparmor_restrict_unprivileged_userns", "1", "0"],
  ["kernel.unprivileged_userns_clone", "0", "1"],
  ["user.max_user_namespaces", "0", "15000"],
] as const;

/** Names the setting that is to blame, where there is one. */
export function refusal(
  said: string,
  read: (setting: string) => string | undefined = settingOf,
): NoBubblewrap {
  const setting = SETTINGS.find(([name, forbids]) => read(name) === forbids);
  if (setting) {
    const [name, forbids, allows] = setting;
    return {
      unavailable: `this system forbids user namespaces: ${name} is ${forbids} (${said})`,
      mend: `sudo sysctl ${name}=${allows}`,
    };
  }
  return {
    unavailable: `this system does not let bwrap make namespaces: ${said}`,
    mend: existsSync("/.dockerenv")
      ? "run the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or use --sandbox docker on the host"
      : "bwrap --ro-bind / / --unshare-all true",
  };
}

function settingOf(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, "utf8").trim();
  } catch {
    return undefined;
  }
}

function viewArguments(view: View, help: string): string[] {
  const knows = (option: string) => help.includes(` ${option} `);
  return [
    ...["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"],
    // Root needs no user namespace to make the others; without one its nobody is a user of the system.
    ...(isRoot ? [] : ["--unshare-user", "--uid", INSIDE_USER, "--gid", INSIDE_USER]),
    ...(!isRoot && view.forStrangers && knows("--disable-userns") ? ["--disable-userns"] : []),
    ...["--cap-drop", "ALL"],
    ...(isRoot && view.forStrangers ? ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] : []),
    ...(view.filterFrom === undefined ? [] : ["--seccomp", String(view.filterFrom)]),
    // With the lab it ends, whatever ended the lab.
    "--die-with-parent",
    ...["--hostname", "lab"],
    // Else bwrap makes them for its own user alone, whom the program may leave.
    ...(knows("--perms") ? parentsOf(view).flatMap((folder) => ["--perms", "0755", "--dir", folder]) : []),
    ...view.readable.flatMap((shown) =>
      typeof shown === "string" ? ["--ro-bind", shown, shown] : ["--ro-bind", shown.from, shown.to],
    ),
    ...["--proc", "/proc"],
    ...(view.devices?.flatMap((device) => ["--dev-bind", device, device]) ?? ["--dev", "/dev"]),
    ...(view.writable ? ["--bind", view.writable.from, view.writable.to] : []),
    ...view.memory.flatMap(({ to, bytes }) => [
      ...(knows("--size") ? ["--size", String(bytes)] : []),
      ...["--tmpfs", to],
    ]),
    // The root and /dev are memory too, of any size.
    ...(view.devices || view.readable.includes("/") ? [] : ["--remount-ro", "/dev"]),
    ...(view.readable.includes("/") ? [] : ["--remount-ro", "/"]),
    ...["--chdir", view.folder],
    "--clearenv",
    ...Object.entries(view.env).flatMap(([name, value]) => ["--setenv", name, value]),
  ];
}

/** The folders above all that is shown, the outer ones first. */
function parentsOf({ readable }: View): string[] {
  const folders = new Set<string>();
  const add = (path: string) => {
    const parent = dirname(path);
    if (parent === "/" || parent === path) return;
    add(parent);
    folders.add(parent);
  };
  for (const shown of readable) add(typeof shown === "string" ? shown : shown.to);
  return [...folders];
}

/**
 * The first process inside that is not bubblewrap's own, by the number that it has here; undefined where it has ended,
 * so that nobody takes one outside for it.
 */
export function insideOf(outer: number): number | undefined {
  // bwrap outside, the namespace's first process, the program.
  const inside = descendants(outer)[2];
  if (inside === undefined) return undefined;
  try {
    const network = (pid: number | "self") => readlinkSync(`/proc/${pid}/ns/net`);
    return network(inside) === network("self") ? undefined : inside;
  } catch {
    return undefined;
  }
}

/**
 * A program with the shared libraries that it needs and their loader, as `ldd` names them: what it must be shown to
 * run.
 */
export async function withLibraries(program: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const listed = await runCommand("ldd", [program], { limitMs: PROBE_LIMIT_MS, env }).catch(() => "");
  // "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)"; none when static.
  const libraries = [...listed.matchAll(/(?:=>\s*|^\s*)(\/\S+)\s+\(0x/gm)].map(([, file]) => file as string);
  // Where the loader looks libraries up that lie in no usual place.
  const cache = ["/etc/ld.so.cache"].filter((file) => existsSync(file));
  return [...new Set([program, ...libraries, ...cache])];
}
