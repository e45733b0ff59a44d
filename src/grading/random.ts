/** Seeded randomness: what checks draw their names, numbers and payloads from. */
import { createHash, randomBytes } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Random } from "../course/vocabulary.ts";

export function newSeed(): string {
  return randomBytes(4).toString("hex");
}

/** The same `seed` and `purpose` draw the same values, whatever was drawn for other purposes before. */
export function seededRandom(seed: string, purpose: string): Random {
  const digest = createHash("sha256").update(`${seed}\0${purpose}`).digest();
  const generator = xoroshiro128plus(digest.readInt32LE(0));
  const integer = (min: number, max: number) => uniformInt(generator, min, max);
  const pick = <T>(values: readonly T[]): T => {
    if (values.length === 0) throw new RangeError("nothing to pick from");
    return values[integer(0, values.length - 1)] as T;
  };
  const shuffle = <T>(values: readonly T[]): T[] => {
    const left = [...values];
    return values.map(() => left.splice(integer(0, left.length - 1), 1)[0] as T);
  };
  const list = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const letters = (count: number, alphabet: string) => list(count, () => pick([...alphabet])).join("");
  const word = () =>
    list(integer(2, 3), () => pick(CONSONANTS) + pick(VOWELS)).join("") + letters(1, "nrstlm");
  return {
    integer,
    pick,
    shuffle,
    list,
    sample: (values, count) => shuffle(values).slice(0, count),
    word,
    words(count) {
      const found = new Set<string>();
      while (found.size < count) found.add(word());
      return [...found];
    },
    text: () => `${word()} ${pick(AWKWARD)} ${word()}`,
    id: () => letters(12, "abcdefghijkmnpqrstuvwxyz23456789"),
  };
}

const CONSONANTS = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"];
const VOWELS = ["a", "e", "i", "o", "u"];
const AWKWARD = [
  "Zoë",
  "naïve café",
  'the "old" one',
  "it's",
  "東京",
  "naïf & co",
  "100 %",
  "a: b",
  "ñandú",
  "🦊 fox",
];
