/** Which Redis to use: the strategies in order, and why each one that was passed over does not apply. */
import { LabError } from "../system/errors.ts";
import type { RedisSource, SourceStrategy } from "./server.ts";

export type SourceChoice = "auto" | "testcontainers" | "local";
export const sourceChoices: readonly SourceChoice[] = ["auto", "testcontainers", "local"];

export interface NamedStrategy extends SourceStrategy {
  readonly choice: "testcontainers" | "local" | "fetch";
}

/** In the order in which `auto` tries them. Each is loaded only when it is its turn. */
export function sourceStrategies(say: (line: string) => void): readonly NamedStrategy[] {
  return [
    {
      choice: "testcontainers",
      label: "Redis in a container (Testcontainers)",
      find: async () => (await import("./testcontainers.ts")).findTestcontainers(say),
    },
    {
      choice: "local",
      label: "redis-server on this machine",
      find: async () => (await import("./find-local.ts")).findLocal(),
    },
    {
      choice: "fetch",
      label: "redis-server from the distribution's packages",
      find: async () => (await import("./fetch.ts")).fetchRedis(say),
    },
  ];
}

/**
 * The source that was asked for, or with `auto` the first that applies.
 * @throws LabError (environment) that names every reason.
 */
export async function chooseSource(choice: SourceChoice, say: (line: string) => void): Promise<RedisSource> {
  const reasons: string[] = [];
  for (const strategy of sourceStrategies(say)) {
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
