/** Replies of Redis as redis-cli shows them. */
import { printable } from "./text.ts";

/** A reply as node-redis gives it; an array is numbered, nested ones indented. */
export function renderReply(reply: unknown, indent = ""): string {
  if (reply === null || reply === undefined) return "(nil)";
  if (typeof reply === "number" || typeof reply === "bigint") return numberText(reply);
  if (typeof reply === "boolean") return `(${reply})`;
  if (reply instanceof Error) return `(error) ${printable(reply.message)}`;
  if (reply instanceof Set) return renderReply([...reply], indent);
  if (reply instanceof Map) return renderReply([...reply].flat(), indent);
  if (Array.isArray(reply)) return renderArray(reply, indent);
  if (typeof reply === "object") return renderReply(Object.entries(reply).flat(), indent);
  const text = String(reply);
  // Redis' own words, such as OK and PONG, come without quotes there.
  return /^[A-Z]+$/.test(text) ? text : printable(JSON.stringify(text));
}

function numberText(number: number | bigint): string {
  return Number.isInteger(Number(number)) ? `(integer) ${number}` : `(double) ${number}`;
}

function renderArray(items: readonly unknown[], indent: string): string {
  if (items.length === 0) return "(empty array)";
  const width = String(items.length).length;
  return items
    .map((item, index) => {
      const number = `${String(index + 1).padStart(width)}) `;
      return `${index === 0 ? "" : indent}${number}${renderReply(item, indent + " ".repeat(number.length))}`;
    })
    .join("\n");
}
