/** What judge and runner say to each other: one encoded message a line, on the runner's standard input and output. */
import type { PlainError } from "./codec.ts";

/** Bytes of one message; beyond it the value is refused (runner) or the runner ended (judge). */
export const MESSAGE_LIMIT_BYTES = 8 * 1024 * 1024;
/** Bytes that a runner may send in all, and that may wait for it to read them. */
export const CHANNEL_LIMIT_BYTES = 128 * 1024 * 1024;

export type ToRunner =
  | { readonly kind: "load"; readonly file: string; readonly redisUrl: string }
  | { readonly kind: "call"; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: "reply"; readonly id: number; readonly ok: boolean; readonly value: unknown }
  /** `graceMs`: how long to wait for timers that are still set. */
  | { readonly kind: "settle"; readonly id: number; readonly graceMs: number };

export type FromRunner =
  | { readonly kind: "loaded"; readonly exports: readonly string[] }
  | { readonly kind: "load failed"; readonly error: PlainError }
  | { readonly kind: "returned"; readonly id: number; readonly value: unknown }
  | { readonly kind: "threw"; readonly id: number; readonly error: PlainError }
  | { readonly kind: "refused"; readonly id: number; readonly reason: string }
  | { readonly kind: "callback"; readonly id: number; readonly fn: number; readonly args: readonly unknown[] }
  | { readonly kind: "settled"; readonly id: number }
  | {
      readonly kind: "crashed";
      readonly error: PlainError;
      readonly origin: "uncaughtException" | "unhandledRejection";
    };

/** Checks the form of a decoded message, which may come from an enemy; its values stay data. */
export function isFromRunner(message: unknown): message is FromRunner {
  if (typeof message !== "object" || message === null) return false;
  const m = message as Record<string, unknown>;
  const hasId = typeof m.id === "number";
  switch (m.kind) {
    case "loaded":
      return Array.isArray(m.exports) && m.exports.every((name) => typeof name === "string");
    case "load failed":
      return isPlainError(m.error);
    case "crashed":
      return isPlainError(m.error) && (m.origin === "uncaughtException" || m.origin === "unhandledRejection");
    case "returned":
    case "settled":
      return hasId;
    case "threw":
      return hasId && isPlainError(m.error);
    case "refused":
      return hasId && typeof m.reason === "string";
    case "callback":
      return hasId && typeof m.fn === "number" && Array.isArray(m.args);
    default:
      return false;
  }
}

function isPlainError(error: unknown): boolean {
  const e = error as Partial<PlainError> | null | undefined;
  return (
    typeof e === "object" &&
    e !== null &&
    typeof e.name === "string" &&
    typeof e.message === "string" &&
    (e.code === undefined || typeof e.code === "string") &&
    (e.stack === undefined || typeof e.stack === "string") &&
    (e.errors === undefined || (Array.isArray(e.errors) && e.errors.every((one) => typeof one === "string")))
  );
}
