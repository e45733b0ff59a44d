/** The output of a process that has ended. */
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";

/** A pipe that gave nothing in so many looks, so many milliseconds apart, is held open by a grandchild. */
const QUIET_LOOKS = 5;
const LOOK_EVERY_MS = 40;
/** Milliseconds in all for output that nobody takes. */
const HELD_UP_LIMIT_MS = 5_000;

/**
 * Settles once `passedOn` has, or once the pipes of an ended process give nothing more: a grandchild may hold them open
 * for ever. Not by one timer: on a busy machine it would be over before what lies in the pipes was read at all.
 * @param isHeldUp Whether what was read waits for somebody to take it.
 */
export async function untilOutputRead(
  child: ChildProcess,
  passedOn: Promise<unknown>,
  isHeldUp: () => boolean = () => false,
): Promise<void> {
  const bytesRead = () => read(child.stdout) + read(child.stderr);
  const end = performance.now() + HELD_UP_LIMIT_MS;
  const isPassedOn = passedOn.then(() => true);
  for (let quiet = 0, seen = bytesRead(); quiet < QUIET_LOOKS && performance.now() < end; ) {
    const look = new Promise<false>((resolve) => setTimeout(resolve, LOOK_EVERY_MS, false));
    if (await Promise.race([isPassedOn, look])) return;
    const now = bytesRead();
    quiet = now === seen && !isHeldUp() ? quiet + 1 : 0;
    seen = now;
  }
}

/** A pipe of a child is a socket, which counts. */
function read(pipe: Readable | null): number {
  return (pipe as { bytesRead?: number } | null)?.bytesRead ?? 0;
}
