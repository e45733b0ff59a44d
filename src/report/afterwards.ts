/** What an answer did to its Redis: what Redis received, and the keys that are there now. */
import { describeRedisValue, type RedisValue } from "../grading/redis-value.ts";
import type { Style } from "./style.ts";
import { indented, padded, printable } from "./text.ts";

export interface Afterwards {
  readonly received: readonly string[];
  readonly keys: { readonly count: number; readonly shown: readonly (readonly [string, RedisValue])[] };
}

const LONGEST_KEY = 30;

export function renderAfterwards({ received, keys }: Afterwards, { chalk, width }: Style): string {
  const commands = received.length > 0 ? printable(received.join("\n")) : "nothing";
  const names = keys.shown.map(([key]) => printable(key));
  const column = Math.min(LONGEST_KEY, Math.max(0, ...names.map((name) => name.length))) + 2;
  const lines = keys.shown.map(([, value], index) =>
    indented(
      printable(describeRedisValue(value).replace(/\n\s*/g, " ")),
      width,
      `  ${chalk.cyan(padded(names[index] ?? "", column - 2))}  `,
      " ".repeat(column + 2),
    ),
  );
  const more = keys.count - keys.shown.length;
  const below = [
    ...(lines.length > 0 ? lines : ["  no key"]),
    ...(more > 0 ? [chalk.dim(`  … and ${more} more`)] : []),
  ];
  return [
    chalk.bold("What Redis received"),
    indented(commands, width, "  "),
    "",
    chalk.bold("Keys afterwards"),
    ...below,
    "",
  ].join("\n");
}
