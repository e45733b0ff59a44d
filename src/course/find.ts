/** Finding an exercise by what a person types: a number, a name or a unique part of one. */
import { distance } from "fastest-levenshtein";
import { LabError } from "../system/errors.ts";

/**
 * The id that `query` names.
 * @throws LabError (usage) with the nearest names where none or several match.
 */
export function findExerciseId(ids: readonly string[], query: string): string {
  const wanted = query.trim().toLowerCase();
  const exact = ids.find((id) => id === wanted || id.slice(3) === wanted);
  if (exact) return exact;
  if (/^\d{1,2}$/.test(wanted)) {
    const numbered = ids.find((id) => Number(id.slice(0, 2)) === Number(wanted));
    if (numbered) return numbered;
  } else {
    const matching = ids.filter((id) => wanted && id.includes(wanted));
    if (matching.length === 1 && matching[0]) return matching[0];
    if (matching.length > 1) {
      throw new LabError(
        "usage",
        `"${query}" could be any of: ${matching.join(", ")}`,
        "give more of the name, or its number",
      );
    }
  }
  const nearest = [...ids].sort((a, b) => nearness(a, wanted) - nearness(b, wanted)).slice(0, 3);
  throw new LabError(
    "usage",
    `there is no exercise "${query}"; the nearest are: ${nearest.join(", ")}`,
    "lab list",
  );
}

function nearness(id: string, wanted: string): number {
  return Math.min(distance(id, wanted), distance(id.slice(3), wanted));
}
