/**
 * Values on their way between judge and runner, as one line of text each. devalue parses without evaluating
 * anything and knows undefined, NaN, bigint, Date, Map, Set, typed arrays and cycles; added here are buffers,
 * errors, functions (by number) and instances of classes, which travel as their own fields.
 */
import { parse, stringify } from "devalue";
import { MESSAGE_LIMIT_BYTES } from "./protocol.ts";

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

/** Digits of a bigint: 8 million would keep whoever reads and prints them busy for 8 seconds. */
const BIGINT_LIMIT = 10_000;
/** Length of all arrays of one message most of whose places are empty, which take but a few bytes of text. */
const SPARSE_LIMIT = 100_000;

/** Thrown by `encode`: this value cannot be compared as data. */
export class NotData extends Error {
  override readonly name = "NotData";
}

export function encode(value: unknown, functions?: FunctionTable): string {
  let left = MESSAGE_LIMIT_BYTES;
  try {
    return stringify(value, {
      // First of all: written down, a text of 100 MB takes more than the memory that a runner has.
      TooLarge: (v) => {
        if (typeof v === "string") left -= v.length;
        if (left < 0) throw new NotData("it is larger than 8 MiB");
        return false;
      },
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
      BigInt: (v) => typeof v === "bigint" && bigintText(v),
    });
  } catch (error) {
    if (error instanceof NotData) throw error;
    throw new NotData(error instanceof Error ? error.message : "it could not be read");
  }
}

/** @throws any error where the text is malformed; the text may come from an enemy. */
export function decode(text: string, functions?: FunctionProxy): unknown {
  const revivers = {
    Buffer: (v: unknown) => Buffer.from(String(v), "base64"),
    Error: reviveError,
    Function: (v: unknown) => {
      const id = Array.isArray(v) ? v[0] : undefined;
      if (!functions || typeof id !== "number") throw new Error("unexpected function");
      return functions(id);
    },
    Promise: () => undefined,
    Instance: (v: unknown) => v,
    BigInt: (v: unknown) => {
      if (typeof v !== "string" || v.length > BIGINT_LIMIT) throw new Error("a bigint that is too long");
      return BigInt(v);
    },
  };
  let places = SPARSE_LIMIT;
  return parse(text, revivers, {
    operations: {
      createSparseArray(length: number) {
        places -= length;
        if (places < 0) throw new Error("arrays that are too long");
        return new Array(length);
      },
    },
  });
}

/** Without its stack, which names the lab's own files and would be shown as part of the value. */
function reviveError(value: unknown): Error {
  const { name, message, code, errors } = value as Partial<Record<keyof PlainError, unknown>>;
  const error = Object.assign(new Error(typeof message === "string" ? message : ""), {
    name: typeof name === "string" ? name : "Error",
    ...(typeof code === "string" ? { code } : {}),
    ...(Array.isArray(errors) ? { errors: errors.filter((one) => typeof one === "string") } : {}),
  });
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

function bigintText(value: bigint): string {
  const text = value.toString();
  if (text.length > BIGINT_LIMIT) throw new NotData(`a bigint of more than ${BIGINT_LIMIT} digits`);
  return text;
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
