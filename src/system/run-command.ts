/** Running a program of this machine to its end, with a limit, and ended when the lab is interrupted. */
import { spawn } from "node:child_process";
import { onRelease } from "./cleanup.ts";
import { signalProcess } from "./process-tree.ts";
import { withDeadline } from "./waiting.ts";

/** What is kept of each stream, in characters. */
const OUTPUT_LIMIT = 4 << 20;

/**
 * Gives what the program printed on its standard output. `env` is added to this process's own.
 * @throws Error with what it said, when it cannot be started, ends with another code than 0 or takes longer than
 * `limitMs`; whatever it started is then killed.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: { readonly limitMs: number; readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<string> {
  // A group of its own: its children are killed with it.
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (stdout.length < OUTPUT_LIMIT) stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (stderr.length < OUTPUT_LIMIT) stderr += text;
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) =>
      resolve(code === 0 ? "" : `ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  let running = true;
  const killNow = () => {
    if (running && child.pid) signalProcess(-child.pid, "SIGKILL");
  };
  const release = onRelease(async () => {
    killNow();
    await ended;
  }, killNow);
  try {
    const failure = await withDeadline(options.limitMs, ended, program);
    running = false;
    if (failure) throw new Error(`${program} ${failure}${stderr.trim() ? `: ${stderr.trim()}` : ""}`);
    return stdout;
  } finally {
    await release();
  }
}
