/**
 * The last resort on Debian and Ubuntu: the distribution's own packages of Redis, downloaded with apt-get into
 * folders of the lab, verified by apt's signatures, and unpacked without root into the lab's cache folder.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { onRelease, throwIfInterrupted } from "../system/cleanup.ts";
import { codeOf, DownloadDeclined, messageOf } from "../system/errors.ts";
import { isExecutable } from "../system/executable.ts";
import { installCommand } from "../system/install-command.ts";
import { isAlive } from "../system/process-tree.ts";
import { runCommand } from "../system/run-command.ts";
import { poll } from "../system/waiting.ts";
import { localSource, type RedisBinaries } from "./local.ts";
import type { RedisSource } from "./server.ts";

/** Milliseconds for the package lists (10 to 30 MB), which a slow line needs, and for the packages (2 MB). */
const DOWNLOAD_LIMIT_MS = 180_000;
/** Milliseconds for what happens on this machine alone. */
const LOCAL_LIMIT_MS = 30_000;
/** Milliseconds that a rename by another lab may take; it takes less than one. */
const EXCHANGE_LIMIT_MS = 1_000;
const WORK_PREFIX = ".fetch-";

/**
 * Redis from the lab's cache folder, else from the distribution's packages. LAB_REDIS_FETCH=0 turns the download
 * off. `say` gets a line before it begins.
 */
export async function fetchRedis(
  say: (line: string) => void,
  confined = false,
): Promise<RedisSource | { unavailable: string; mend?: string }> {
  const system = distribution();
  if (!system) return { unavailable: "this is neither Debian nor Ubuntu", mend: installCommand("redis") };
  const cache = cacheFolder();
  const target = join(cache, system.key);
  const cached = await usableBinaries(target);
  if (cached) return localSource(cached, confined);
  if (process.env.LAB_REDIS_FETCH === "0") {
    return { unavailable: "LAB_REDIS_FETCH=0 turns the download off", mend: "unset LAB_REDIS_FETCH" };
  }
  const missing = ["apt-get", "apt-cache", "dpkg-deb", "dpkg-query"].filter((program) => !isOnPath(program));
  if (missing.length > 0)
    return { unavailable: `missing here: ${missing.join(", ")}`, mend: installCommand("redis") };

  let work: WorkFolder;
  try {
    work = makeWorkFolder(cache);
  } catch (error) {
    return {
      unavailable: `cannot write to the cache folder ${cache} (${codeOf(error) ?? messageOf(error)})`,
      mend: "set XDG_CACHE_HOME to a folder you can write to",
    };
  }
  try {
    say(
      `Downloading Redis (2 MB, and the package lists) from the packages of ${system.name}, signed, with this machine's own apt sources, into ${target}. LAB_REDIS_FETCH=0 turns this off.`,
    );
    const unpacked = join(work.folder, "root");
    await downloadPackages(work.folder, unpacked);
    if (!(await usableBinaries(unpacked))) {
      return { unavailable: "the downloaded redis-server does not run here", mend: installCommand("redis") };
    }
    await moveIntoPlace(unpacked, target, work.folder);
    // Another lab may be exchanging it for its own at this very moment.
    const fetched = await poll(EXCHANGE_LIMIT_MS, () => usableBinaries(target));
    if (fetched) return localSource(fetched, confined);
    return { unavailable: `redis-server in ${target} does not run`, mend: installCommand("redis") };
  } catch (error) {
    throwIfInterrupted();
    if (error instanceof DownloadDeclined) throw error;
    return { unavailable: `the download failed: ${messageOf(error)}`, mend: installCommand("redis") };
  } finally {
    await work.remove();
  }
}

interface Distribution {
  readonly name: string;
  /** Names the folder of its packages: those of another release may need another libc. */
  readonly key: string;
}

