/** Watching a Redis with MONITOR, in bounded memory: an argument may be of any size, and nobody vouches for it. */
import { connect, type Socket } from "node:net";
import { withDeadline } from "../system/waiting.ts";
import type { RedisServer } from "./server.ts";

export interface MonitorLink {
  /** False once the connection ended: whoever watched may have missed something. */
  readonly isOpen: boolean;
  close(): void;
}

/** Bytes kept of one line; the rest is passed over. */
const LINE_LIMIT_BYTES = 256 * 1024;
const CONNECT_LIMIT_MS = 5_000;

/**
 * Calls `onLine` with each line that MONITOR prints from now on, one for each command; a cut line ends in `…"`.
 * @throws where the server cannot be reached or refuses.
 */
export async function openMonitor(
  server: Pick<RedisServer, "endpoint" | "password">,
  onLine: (line: string) => void,
): Promise<MonitorLink> {
  const socket = connect({ ...server.endpoint, noDelay: true });
  let isOpen = true;
  let listening = false;
  const begun = new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => {
      isOpen = false;
      reject(new Error("Redis closed the connection"));
    });
    // One +OK for AUTH, one for MONITOR.
    let agreed = 0;
    readLines(socket, (line) => {
      if (listening) return onLine(line.slice(1));
      if (!line.startsWith("+OK")) return reject(new Error(`Redis refused MONITOR: ${line}`));
      listening = ++agreed === 2;
      if (listening) resolve();
    });
  });
  socket.write(`*2\r\n$4\r\nAUTH\r\n$${Buffer.byteLength(server.password)}\r\n${server.password}\r\n`);
  socket.write("*1\r\n$7\r\nMONITOR\r\n");
  try {
    await withDeadline(CONNECT_LIMIT_MS, begun, "MONITOR");
  } catch (error) {
    socket.destroy();
    throw error;
  }
  // The end of the server is seen by whoever sends it commands.
  socket.on("error", () => {});
  return {
    get isOpen() {
      return isOpen;
    },
    close: () => socket.destroy(),
  };
}

/** Lines end in \r\n; MONITOR escapes those bytes in arguments. */
function readLines(socket: Socket, onLine: (line: string) => void): void {
  let pieces: Buffer[] = [];
  let kept = 0;
  let cut = false;
  socket.on("data", (chunk: Buffer) => {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(10, from);
      const piece = chunk.subarray(from, end < 0 ? chunk.length : end);
      const room = LINE_LIMIT_BYTES - kept;
      if (room > 0) pieces.push(piece.subarray(0, room));
      cut ||= piece.length > room;
      kept += Math.min(piece.length, Math.max(0, room));
      if (end < 0) return;
      const line = Buffer.concat(pieces).toString("latin1");
      const wasCut = cut;
      pieces = [];
      kept = 0;
      cut = false;
      onLine(wasCut ? `${line}\\xe2\\x80\\xa6"` : line.replace(/\r$/, ""));
      from = end + 1;
    }
  });
}
