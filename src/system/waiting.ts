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

/** A deadline that stands still while something is waited for that does not count. */
export interface Clock {
  /** Settles as `work` does, or rejects with DeadlineExceeded when the time is over. */
  limit<T>(work: Promise<T>): Promise<T>;
  /** Settles as `work` does; meanwhile the clock stands still. */
  hold<T>(work: Promise<T>): Promise<T>;
}

/** A clock that runs while something is limited by it, for `ms` in all. */
export function newClock(ms: number, what: string): Clock {
  let leftMs = ms;
  let holders = 0;
  let isLimiting = false;
  let runsSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let expire = () => {};
  const run = () => {
    // The work may hold it before it is limited: it begins as it is made.
    if (!isLimiting || holders > 0 || runsSince !== undefined) return;
    runsSince = performance.now();
    timer = setTimeout(() => expire(), Math.max(0, leftMs));
  };
  const stand = () => {
    if (runsSince === undefined) return;
    leftMs -= performance.now() - runsSince;
    runsSince = undefined;
    clearTimeout(timer);
  };
  return {
    async limit(work) {
      const expired = new Promise<never>((_, reject) => {
        expire = () => reject(new DeadlineExceeded(`${what} took longer than ${ms} ms`));
      });
      // The loser of the race may still reject later; that must not count as unhandled.
      for (const one of [work, expired]) one.catch(() => {});
      isLimiting = true;
      run();
      try {
        return await Promise.race([work, expired]);
      } finally {
        isLimiting = false;
        stand();
      }
    },
    async hold(work) {
      holders++;
      stand();
      try {
        return await work;
      } finally {
        holders--;
        run();
      }
    },
  };
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
