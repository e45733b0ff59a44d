/** One run of a check, and what keeps it from reaching into the next one after its time is over. */

export interface Round {
  isOver: boolean;
}

/**
 * The same object, whose methods work until the round is over; from then on each call waits for ever. A check that
 * was given up goes on by itself, and must not write to the Redis of the next one. What it still waits for may fail
 * without anybody listening.
 */
export function whileItLasts<T extends object>(target: T, round: Round): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (round.isOver) return new Promise(() => {});
        const given: unknown = value.apply(object, args);
        if (given instanceof Promise) given.catch(() => {});
        return given;
      };
    },
  });
}
