/** Files that could not be written, as an error that says what to do. */
import { codeOf, LabError, messageOf } from "../system/errors.ts";

/** What to do when a folder cannot be written to; an error that says so already stays as it is. */
export function notWritable(folder: string, error: unknown): LabError {
  if (error instanceof LabError) return error;
  const code = codeOf(error);
  if (code === "ENOSPC") {
    return new LabError(
      "environment",
      `there is no space left for ${folder}`,
      "free some space, then run the same command again",
    );
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new LabError(
      "environment",
      `${folder} cannot be written to`,
      "lab init DIR, with a folder of your own",
    );
  }
  return new LabError("environment", `${folder} cannot be written to: ${messageOf(error)}`, "lab doctor", {
    cause: error,
  });
}
