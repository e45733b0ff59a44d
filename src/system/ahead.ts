/** Things that take a moment to start, started before they are needed. None is ever given out twice. */

export interface StartedAhead<T> {
  /** Says how many will be taken; from then on up to `ahead` of them are started before they are. */
  expect(takes: number, ahead: number): void;
  /** One that was started ahead, where there is one; rejects where it could not be started. */
  take(): Promise<T>;
  /** Ends those that were started ahead and not taken. */
  drain(): Promise<void>;
}

export function startAhead<T>(start: () => Promise<T>, end: (started: T) => Promise<void>): StartedAhead<T> {
  const ready: Promise<T>[] = [];
  let expected = 0;
  let ahead = 0;
  const fill = () => {
    while (ready.length < Math.min(ahead, expected)) {
      const starting = start();
      // Its failure is reported to whoever takes it.
      starting.catch(() => {});
      ready.push(starting);
    }
  };
  return {
    expect(takes, upTo) {
      expected = takes;
      ahead = upTo;
      fill();
    },
    take() {
      const taken = ready.shift() ?? start();
      expected--;
      // The next one starts while this one is in use.
      void taken.then(fill, fill);
      return taken;
    },
    async drain() {
      expected = 0;
      await Promise.allSettled(ready.splice(0).map(async (starting) => end(await starting)));
    },
  };
}
