/** Which sandbox to use: the strategies in order, and why each one that was passed over does not apply. */
import { LabError } from "../system/errors.ts";
import { processSandbox } from "./process.ts";
import type { Sandbox, SandboxName } from "./sandbox.ts";

export type SandboxChoice = "auto" | SandboxName;
export const sandboxChoices: readonly SandboxChoice[] = ["auto", "docker", "bubblewrap", "process"];

/** One way to get a sandbox, able to say why it does not apply. */
export interface SandboxStrategy {
  readonly choice: "docker" | "bubblewrap";
  /** What `lab doctor` calls it. */
  readonly label: string;
  find(): Promise<Sandbox | { readonly unavailable: string; readonly mend?: string }>;
}

/** Those that keep strangers in, in the order in which `auto` tries them. Each is loaded only when it is its turn. */
export function strongSandboxes(say: (line: string) => void): readonly SandboxStrategy[] {
  return [
    {
      choice: "docker",
      label: "docker, a container for each grading",
      find: async () => (await import("./docker.ts")).findDockerSandbox(say),
    },
    {
      choice: "bubblewrap",
      label: "bubblewrap, namespaces of Linux",
      find: async () => (await import("./bubblewrap.ts")).findBubblewrapSandbox(),
    },
  ];
}

export interface ChooseOptions {
  readonly choice: SandboxChoice;
  /** Redis runs on this machine and not in Docker: then Docker is left alone. */
  readonly localRedis: boolean;
  readonly say: (line: string) => void;
}

/**
 * The sandbox that was asked for. With `auto` the first strong one that applies, else the process sandbox, with a
 * warning. @throws LabError (environment) where the one that was asked for does not apply.
 */
export async function chooseSandbox({ choice, localRedis, say }: ChooseOptions): Promise<Sandbox> {
  if (choice === "process") return processSandbox;
  const reasons: string[] = [];
  for (const strategy of strongSandboxes(say)) {
    if (choice !== "auto" && strategy.choice !== choice) continue;
    const found = strategy.choice === "docker" && localRedis ? NOT_WITH_LOCAL_REDIS : await strategy.find();
    if (!("unavailable" in found)) return found;
    if (choice !== "auto") {
      const message = `the ${choice} sandbox cannot be used: ${found.unavailable}`;
      throw new LabError("environment", message, found.mend ?? "lab doctor");
    }
    reasons.push(`  - ${strategy.choice}: ${found.unavailable}`);
  }
  say(
    [
      "Warning: no strong sandbox here, so the answers run as you and can read and change what you can:",
      ...reasons,
      "Grade strangers' work elsewhere, or see what is missing: lab doctor",
    ].join("\n"),
  );
  return processSandbox;
}

const NOT_WITH_LOCAL_REDIS = {
  unavailable: "it goes with a Redis in Docker, and a local one was asked for",
  mend: "leave --redis local and LAB_REDIS=local out",
};

/** Reads `--sandbox`, else LAB_SANDBOX, else what is usual for the command. */
export function parseSandboxChoice(value: string | undefined, usual: SandboxChoice): SandboxChoice {
  const choice = value ?? (process.env.LAB_SANDBOX || usual);
  const known = sandboxChoices.find((one) => one === choice);
  if (known) return known;
  throw new LabError("usage", `unknown sandbox "${choice}"`, `use one of: ${sandboxChoices.join(", ")}`);
}
