/** `lab pack`: the archive to hand in, and a preview of what is in it. */
import { join, resolve, sep } from "node:path";
import { loadCourse } from "../course/load.ts";
import { printable, prose } from "../report/text.ts";
import { formatBytes } from "../sandbox/output.ts";
import { ExitCode, LabError } from "../system/errors.ts";
import { answersToPack, type PackedAnswer, writePack } from "../workspace/pack.ts";
import { progressOf, readProgress } from "../workspace/progress.ts";
import { requireWorkspace } from "../workspace/workspace.ts";
import { messages } from "./messages.ts";
import { shortPath, type Terminal } from "./terminal.ts";

const USUAL_NAME = "redis-lab-answers.tar.gz";

export interface PackOptions {
  /** A file; in the workspace where left out. */
  readonly output?: string;
  /** Only the preview. */
  readonly list?: boolean;
}

export async function pack(options: PackOptions, terminal: Terminal): Promise<number> {
  const workspace = requireWorkspace();
  const { exercises } = await loadCourse();
  const output = resolve(options.output ?? join(workspace.folder, USUAL_NAME));
  const inside = exercises.find(({ id }) => output.startsWith(join(workspace.folder, id) + sep));
  if (inside)
    throw new LabError(
      "usage",
      `${output} would be a part of the answer to ${inside.id}`,
      "lab pack, without -o, writes it beside the answers",
    );
  const answers = await answersToPack(workspace, exercises);
  const progress = readProgress(workspace, terminal.say);
  const packed = answers.filter(({ state }) => state === "answer");
  for (const answer of packed) {
    const passed = progressOf(progress, answer.id).passedAt !== undefined;
    terminal.print(`${passed ? terminal.style.signs.passed : " "} ${answer.id}: ${filesOf(answer)}\n`);
  }
  const count = (state: PackedAnswer["state"]) => answers.filter((one) => one.state === state).length;
  const counts = messages.packCounts(packed.length, count("untouched"), count("missing"));
  terminal.print(`${prose(counts, terminal.style.width)}\n`);
  if (packed.length === 0)
    throw new LabError("usage", "there is no answer to pack: every exercise is as its starter", "lab next");
  if (options.list) return ExitCode.passed;
  const { bytes, digest } = await writePack(workspace, answers, output);
  terminal.print(`${shortPath(output)}  ${formatBytes(bytes)}\n${digest}\n`);
  terminal.say(messages.packed);
  return ExitCode.passed;
}

function filesOf({ files }: PackedAnswer): string {
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  return `${files.map(({ path }) => printable(path)).join(", ")} (${formatBytes(bytes)})`;
}
