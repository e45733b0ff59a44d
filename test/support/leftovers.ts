/** What a lab left behind: looked for by a temporary folder that was its alone. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Processes (as "pid command") that run in `folder` or have it in their environment. Linux only. */
export function processesOf(folder: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const state = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.[0];
      const belongs =
        readFileSync(`/proc/${pid}/environ`, "latin1").includes(folder) ||
        readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      if (!belongs || state === "Z") return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")}`];
    } catch {
      return [];
    }
  });
}
