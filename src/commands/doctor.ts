/** `lab doctor`: what is there, what is missing, the one command that mends it. */
import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";
import type { SourceStrategy } from "../redis/server.ts";
import { sourceStrategies } from "../redis/sources.ts";
import { type Diagnosis, type DiagnosisGroup, renderDiagnoses } from "../report/diagnosis.ts";
import { type SandboxStrategy, strongSandboxes } from "../sandbox/sandboxes.ts";
import { DownloadDeclined, ExitCode, LabError, messageOf } from "../system/errors.ts";
import { readProgress } from "../workspace/progress.ts";
import { findWorkspace } from "../workspace/workspace.ts";
import type { Terminal } from "./terminal.ts";

export async function doctor(terminal: Terminal): Promise<number> {
  const redis = await diagnoseRedis();
  const groups: DiagnosisGroup[] = [
    { title: "This machine", diagnoses: [diagnoseNode(), diagnoseTemporaryFolder()] },
    { title: "Where Redis comes from; one is enough", diagnoses: redis },
    {
      title: "Sandboxes for other people's answers; your own need none",
      diagnoses: await diagnoseSandboxes(),
    },
    { title: "Your answers", diagnoses: [diagnoseWorkspace(terminal.say)] },
  ];
  terminal.print(renderDiagnoses(groups, terminal.style));
  const broken =
    groups.some(({ diagnoses }) => diagnoses.some((one) => one.state === "broken")) ||
    !redis.some((one) => one.state === "ok" || one.state === "on demand");
  terminal.print(
    broken ? "\nThe lab cannot grade here yet: see the commands above.\n" : "\nThe lab can grade here.\n",
  );
  return broken ? ExitCode.environment : ExitCode.passed;
}

function diagnoseNode(): Diagnosis {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  return fits
    ? { what: "Node.js", state: "ok", detail: node }
    : {
        what: "Node.js",
        state: "broken",
        detail: `${node} is older than 20.19`,
        mend: "install Node.js 20.19 or newer",
      };
}

function diagnoseTemporaryFolder(): Diagnosis {
  const what = "temporary folder";
  try {
    accessSync(tmpdir(), constants.W_OK);
    return { what, state: "ok", detail: tmpdir() };
  } catch (error) {
    return {
      what,
      state: "broken",
      detail: messageOf(error),
      mend: "export TMPDIR=a folder you can write to",
    };
  }
}

function decline(line: string): never {
  throw new DownloadDeclined(line);
}

/** One source is enough: the others are only told about. Nothing is downloaded to find out. */
async function diagnoseRedis(): Promise<Diagnosis[]> {
  const diagnoses: Diagnosis[] = [];
  for (const { choice, label, find } of sourceStrategies({ say: decline })) {
    if (choice === "fetch" && diagnoses.some((one) => one.state === "ok")) {
      diagnoses.push({ what: label, state: "absent", detail: "not needed" });
    } else {
      diagnoses.push({ what: label, ...(await diagnoseSource(find)) });
    }
  }
  return diagnoses;
}

/** None is needed for one's own work. */
async function diagnoseSandboxes(): Promise<Diagnosis[]> {
  const diagnoses: Diagnosis[] = [];
  for (const { label, find } of strongSandboxes(decline)) {
    diagnoses.push({ what: label, ...(await diagnoseSource(find)) });
  }
  return diagnoses;
}

async function diagnoseSource(
  find: SourceStrategy["find"] | SandboxStrategy["find"],
): Promise<Omit<Diagnosis, "what">> {
  try {
    const found = await find();
    if (!("unavailable" in found)) return { state: "ok", detail: "ready" };
    return { state: "absent", detail: found.unavailable, ...(found.mend ? { mend: found.mend } : {}) };
  } catch (error) {
    if (!(error instanceof DownloadDeclined)) throw error;
    return { state: "on demand", detail: "not there yet; the first grading that needs it downloads it" };
  }
}

function diagnoseWorkspace(say: (line: string) => void): Diagnosis {
  const what = "workspace";
  try {
    const workspace = findWorkspace();
    if (!workspace) return { what, state: "absent", detail: "none here", mend: "lab init" };
    accessSync(workspace.folder, constants.W_OK);
    const passed = Object.values(readProgress(workspace, say).exercises).filter((one) => one.passedAt).length;
    return { what, state: "ok", detail: `${workspace.folder}, ${passed} passed` };
  } catch (error) {
    const mend = error instanceof LabError ? error.next : "lab init";
    return { what, state: "broken", detail: messageOf(error), mend };
  }
}
