/** Exit codes of every command (documented in README.md). */
export const ExitCode = { passed: 0, notPassed: 1, usage: 2, environment: 3, interrupted: 130 } as const;

/**
 * Trouble that the user can do something about: the user typed something wrong (`usage`) or the lab's
 * surroundings failed (`environment`). `next` is the command to run, or what to do.
 */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly exitCode: number;
  readonly next: string;

  constructor(kind: "usage" | "environment", message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = ExitCode[kind];
    this.next = next;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What went wrong and what to do, in one line. */
export function lineOf(error: unknown): string {
  return `lab: ${messageOf(error)}${error instanceof LabError ? `; next: ${error.next}` : ""}`;
}

/** The `code` of a system error, such as "ENOENT". */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Thrown by a `say` that wants nothing downloaded, and passed on by the strategies. */
export class DownloadDeclined extends Error {
  override readonly name = "DownloadDeclined";
}
