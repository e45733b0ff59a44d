/** What a beginner most likely did, from what the functions gave and what Redis received. */
import type { TracedCommand } from "redis-learning-lab";

interface Delivered {
  readonly item: string;
  readonly count: number;
}

export function deliverCause(delivery: readonly Delivered[], expected: readonly unknown[]) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
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

export function failedCause(expected: readonly unknown[]) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
    if (found.length < expected.length)
      return "Each item keeps its place in the list: put null where one could not be added, and leave none out.";
    if (found.some((stock) => stock instanceof Error))
      return "In the replies of a MultiErrorReply, those that failed are Errors: make null of them.";
    if (found.every((stock) => stock === null))
      return "Only two of them failed, and the others were carried out: the replies of the MultiErrorReply say which.";
    return "In the replies of a MultiErrorReply, those that failed are Errors, and the others what Redis gave.";
  };
}

export function buyCause(expected: number) {
  return (found: unknown): string | undefined => {
    if (typeof found === "string") return "Give a number, not a text.";
    if (Array.isArray(found))
      return "exec gives a list with the answer of each command: give the one of DECR.";
    if (found !== null) return undefined;
    return expected === 0
      ? "There was one piece. If it was not sold: sell while the stock is above 0. If it was: 0 is what is left, and || takes 0 for nothing."
      : "There are pieces left: is the key stock:<item>, and with await?";
  };
}

/** Why it was not noticed that another program had changed this key since the look. */
export function overtakenCause(sent: readonly TracedCommand[], key: string): string {
  const watches = sent.filter(({ name }) => name === "WATCH");
  const watch = watches.find(({ args }) => args.includes(key));
  const last = sent.findLast(({ name }) => name === "EXEC");
  if (watches.length === 0 || !last)
    return "Between look and sale, the stock changed, and nothing noticed it: WATCH it before you look, and sell with MULTI and EXEC.";
  if (!watch) return "WATCH named another key: the one that must not change since the look is stock:<item>.";
  if (watch.connection !== last.connection)
    return "WATCH went over one connection and EXEC over another: a connection notices only what it watches itself.";
  const look = sent.findIndex(({ name, args }) => name !== "WATCH" && args.includes(key));
  if (sent.indexOf(watch) > look)
    return "WATCH came after the look: what changes between the two is noticed by nobody. First WATCH, then look.";
  const first = sent.find(({ name, connection }) => name === "EXEC" && connection === last.connection);
  if (first !== last)
    return "There was an EXEC between WATCH and the sale, and any EXEC ends the WATCH: look with a plain GET.";
  return "Somebody else bought between look and EXEC: then EXEC does nothing, and gives null or throws a WatchError.";
}
