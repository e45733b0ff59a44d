/** What a check did, so that a failed one can say how to do it again. */

export interface Evidence {
  /** Something the judge did with the answer: "getSchool(client, 'school:1')", a curl line. */
  did(action: string): void;
  /** The last steps, as lines, and then those in `after`; undefined where there are none. */
  reproduce(...after: readonly string[]): string | undefined;
}

/** The steps that matter are the last ones; a loop of a thousand calls must not bury them. */
const SHOWN_STEPS = 6;
/** Characters of the last step: it is what a reader runs again. */
const LAST_STEP = 400;
/** Characters of those before it, which only say what led there. */
const EARLIER_STEP = 66;

export function collectEvidence(): Evidence {
  /** The steps before the last one; equal neighbours are one. */
  const earlier: { line: string; times: number }[] = [];
  let last: string | undefined;
  let count = 0;
  return {
    did(action) {
      if (last !== undefined) {
        const line = clipped(last.replace(/\s+/g, " "), EARLIER_STEP);
        const previous = earlier.at(-1);
        if (previous?.line === line) previous.times++;
        else earlier.push({ line, times: 1 });
        if (earlier.length >= SHOWN_STEPS) earlier.shift();
      }
      count++;
      last = clipped(action, LAST_STEP);
    },
    reproduce(...after) {
      const shown = earlier.reduce((sum, { times }) => sum + times, last === undefined ? 0 : 1);
      const before = count - shown;
      const lines = [
        ...(before > 0 ? [`(${before} ${before === 1 ? "step" : "steps"} before)`] : []),
        ...earlier.map(({ line, times }) => (times > 1 ? `${line}   (${times} times)` : line)),
        ...(last === undefined ? [] : [last]),
        ...after,
      ];
      return lines.length > 0 ? lines.join("\n") : undefined;
    },
  };
}

function clipped(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
