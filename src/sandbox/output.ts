/** What an answer printed, kept up to a cap so that a flood stays the answer's trouble. Sizes in bytes. */
import type { Readable } from "node:stream";

/** Kept of both streams together: the beginning, where the cause usually is. */
const KEPT_BYTES = 32 * 1024;
/** Beyond this the process is ended. */
export const FLOOD_BYTES = 64 * 1024 * 1024;

export interface CappedOutput {
  /** What was kept, with a last line that says how much was cut. */
  text(): string;
  /** Collects a stream as well; calls `onFlood` once when the total passes FLOOD_BYTES. */
  collect(stream: Readable, onFlood: () => void): void;
}

export function cappedOutput(): CappedOutput {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let totalBytes = 0;
  return {
    text() {
      const text = Buffer.concat(kept).toString("utf8");
      const cut = totalBytes - keptBytes;
      return cut > 0 ? `${text}\n(output cut: ${formatBytes(cut)} more)` : text;
    },
    collect(stream, onFlood) {
      stream.on("data", (chunk: Buffer) => {
        const wasBelow = totalBytes <= FLOOD_BYTES;
        totalBytes += chunk.length;
        if (keptBytes < KEPT_BYTES) {
          const piece = Buffer.from(chunk.subarray(0, KEPT_BYTES - keptBytes));
          kept.push(piece);
          keptBytes += piece.length;
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
