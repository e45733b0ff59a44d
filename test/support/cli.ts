/** Driving the built CLI as a user would: whole processes, in folders of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

export const cliFile = join(import.meta.dirname, "..", "..", "dist", "cli.js");

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process when it was started. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs `lab …args` to its end, without a terminal. */
export function lab(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return runCommand(process.execPath, [cliFile, ...args], options);
}

export function runCommand(
  command: string,
  args: readonly string[],
  options: CliOptions,
): Promise<CliResult> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    // As a terminal does it: a process group that Ctrl-C reaches as a whole.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      LAB_REDIS: "local",
      LAB_SANDBOX: "process",
      COLUMNS: "80",
      TZ: "UTC",
      ...options.env,
    },
  });
  options.onStart?.(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...output }));
  });
}

/** What changes from run to run, made the same: times, versions, folders, seeds. */
export function normalised(text: string, folders: Readonly<Record<string, string>> = {}): string {
  let result = text;
  for (const [name, folder] of Object.entries(folders)) result = result.replaceAll(folder, `<${name}>`);
  return result
    .replace(/\d+\.\d\d s\b/g, "N.NN s")
    .replace(/\bseed [0-9a-f]{8}\b/g, "seed <seed>")
    .replace(/Redis \d+\.\d+\.\d+ \((\w+)\)/g, "Redis <version> ($1)")
    .replace(/(Node(?:\.js:)?) \d+\.\d+\.\d+/g, "$1 <version>")
    .replace(/127\.0\.0\.1:\d{5}/g, "127.0.0.1:<port>")
    .replace(/\b\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(-\d+)?/g, "<copy>")
    .replace(/last passed 20(?!26-01-01)\d\d-\d\d-\d\d \d\d:\d\d/g, "last passed <time>")
    .replace(/lab-test-\w{6}/g, "<folder>");
}
