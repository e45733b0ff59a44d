/** What a beginner most likely did, from what the functions gave and what Redis received. */
import type { TracedCommand } from "redis-learning-lab";

interface Delivered {
  readonly item: string;
  readonly count: number;
}

/** Says so where a command went to a key that looks like a stock or a list of buyers, and is that of no item. */
export function wrongKeyCause(sent: readonly TracedCommand[], items: readonly string[]): string | undefined {
  const keys = items.flatMap((item) => [`stock:${item}`, `buyers:${item}`]);
  const wrong = sent.find(({ args: [key = ""] }) => {
    const isMeant = items.includes(key) || /^(stock|buyers)/.test(key);
    return isMeant && !keys.some((right) => key.startsWith(right));
  });
  if (!wrong) return undefined;
  return `${wrong.name} went to the key ${wrong.args[0]}: the key is stock: or buyers: and then the item, in backticks, as in \`stock:\${item}\`.`;
}

export function deliverCause(
  delivery: readonly Delivered[],
  expected: readonly unknown[],
  sent: readonly TracedCommand[],
) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
    const wrongKey = wrongKeyCause(
      sent,
      delivery.map(({ item }) => item),
    );
    if (wrongKey) return wrongKey;
    if (found.some((stock) => typeof stock === "string"))
      return "Give numbers: GET gives a text, INCRBY already answers with a number.";
    if (found.length !== delivery.length)
      return "A delivery has one new stock for each of its places: the list that exec gives, one reply for each INCRBY.";
    if (found.every((stock, i) => stock === delivery[i]?.count))
      return "These are the counts of the delivery: INCRBY adds them to what is there, and answers with the new stock.";
    const differing = found.findIndex((stock, i) => stock !== expected[i]);
    const item = delivery[differing]?.item;
    const isTwice = delivery.filter((one) => one.item === item).length > 1;
    if (
      isTwice &&
      found.filter((_, i) => delivery[i]?.item === item).every((one, _, [first]) => one === first)
    )
      return "The same item comes twice here, and the first place has the stock before the second: give what each INCRBY answered, not what a GET finds afterwards.";
    return "INCRBY adds inside Redis, also to what others delivered, and answers with the new stock: give the list that exec gives.";
  };
}

export function failedCause(delivery: readonly Delivered[], expected: readonly (number | null)[]) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
    const isTwice = (stock: number | null, i: number) =>
      stock !== null && found[i] === stock + (delivery[i]?.count ?? 0);
    if (expected.some(isTwice))
      return "These were added twice: Redis carried out the others although one failed, and takes nothing back. Do not add again.";
    if (found.length < expected.length)
      return "Each item keeps its place in the list: put null where one could not be added, and leave none out.";
    if (found.some((stock) => stock instanceof Error))
      return "In the replies of a MultiErrorReply, those that failed are Errors: make null of them.";
    if (found.every((stock) => stock === null))
      return "Only two of them failed, and the others were carried out: the replies of the MultiErrorReply say which.";
    return "In the replies of a MultiErrorReply, those that failed are Errors, and the others what Redis gave.";
  };
}

export function buyCause(item: string, expected: number, buyers: number, sent: readonly TracedCommand[]) {
  return (found: unknown): string | undefined => {
    if (typeof found === "string") return "Give a number, not a text.";
    if (Array.isArray(found))
      return "exec gives a list with the answer of each command: give the one of DECR.";
    const wrongKey = wrongKeyCause(sent, [item]);
    if (wrongKey) return wrongKey;
    if (isMultiEmpty(sent))
      return "Nothing was between MULTI and EXEC: own.decr(…) goes to Redis at once. Chain the commands on what multi() gives: own.multi().decr(…).rPush(…).exec().";
    if (found === buyers && sent.some(({ name }) => name === "RPUSH"))
      return `RPUSH gives the length of the list, here ${found}: replies come in the order of the commands. Give the one of DECR.`;
    if (found !== null) return undefined;
    return expected === 0
      ? "There was one piece. If it was not sold: sell while the stock is above 0. If it was: 0 is what is left, and || takes 0 for nothing."
      : "There are pieces left. Is there an await before the GET, and is the number above 0 what sells?";
  };
}

function isMultiEmpty(sent: readonly TracedCommand[]): boolean {
  const between = sent.filter(({ name, inTransaction }) => inTransaction && !/^(MULTI|EXEC)$/.test(name));
  const alone = sent.some(({ name, inTransaction }) => name === "DECR" && !inTransaction);
  return alone && between.length === 0 && sent.some(({ name }) => name === "EXEC");
}

/** Why it was not noticed that another program had changed this key since the look. */
export function overtakenCause(sent: readonly TracedCommand[], key: string): string {
  if (sent.some(({ byScript }) => byScript))
    return "Others came between your look and your script: put the look into the script, too.";
  const watches = sent.filter(({ name }) => name === "WATCH");
  const sale = sent.findLastIndex(({ name }) => name === "EXEC");
  if (watches.length === 0 || sale < 0)
    return "Between look and sale, the stock changed, and nothing noticed it: WATCH it before you look, and sell with MULTI and EXEC.";
  if (!watches.some(({ args }) => args.includes(key)))
    return "WATCH named another key: the one that must not change since the look is stock:<item>.";
  const own = sent.slice(0, sale).filter(({ connection }) => connection === sent[sale]?.connection);
  if (!own.some(({ name, args }) => name === "WATCH" && args.includes(key)))
    return "WATCH went over one connection and EXEC over another: a connection notices only what it watches itself.";
  // An EXEC right after its MULTI did nothing: Redis shows what was between only when it carries it out.
  const lost = own.findLastIndex(({ name }, i) => name === "EXEC" && own[i - 1]?.name === "MULTI");
  const lastTry = own.slice(lost + 1);
  const watch = lastTry.findIndex(({ name, args }) => name === "WATCH" && args.includes(key));
  const look = lastTry.findIndex(({ name, args }) => name !== "WATCH" && args.includes(key));
  const ended = lastTry.findIndex(({ name }) => name === "EXEC");
  if (lost >= 0 && (watch < 0 || (ended < 0 && lastTry[look]?.inTransaction)))
    return "An EXEC did nothing because somebody was quicker, and after EXEC nothing is watched any more. Begin again with WATCH, then look: both belong inside the loop.";
  if (watch > look)
    return "WATCH came after the look: what changes between the two is noticed by nobody. First WATCH, then look.";
  if (ended >= 0)
    return "There was an EXEC between WATCH and the sale, and any EXEC ends the WATCH: look with a plain GET.";
  return "Somebody came between look and EXEC: then EXEC does nothing, and the next try needs a look of its own.";
}
