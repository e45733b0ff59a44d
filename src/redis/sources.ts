/** Which Redis to use: the strategies in order, and why each one that was passed over does not apply. */
import { LabError } from "../system/errors.ts";
import type { RedisSource, SourceStrategy } from "./server.ts";

export type SourceChoice = "auto" | "testcontainers" | "local";
export const sourceChoices: readonly SourceChoice[] = ["auto", "testcontainers", "local"];

export interface NamedStrategy extends SourceStrategy {
  readonly choice: "testcontainers" | "local" | "fetch";
}

export interface SourceOptions {
  /** Gets a line before anything is downloaded. */
  readonly say: (line: string) => void;
  /** Servers with a configuration of somebody else's run in a sandbox. In containers they always do. */
  readonly confined?: boolean;
}

/** In the order in which `auto` tries them. Each is loaded only when it is its turn. */
export function sourceStrategies({ say, confined = false }: SourceOptions): readonly NamedStrategy[] {
  return [
    {
      choice: "testcontainers",
      label: "Redis in a container (Testcontainers)",
      find: async () => (await import("./testcontainers.ts")).findTestcontainers(say),
    },
    {
      choice: "local",
      label: "redis-server on this machine",
      find: async () => (await import("./find-local.ts")).findLocal(confined),
    },
    {
      choice: "fetch",
      label: "redis-server from the distribution's packages",
      find: async () => (await import("./fetch.ts")).fetchRedis(say, confined),
    },
  ];
}

/**
 * The source that was asked for, or with `auto` the first that applies.
 * @throws LabError (environment) that names every reason.
 */
export async function chooseSource(choice: SourceChoice, options: SourceOptions): Promise<RedisSource> {
  const reasons: string[] = [];
  for (const strategy of sourceStrategies(options)) {
    // `local` means "not in a container"; fetching is its last resort.
    const wanted =
      choice === "auto" || strategy.choice === choice || (choice === "local" && strategy.choice === "fetch");
    if (!wanted) continue;
    const found = await strategy.find();
    if (!("unavailable" in found)) return found;
    reasons.push(`  - ${strategy.label}: ${found.unavailable}`);
  }
  throw new LabError("environment", `no Redis to grade with:\n${reasons.join("\n")}`, "lab doctor");
}

/** Reads `--redis` or LAB_REDIS. */
export function parseSourceChoice(value: string | undefined): SourceChoice {
  const choice = value ?? process.env.LAB_REDIS ?? "auto";
  const known = sourceChoices.find((one) => one === choice);
  if (known) return known;
  throw new LabError("usage", `unknown Redis source "${choice}"`, `use one of: ${sourceChoices.join(", ")}`);
}
