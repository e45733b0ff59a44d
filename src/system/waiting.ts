/** Waiting with an end: every wait of the lab has a deadline. Times in milliseconds. */

export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
}

/** Settles as `work` does, or rejects with DeadlineExceeded after `ms`; `work` itself goes on. */
export async function withDeadline<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceeded(`${what} took longer than ${ms} ms`)), ms);
  });
  // The loser of the race may still reject later; that must not count as unhandled.
  work.catch(() => {});
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls `read` until it gives something other than undefined; undefined after `withinMs`. */
export async function poll<T>(
  withinMs: number,
  read: () => Promise<T | undefined> | T | undefined,
): Promise<T | undefined> {
  const end = performance.now() + withinMs;
  for (let wait = 2; ; wait = Math.min(wait * 2, 50)) {
    const value = await read();
    if (value !== undefined) return value;
    const left = end - performance.now();
    if (left <= 0) return undefined;
    await pause(Math.min(wait, left));
  }
}
