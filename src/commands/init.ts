/** `lab init [dir]`: make a workspace, or complete one. */
import { loadCourse } from "../course/load.ts";
import { prose } from "../report/text.ts";
import { ExitCode } from "../system/errors.ts";
import { addSettings } from "../workspace/settings.ts";
import { initWorkspace } from "../workspace/workspace.ts";
import type { Terminal } from "./terminal.ts";

export async function init(dir: string, terminal: Terminal): Promise<number> {
  const { workspace, added } = await initWorkspace(dir, await loadCourse());
  const settings = await addSettings(workspace);
  const what =
    [
      ...(added.length > 0 ? [`${added.length} starters written`] : []),
      ...(settings.length > 0 ? [`${settings.join(", ")} written`] : []),
    ].join("; ") || "nothing was missing";
  terminal.print(`${prose(`Workspace ${workspace.folder}: ${what}.`, terminal.style.width)}\n`);
  terminal.say("Go there and run: lab next");
  return ExitCode.passed;
}
