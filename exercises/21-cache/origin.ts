/** Where values come from, in the judge: it counts how often it is asked, and can let the askers wait. */
import type { Because, Expect, Outcome } from "redis-learning-lab";

export interface Origin {
  /** What `cached` gets as `load`. */
  readonly load: () => Promise<unknown>;
  readonly loads: number;
  /** What is loaded from now on comes when it is let go. */
  hold(): void;
  letGo(): void;
}

/** Gives the value to whoever loads it; throws it where it is an error. `onLoad` is called first of all. */
export function newOrigin(value: unknown, onLoad: () => Promise<void> = async () => {}): Origin {
  let loads = 0;
  let letGo = () => {};
  let gate = Promise.resolve();
  return {
    async load() {
      loads++;
      await onLoad();
      await gate;
      if (value instanceof Error) throw value;
      return value;
    },
    get loads() {
      return loads;
    },
    hold() {
      gate = new Promise((resolve) => {
        letGo = resolve;
      });
    },
    letGo: () => letGo(),
  };
}

/** Settles once somebody loads; fails where the call that should ends without. */
export async function untilAsked(expect: Expect, origin: Origin, calling: Promise<Outcome>): Promise<void> {
  const message = "cached should call load, because there is nothing in the cache";
  const asked = expect.eventually(
    () => origin.loads,
    (loads) => loads > 0,
    message,
    { withinMs: 3_000 },
  );
  asked.catch(() => {});
  const ended = await Promise.race([asked, calling]);
  if (origin.loads > 0 || typeof ended === "number") return;
  expect.that(false, message, { expected: "load is called once", actual: shown(ended) });
}

export function expectLoads(expect: Expect, origin: Origin, expected: number, when: string, cause: string) {
  expect.value(origin.loads, `how often load was called ${when}`).equals(expected, { cause });
}

/** What `cached` gave must be this value. */
export function expectGiven(
  expect: Expect,
  ended: Outcome,
  expected: unknown,
  when: string,
  causes: { readonly [kind in Outcome["kind"]]?: Because["cause"] },
) {
  const cause = causes[ended.kind];
  if (ended.kind === "returned")
    expect.value(ended.value, `what cached gave ${when}`).equals(expected, { cause });
  else
    expect.that(false, `cached ${ended.kind === "threw" ? "failed" : "did not come back"} ${when}`, {
      expected,
      actual: shown(ended),
      cause,
    });
}

/** The call must reject with the error of its load. */
export function expectPassedOn(expect: Expect, ended: Outcome, { message }: Error, when: string) {
  const isPassedOn = ended.kind === "threw" && ended.error.message === message;
  expect.that(isPassedOn, `cached should reject with the error of load ${when}`, {
    expected: `rejected with Error: ${message}`,
    actual: shown(ended),
    cause: "An error of load is not one of Redis: only what Redis does is caught.",
  });
}

export function shown(ended: Outcome): unknown {
  if (ended.kind === "returned") return { value: ended.value };
  if (ended.kind === "unanswered") return `still waiting after ${ended.afterMs} ms`;
  return `rejected with ${ended.error.name}: ${ended.error.message}`;
}
