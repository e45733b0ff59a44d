/** The counters at `loyalty:<year>`, and why one is wrong. */
import type { JudgeRedis } from "redis-learning-lab";

export async function loyaltyOf(redis: JudgeRedis, year: string, user: number): Promise<number> {
  const [value] = await redis.bitField(`loyalty:${year}`, [
    { operation: "GET", encoding: "u8", offset: `#${user}` },
  ]);
  return Number(value);
}

export async function setLoyalty(
  redis: JudgeRedis,
  year: string,
  user: number,
  value: number,
): Promise<void> {
  await redis.bitField(`loyalty:${year}`, [{ operation: "SET", encoding: "u8", offset: `#${user}`, value }]);
}

/** Why a counter is probably not where it should be: the length of the key tells where it was put. */
export async function placeCause(redis: JudgeRedis, year: string, user: number): Promise<string | undefined> {
  const bytes = await redis.strLen(`loyalty:${year}`);
  if (bytes > user + 2)
    return 'The key is longer than one byte for each user: the type is u8, and the place "#" and the id, as in "#7".';
  if (bytes <= user)
    return 'The place of a user is "#" and the id, as in "#7": without # it is the number of a bit, and users overlap.';
  return undefined;
}

export function loyaltyCause(expected: number, raw: number, points: number) {
  return (found: unknown): string | undefined => {
    if (Array.isArray(found))
      return "bitField gives a list, with one value for each operation but OVERFLOW: take the first.";
    if (Number.isNaN(found) || found === undefined)
      return "OVERFLOW gives no value: the list of bitField has one, the first.";
    if (found === raw - points && points !== 0)
      return "SET writes over the counter and gives the old value. INCRBY adds, and gives the new one.";
    if (found === 15) return "u4 ends at 15: u8 goes from 0 to 255.";
    if (found === null || (found === 0 && expected !== 0))
      return "With OVERFLOW FAIL, Redis changes nothing and answers null: SAT stops at the limit.";
    if (found === (raw + 256) % 256 || found === (raw + 1024) % 256)
      return 'It began again from the other end: { operation: "OVERFLOW", behavior: "SAT" } stops at the limit, and must come before INCRBY.';
    if (found === 127) return "i8 has a sign and ends at 127: u8 goes from 0 to 255.";
    if (found === raw) return "u8, eight bits without a sign, goes from 0 to 255; with SAT it stops there.";
    return undefined;
  };
}
