/** What the judge asks of a supervisor, and what it answers: one JSON message each, over a link. */

/** Bytes of one message from a supervisor, which shares its cell with an enemy. */
export const FROM_SUPERVISOR_LIMIT_BYTES = 64 * 1024;
/** Bytes of one message to a supervisor: a file of an answer, in base64. */
export const TO_SUPERVISOR_LIMIT_BYTES = 32 * 1024 * 1024;

/** Asked with a number, under which it is answered. */
export type Request =
  /** Settles after what the cell's processes sent before has been passed on. */
  | { readonly kind: "flush" }
  | { readonly kind: "write"; readonly path: string; readonly base64: string }
  | {
      readonly kind: "start";
      readonly process: number;
      /** Arguments of Node. */
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      /** Give it a free port in PORT; answered with `port`. */
      readonly listens: boolean;
      /** Channels. */
      readonly stdin: number;
      readonly stdout: number;
      readonly stderr: number;
    }
  | { readonly kind: "signal"; readonly process: number; readonly signal: NodeJS.Signals }
  | { readonly kind: "kill all" }
  /** Accept connections on this port, each told of as `accepted`. */
  | { readonly kind: "listen"; readonly port: number }
  | { readonly kind: "stop listening"; readonly port: number }
  /** Connect a channel to a port inside. */
  | { readonly kind: "connect"; readonly channel: number; readonly port: number }
  /** Answered with the `ports` on which a process and its descendants listen. */
  | { readonly kind: "ports"; readonly process: number };

export type ToSupervisor = Request & { readonly id: number };

export interface Reply {
  readonly port?: number;
  readonly ports?: readonly number[];
}

export type FromSupervisor =
  | { readonly kind: "ready" }
  | ({ readonly kind: "done"; readonly id: number } & Reply)
  | { readonly kind: "failed"; readonly id: number; readonly message: string }
  | {
      readonly kind: "exited";
      readonly process: number;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly outOfMemory: boolean;
    }
  | { readonly kind: "accepted"; readonly channel: number; readonly port: number };

/** Checks the form of a message, which may come from an enemy. */
export function isFromSupervisor(message: unknown): message is FromSupervisor {
  if (typeof message !== "object" || message === null) return false;
  const m = message as Record<string, unknown>;
  const isNumber = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
  switch (m.kind) {
    case "ready":
      return true;
    case "done":
      return (
        isNumber(m.id) &&
        (m.port === undefined || isNumber(m.port)) &&
        (m.ports === undefined || (Array.isArray(m.ports) && m.ports.every(isNumber)))
      );
    case "failed":
      return isNumber(m.id) && typeof m.message === "string";
    case "exited":
      return (
        isNumber(m.process) &&
        (m.code === null || isNumber(m.code)) &&
        (m.signal === null || (typeof m.signal === "string" && /^SIG[A-Z0-9]{2,8}$/.test(m.signal))) &&
        typeof m.outOfMemory === "boolean"
      );
    case "accepted":
      return isNumber(m.channel) && isNumber(m.port);
    default:
      return false;
  }
}
