/** `lab init [dir]`: make a workspace, or complete one. */
import { loadCourse } from "../course/load.ts";
import { prose } from "../report/text.ts";
import { ExitCode } from "../system/errors.ts";
import { addSettings } from "../workspace/settings.ts";
import { DEFAULT_WORKSPACE, findWorkspace, initWorkspace } from "../workspace/workspace.ts";
import { shortPath, type Terminal } from "./terminal.ts";

/** Without a folder, the workspace that one is in is completed: another one within it would never be found. */
export async function init(dir: string | undefined, terminal: Terminal): Promise<number> {
  const folder = dir ?? findWorkspace()?.folder ?? DEFAULT_WORKSPACE;
  const { workspace, added } = await initWorkspace(folder, await loadCourse(), terminal.say);
  const settings = await addSettings(workspace);
  const what =
    [
      ...(added.length > 0 ? [`${added.length} starters written`] : []),
      ...(settings.length > 0 ? [`${settings.join(", ")} written`] : []),
    ].join("; ") || "nothing was missing";
  terminal.print(`${prose(`Workspace ${workspace.folder}: ${what}.`, terminal.style.width)}\n`);
  const there = shortPath(workspace.folder);
  terminal.say(there ? `Go on there: cd ${there}; lab next` : "Go on: lab next");
  return ExitCode.passed;
}
