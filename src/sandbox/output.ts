/** What an answer printed, kept up to a cap so that a flood stays the answer's trouble. Sizes in bytes. */
import type { Readable } from "node:stream";

/** Kept of both streams together: the beginning, and the end, where the error is. */
const KEPT_BYTES = 24 * 1024;
const KEPT_END_BYTES = 8 * 1024;
/** In how many pieces the end may wait. */
const TAIL_PIECES = 256;
/** Beyond this the process is ended. */
export const FLOOD_BYTES = 64 * 1024 * 1024;

export interface CappedOutput {
  /** What was kept, with a line that says how much was cut, where it was cut. */
  text(): string;
  /** Collects a stream as well; calls `onFlood` once when the total passes FLOOD_BYTES. */
  collect(stream: Readable, onFlood: () => void): void;
}

export function cappedOutput(): CappedOutput {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let totalBytes = 0;
  return {
    text() {
      const end = Buffer.concat(tail).subarray(-KEPT_END_BYTES);
      const cut = totalBytes - keptBytes - end.length;
      if (cut <= 0) return Buffer.concat([...kept, end]).toString("utf8");
      return `${Buffer.concat(kept).toString("utf8")}\n(output cut: ${formatBytes(cut)} left out)\n${end.toString("utf8")}`;
    },
    collect(stream, onFlood) {
      stream.on("data", (chunk: Buffer) => {
        const wasBelow = totalBytes <= FLOOD_BYTES;
        totalBytes += chunk.length;
        // Copies: a slice would keep the whole chunk in memory.
        const piece = Buffer.from(chunk.subarray(0, KEPT_BYTES - keptBytes));
        if (piece.length > 0) kept.push(piece);
        keptBytes += piece.length;
        const rest = chunk.subarray(piece.length);
        if (rest.length > 0) {
          tail.push(Buffer.from(rest.subarray(-KEPT_END_BYTES)));
          tailBytes += Math.min(rest.length, KEPT_END_BYTES);
        }
        // Now and then: each piece takes memory of its own, however small it is.
        if (tailBytes > 2 * KEPT_END_BYTES || tail.length > TAIL_PIECES) {
          tail = [Buffer.from(Buffer.concat(tail).subarray(-KEPT_END_BYTES))];
          tailBytes = tail[0]?.length ?? 0;
        }
        if (wasBelow && totalBytes > FLOOD_BYTES) onFlood();
      });
      stream.on("error", () => {
        // A pipe that breaks when its process is killed is no news.
      });
    },
  };
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