/** This Debian or Ubuntu, or a system made from one, by os-release(5). */
function distribution(): Distribution | undefined {
  if (process.platform !== "linux") return undefined;
  let text: string;
  try {
    text = readFileSync("/etc/os-release", "utf8");
  } catch {
    return undefined;
  }
  const fields = new Map(
    [...text.matchAll(/^(\w+)=(["']?)(.*)\2$/gm)].map(([, name = "", , value = ""]) => [name, value]),
  );
  const id = fields.get("ID") ?? "";
  const family = [id, ...(fields.get("ID_LIKE") ?? "").split(" ")];
  if (!family.includes("debian") && !family.includes("ubuntu")) return undefined;
  const version = fields.get("VERSION_ID") ?? fields.get("VERSION_CODENAME") ?? "testing";
  return {
    name: fields.get("PRETTY_NAME") ?? id,
    key: `${id}-${version}-${process.arch}`.replace(/[^\w.-]/g, "_"),
  };
}

function cacheFolder(): string {
  // A relative XDG_CACHE_HOME is to be ignored (XDG Base Directory Specification).
  const own = process.env.XDG_CACHE_HOME;
  return join(own && isAbsolute(own) ? own : join(homedir(), ".cache"), "redis-learning-lab", "redis");
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => folder && isExecutable(join(folder, program)));
}

/** redis-server and redis-cli below an unpacked root, if both run. */
async function usableBinaries(root: string): Promise<RedisBinaries | undefined> {
  const server = join(root, "usr/bin/redis-server");
  const cli = join(root, "usr/bin/redis-cli");
  if (!isExecutable(server) || !isExecutable(cli)) return undefined;
  const libraryPath = libraryFolders(root).join(":");
  const env = { LD_LIBRARY_PATH: libraryPath };
  try {
    await Promise.all(
      [server, cli].map((program) => runCommand(program, ["--version"], { env, limitMs: LOCAL_LIMIT_MS })),
    );
  } catch {
    return undefined;
  }
  return { server, cli, ...(libraryPath ? { libraryPath } : {}) };
}

/** Where Debian's packages put shared libraries, below `root`. */
function libraryFolders(root: string): string[] {
  return ["lib", "usr/lib"].flatMap((folder) => {
    try {
      return readdirSync(join(root, folder))
        .filter((name) => /-linux-gnu/.test(name))
        .map((name) => join(root, folder, name));
    } catch {
      return [];
    }
  });
}

interface WorkFolder {
  readonly folder: string;
  remove(): Promise<void>;
}

/** A folder beside the target, on the same file system, so that a rename puts the result in place. */
function makeWorkFolder(cache: string): WorkFolder {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    const pid = Number(new RegExp(`^\\${WORK_PREFIX}(\\d+)-`).exec(name)?.[1]);
    // Left by a lab that was killed.
    if (pid && !isAlive(pid)) rmSync(join(cache, name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(cache, `${WORK_PREFIX}${process.pid}-`));
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 };
  return {
    folder,
    remove: onRelease(
      () => rm(folder, options),
      () => rmSync(folder, options),
    ),
  };
}

/** Downloads Redis and the libraries that this machine lacks, and unpacks them below `root`. */
async function downloadPackages(work: string, root: string): Promise<void> {
  const settings = join(work, "apt.conf");
  const packages = join(work, "packages");
  for (const folder of ["state/lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  mkdirSync(packages);
  writeFileSync(settings, aptSettings(work));
  const apt = (program: string, args: readonly string[], limitMs: number) =>
    runCommand(program, ["-qq", "-c", settings, ...args], { cwd: packages, env: { LC_ALL: "C" }, limitMs });

  // One source of several may be out of reach; whether the packages are known is what matters.
  const update = await apt("apt-get", ["update"], DOWNLOAD_LIMIT_MS).catch((error: unknown) =>
    messageOf(error),
  );
  let names: string[];
  try {
    names = await withMissingLibraries(PROGRAMS, (wanted) =>
      apt("apt-cache", ["depends", ...wanted], LOCAL_LIMIT_MS),
    );
  } catch (error) {
    throw new Error([messageOf(error), update].filter(Boolean).join("; "), { cause: error });
  }
  await apt("apt-get", ["download", ...names], DOWNLOAD_LIMIT_MS);
  for (const file of readdirSync(packages)) {
    await runCommand("dpkg-deb", ["-x", join(packages, file), root], { limitMs: LOCAL_LIMIT_MS });
  }
}

const PROGRAMS = ["redis-server", "redis-tools"];
/** Real packages (virtual ones stand in angle brackets) of shared libraries; not adduser and the like. */
const LIBRARY = /^ [ |](?:Pre)?Depends: ((?:lib|lua-|zlib)[a-z0-9.+-]+)$/gm;

/** These packages, and all packages of shared libraries that they need and that are not installed. */
async function withMissingLibraries(
  programs: readonly string[],
  dependsOf: (names: readonly string[]) => Promise<string>,
): Promise<string[]> {
  const listed = (await listPackages()).matchAll(/^(\S+) installed$/gm);
  const installed = new Set([...listed].map(([, name = ""]) => name));
  const found = new Set(programs);
  for (let fresh = [...programs]; fresh.length > 0; ) {
    const needed = [...(await dependsOf(fresh)).matchAll(LIBRARY)].map(([, name = ""]) => name);
    // What an installed library needs is installed too.
    fresh = [...new Set(needed)].filter((name) => !installed.has(name) && !found.has(name));
    for (const name of fresh) found.add(name);
  }
  return [...found];
}

/** Every package that dpkg knows here, with its state. */
function listPackages(): Promise<string> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own variables
  return runCommand("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\n"], {
    limitMs: LOCAL_LIMIT_MS,
  });
}

/**
 * apt with folders of its own: the machine's need root. The hooks of its updates are cleared, and signatures
 * are insisted on, whatever the machine's own settings say.
 */
function aptSettings(work: string): string {
  const quoted = (path: string) => JSON.stringify(path);
  return [
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    `Dir::State ${quoted(join(work, "state"))};`,
    `Dir::Cache ${quoted(join(work, "cache"))};`,
    // Images of Debian for Docker turn this file off, and apt then builds it anew for each command.
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    'APT::Get::AllowUnauthenticated "false";',
    // apt drops root for a user that may not enter the lab's folder.
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
    "",
  ].join("\n");
}

/**
 * One rename, so that nobody ever sees half of it. Another lab may have been faster: then its result stays.
 * What is there and does not run is moved away first, which another lab may be doing too: hence the repetition.
 */
async function moveIntoPlace(unpacked: string, target: string, work: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    throwIfInterrupted();
    try {
      await rename(unpacked, target);
      return;
    } catch (error) {
      const isTaken = codeOf(error) === "ENOTEMPTY" || codeOf(error) === "EEXIST";
      if (!isTaken || attempt === 10) throw error;
    }
    if (await usableBinaries(target)) return;
    await rename(target, join(work, `broken-${attempt}`)).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
  }
}
