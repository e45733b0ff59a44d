/**
 * Values on their way between judge and runner, as one line of text each. devalue parses without evaluating
 * anything and knows undefined, NaN, bigint, Date, Map, Set, typed arrays and cycles; added here are buffers,
 * errors, functions (by number) and instances of classes, which travel as their own fields.
 */
import { parse, stringify } from "devalue";

/** What crosses in place of a function: its number on the side where it lives. */
export type FunctionTable = (fn: (...args: unknown[]) => unknown) => number;
export type FunctionProxy = (id: number) => (...args: unknown[]) => unknown;

/** An error as data, on both sides. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  /** The errors of an AggregateError or of node-redis' MultiErrorReply, their messages alone. */
  readonly errors?: readonly string[];
}

/** Thrown by `encode`: this value cannot be compared as data. */
export class NotData extends Error {
  override readonly name = "NotData";
}

export function encode(value: unknown, functions?: FunctionTable): string {
  try {
    return stringify(value, {
      Buffer: (v) => Buffer.isBuffer(v) && v.toString("base64"),
      Error: (v) => v instanceof Error && plainError(v),
      Function: (v) => {
        if (typeof v !== "function") return false;
        if (!functions) throw new NotData("a function");
        return [functions(v as (...args: unknown[]) => unknown)];
      },
      Promise: (v) => {
        if (v instanceof Promise) throw new NotData("a promise inside a value: was an await forgotten?");
        return false;
      },
      Instance: (v) => isInstance(v) && { ...(v as object) },
    });
  } catch (error) {
    if (error instanceof NotData) throw error;
    throw new NotData(error instanceof Error ? error.message : "it could not be read");
  }
}

/** @throws any error where the text is malformed; the text may come from an enemy. */
export function decode(text: string, functions?: FunctionProxy): unknown {
  return parse(text, {
    Buffer: (v) => Buffer.from(String(v), "base64"),
    // Without its stack, which names the lab's own files and would be shown as part of the value.
    Error: (v) => {
      const plain = v as PlainError;
      return Object.assign(new Error(), plain, { stack: `${plain.name}: ${plain.message}` });
    },
    Function: (v) => {
      const id = Array.isArray(v) ? v[0] : undefined;
      if (!functions || typeof id !== "number") throw new Error("unexpected function");
      return functions(id);
    },
    Promise: () => undefined,
    Instance: (v) => v,
  });
}

export function plainError(error: Error): PlainError {
  const code = (error as { code?: unknown }).code;
  const errors = (error as { errors?: unknown }).errors;
  const replies = (error as { replies?: unknown }).replies;
  const inner = Array.isArray(errors)
    ? errors
    : Array.isArray(replies)
      ? replies.filter((r) => r instanceof Error)
      : [];
  return {
    // The name that an author gave it, else its class: node-redis' errors are all called "Error" by name.
    name: String(error.name !== "Error" && error.name ? error.name : error.constructor?.name || "Error"),
    message: String(error.message),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof error.stack === "string" ? { stack: error.stack } : {}),
    ...(inner.length > 0 ? { errors: inner.map((one) => String((one as Error)?.message ?? one)) } : {}),
  };
}

function isInstance(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null)
    return false;
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Object]";
}
