// @ts-check
/** Measures candidates side by side: one sample of each in every round, so that noise hits all alike. */
import { RunFailure, sample, summarize } from "./measure.mjs";

/** @typedef {import("./candidates.mjs").Candidate} Candidate */
/** @typedef {import("./candidates.mjs").Measurable} Measurable */
/** @typedef {import("./measure.mjs").Summary} Summary */
/**
 * @typedef {{ candidate: Candidate } & (
 *   | { state: "measured", summary: Summary }
 *   | { state: "failed", why: string }
 *   | { state: "skipped", why: string }
 * )} Outcome
 */

/**
 * A first round warms the disk's cache and is not counted. A candidate that fails once is not run again, and has
 * no result: a broken run must not look like a fast one.
 * @param {readonly Candidate[]} candidates
 * @param {number} rounds
 * @param {AbortSignal} signal
 * @param {(line: string) => void} say
 * @returns {Promise<Outcome[]>} In the order of the candidates.
 */
export async function measureInRounds(candidates, rounds, signal, say) {
  const measurable = candidates.filter(isMeasurable);
  /** @type {Map<string, number[]>} */
  const samples = new Map(measurable.map(({ name }) => [name, []]));
  /** @type {Map<string, string>} */
  const failures = new Map();

  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? "warming up, not counted" : `round ${round} of ${rounds}`);
    // Every other round backwards: no candidate always runs after the same neighbour.
    for (const candidate of round % 2 === 0 ? measurable : [...measurable].reverse()) {
      if (failures.has(candidate.name) || (candidate.atMostRounds ?? rounds) < round) continue;
      try {
        const seconds =
          "time" in candidate
            ? await candidate.time(signal)
            : await sample(await candidate.prepare(), signal);
        if (round > 0) samples.get(candidate.name)?.push(seconds);
      } catch (error) {
        if (!(error instanceof RunFailure)) throw error;
        failures.set(candidate.name, error.message);
        say(`${candidate.name} failed: ${error.message}`);
      }
    }
  }

  return candidates.map((candidate) => {
    if (!isMeasurable(candidate)) return { candidate, state: "skipped", why: candidate.missing };
    const why = failures.get(candidate.name);
    if (why !== undefined) return { candidate, state: "failed", why };
    return { candidate, state: "measured", summary: summarize(samples.get(candidate.name) ?? []) };
  });
}

/**
 * @param {Candidate} candidate
 * @returns {candidate is Measurable}
 */
function isMeasurable(candidate) {
  return !("missing" in candidate);
}
