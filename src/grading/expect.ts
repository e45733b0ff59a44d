/** The expectations of the check vocabulary. Each throws an AnswerFault that a beginner can read alone. */
import { isDeepStrictEqual } from "node:util";
import type {
  Because,
  CommandsExpectation,
  Expect,
  HttpResponse,
  JudgeRedis,
  KeyExpectation,
  ResponseExpectation,
  TracedCommand,
  ValueExpectation,
} from "../course/vocabulary.ts";
import { poll } from "../system/waiting.ts";
import { byText, describeDifference, describeNear, describeValue, firstDifference } from "./compare.ts";
import { AnswerFault } from "./fault.ts";
import { describeRedisValue, type RedisValue, readKey } from "./redis-value.ts";
import { quoteWord } from "./words.ts";

/** `rest`: what waits for time alone to pass is given to it, and settles as what it gives back. */
export function expectations(redis: () => JudgeRedis, rest: <T>(passing: Promise<T>) => Promise<T>): Expect {
  return {
    value: expectValue,
    key: (key) => expectKey(redis, key),
    commands: expectCommands,
    response: expectResponse,
    that(holds, message, detail = {}) {
      if (holds) return;
      throw new AnswerFault("failed", message, {
        ...("expected" in detail ? { expected: shown(detail.expected) } : {}),
        ...("actual" in detail ? { actual: shown(detail.actual) } : {}),
        cause: causeOf(detail, detail.actual),
      });
    },
    async eventually(read, until, message, options = {}) {
      const { withinMs = 2_000, unchangedMs = withinMs } = options;
      let changedAt = performance.now();
      let last: { value: Awaited<ReturnType<typeof read>>; isFound: boolean } | undefined;
      await poll(withinMs, async () => {
        const value = await read();
        if (last && shown(last.value) !== shown(value)) changedAt = performance.now();
        last = { value, isFound: until(value) };
        return last.isFound || performance.now() - changedAt > unchangedMs ? last : undefined;
      });
      if (last?.isFound) return last.value;
      const isStuck = performance.now() - changedAt > unchangedMs;
      const waited = ((isStuck ? unchangedMs : withinMs) / 1000).toFixed(1);
      const how =
        isStuck && unchangedMs < withinMs ? `nothing changed for ${waited} s` : `waited ${waited} s`;
      throw new AnswerFault("failed", `${message} (${how})`, {
        ...("expected" in options ? { expected: shown(options.expected) } : {}),
        actual: shown(last?.value),
        cause: causeOf(options, last?.value),
      });
    },
    async stays(forMs, look) {
      const watching = poll(forMs, async () => {
        await look();
        return undefined;
      });
      await rest(watching);
    },
  };
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : describeValue(value);
}

function causeOf(because: Because | undefined, actual: unknown): string | undefined {
  return typeof because?.cause === "function" ? because.cause(actual) : because?.cause;
}

function expectValue(actual: unknown, what = "the result"): ValueExpectation {
  const fail = (
    message: string,
    expected: string,
    because: Because | undefined,
    found = describeValue(actual),
  ): never => {
    throw new AnswerFault("failed", message, {
      expected,
      actual: found,
      cause: causeOf(because, actual) ?? usualCause(actual),
    });
  };
  return {
    equals(expected, because) {
      const difference = firstDifference(expected, actual);
      if (!difference) return;
      const where = describeDifference(difference);
      fail(
        where ? `${what} is not right: ${where}` : `${what} is not right`,
        describeNear(expected, difference),
        because,
        describeNear(actual, difference),
      );
    },
    hasMembers(expected, because) {
      if (!Array.isArray(actual) && !(actual instanceof Set)) {
        fail(`${what} is no list`, `in any order: ${describeValue(expected)}`, because);
      }
      const members = [...(actual as Iterable<unknown>)];
      const left = [...members];
      const missing = expected.filter((wanted) => {
        const at = left.findIndex((one) => firstDifference(wanted, one) === undefined);
        if (at >= 0) left.splice(at, 1);
        return at < 0;
      });
      if (missing.length === 0 && left.length === 0) return;
      // Redis gives the members of a set in no order: two lists in the same one can be compared by eye.
      for (const list of [missing, left, members]) sortForReading(list);
      const parts = [
        missing.length > 0 ? `missing ${describeValue(missing)}` : "",
        left.length > 0 ? `too many ${describeValue(left)}` : "",
      ];
      const difference = parts.filter(Boolean).join(", ");
      const wrong = `${what} does not have the right members`;
      if (difference.length <= LONG_DIFFERENCE) {
        fail(
          `${wrong}: ${difference}`,
          `in any order: ${someOf(sortForReading([...expected]))}`,
          because,
          someOf(members),
        );
      }
      const right = `${expected.length - missing.length} of ${expected.length} are right`;
      fail(
        `${wrong}: ${right}${missing.length > 0 ? "" : `, and ${left.length} are too many`}`,
        missing.length > 0
          ? `the first missing: ${describeValue(missing[0])}`
          : `no others than the ${expected.length}`,
        because,
        left.length > 0 ? `the first that is too many: ${describeValue(left[0])}` : someOf(members),
      );
    },
    atMost(limit, because) {
      if (typeof actual === "number" && actual <= limit) return;
      fail(`${what} is too large`, `at most ${limit}`, because);
    },
    atLeast(limit, because) {
      if (typeof actual === "number" && actual >= limit) return;
      fail(`${what} is too small`, `at least ${limit}`, because);
    },
  };
}

/** In place. A list that nobody reads is left as it is: a stranger's may have a million members. */
function sortForReading(list: unknown[]): unknown[] {
  return list.length > READABLE_MEMBERS ? list : list.sort(byText);
}

/** Characters of missing and superfluous members that one can still compare by eye. */
const LONG_DIFFERENCE = 200;
const READABLE_MEMBERS = 1_000;
/** Of the members beside a difference. */
const LONG_LIST = 600;

/** Members as far as they fit: the difference was said already. */
function someOf(members: readonly unknown[]): string {
  const all = describeValue(members);
  if (all.length <= LONG_LIST) return all;
  let count = members.length - 1;
  while (count > 1 && describeValue(members.slice(0, count)).length > LONG_LIST) count--;
  return `${describeValue(members.slice(0, count))}, … (${members.length} in all)`;
}

/** What beginners meet most often, whatever the exercise. */
function usualCause(actual: unknown): string | undefined {
  if (Array.isArray(actual) && actual.some(isEmptyObject))
    return "A promise in a list becomes {}: is an `await Promise.all(…)` missing?";
  if (actual === undefined) return "The function gave back nothing: is a `return` or an `await` missing?";
  if (actual instanceof Promise) return "A promise came back inside the value: is an `await` missing?";
  return undefined;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && firstDifference({}, value) === undefined;
}

function expectKey(redis: () => JudgeRedis, key: string): KeyExpectation {
  const read = () => readKey(redis(), key);
  const fail = (
    message: string,
    expected: string,
    found: RedisValue,
    because: Because | undefined,
    look: "value" | "ttl" = "value",
  ): never => {
    const typedKey = quoteWord(key);
    throw new AnswerFault("failed", message, {
      expected,
      actual: describeRedisValue(found),
      cause: causeOf(because, found.value),
      key: { name: key, look: look === "ttl" ? `TTL ${typedKey}` : inspectionCommand(found.type, typedKey) },
    });
  };
  const typed = (type: string, name: string) => async (expected: unknown, because?: Because) => {
    const found = await read();
    const wanted = `${name} ${describeValue(expected)}`;
    if (found.type !== type) {
      const is = found.type === "none" ? "is not there" : `is a ${typeName(found.type)}`;
      fail(`key ${JSON.stringify(key)} should be a ${name}, but ${is}`, wanted, found, because);
    }
    const difference = firstDifference(expected, found.value);
    if (!difference) return;
    const where = describeDifference(difference);
    fail(`${name} ${JSON.stringify(key)} is not right${where ? `: ${where}` : ""}`, wanted, found, because);
  };
  return {
    async isMissing(because) {
      const found = await read();
      if (found.type !== "none")
        fail(`key ${JSON.stringify(key)} should not be there`, "no such key", found, because);
    },
    isString: typed("string", "string"),
    isHash: typed("hash", "hash"),
    isList: typed("list", "list"),
    isSet: (expected, because) => typed("set", "set")([...expected].sort(), because),
    isSortedSet: typed("zset", "sorted set"),
    async hasType(type, because) {
      const found = await read();
      if (found.type === type) return;
      const is = found.type === "none" ? "is not there" : `is a ${typeName(found.type)}`;
      fail(`key ${JSON.stringify(key)} should be a ${typeName(type)}, but ${is}`, type, found, because);
    },
    async hasTtl(minSeconds, maxSeconds, because) {
      const found = await read();
      if (found.ttlMs >= minSeconds * 1000 && found.ttlMs <= maxSeconds * 1000) return;
      fail(
        found.ttlMs < 0
          ? `key ${JSON.stringify(key)} should expire`
          : `key ${JSON.stringify(key)} does not expire when it should`,
        minSeconds === maxSeconds ? `TTL ${minSeconds} s` : `TTL between ${minSeconds} and ${maxSeconds} s`,
        found,
        because,
        "ttl",
      );
    },
    async hasNoTtl(because) {
      const found = await read();
      if (found.ttlMs !== -1)
        fail(`key ${JSON.stringify(key)} should stay for ever`, "no TTL", found, because, "ttl");
    },
  };
}

/** As people call it; TYPE says zset. */
function typeName(type: string): string {
  return type === "zset" ? "sorted set" : type;
}

function inspectionCommand(type: string, name: string): string {
  switch (type) {
    case "string":
      return `GET ${name}`;
    case "hash":
      return `HGETALL ${name}`;
    case "list":
      return `LRANGE ${name} 0 -1`;
    case "set":
      return `SMEMBERS ${name}`;
    case "zset":
      return `ZRANGE ${name} 0 -1 WITHSCORES`;
    default:
      return `TYPE ${name}`;
  }
}

function expectCommands(commands: readonly TracedCommand[]): CommandsExpectation {
  const counted = (name: string) => commands.filter((command) => command.name === name.toUpperCase()).length;
  const received = () => {
    const counts = new Map<string, number>();
    for (const { name } of commands) counts.set(name, (counts.get(name) ?? 0) + 1);
    return (
      [...counts].map(([name, count]) => (count > 1 ? `${count} × ${name}` : name)).join(", ") || "no command"
    );
  };
  return {
    include(name, because) {
      const count = counted(name);
      if (because?.times === undefined ? count > 0 : count === because.times) return;
      const times =
        because?.times === undefined ? "" : because.times === 1 ? " once" : ` ${because.times} times`;
      throw new AnswerFault("failed", `Redis should have received ${name.toUpperCase()}${times}`, {
        expected: `${name.toUpperCase()}${times}`,
        actual: received(),
        cause: causeOf(because, commands),
      });
    },
    exclude(names, because) {
      const found = [names].flat().find((name) => counted(name) > 0);
      if (!found) return;
      throw new AnswerFault("failed", `${found.toUpperCase()} should not be used here`, {
        expected: `no ${found.toUpperCase()}`,
        actual: received(),
        cause: causeOf(because, commands),
      });
    },
  };
}

function expectResponse(response: HttpResponse): ResponseExpectation {
  const text = readableBody(response);
  const actual = `${response.status} ${text.slice(0, 1_000)}`.trim();
  const expectation: ResponseExpectation = {
    status(expected, because) {
      if (response.status !== expected) {
        throw new AnswerFault("failed", `the status code should be ${expected}, but is ${response.status}`, {
          expected: `status ${expected}`,
          actual,
          cause:
            causeOf(because, response.status) ??
            (response.status === 500 ? "The app threw an error while it answered." : undefined),
        });
      }
      return expectation;
    },
    json(expected, because) {
      if (response.json !== undefined && isDeepStrictEqual(response.json, expected)) return expectation;
      const difference = response.json === undefined ? undefined : firstDifference(expected, response.json);
      const where =
        response.json === undefined ? "it is no JSON" : difference ? describeDifference(difference) : "";
      throw new AnswerFault("failed", `the body is not right${where ? `: ${where}` : ""}`, {
        expected: JSON.stringify(expected),
        actual: text.slice(0, 2_000) || "(empty)",
        cause: causeOf(because, response.json),
      });
    },
  };
  return expectation;
}

/** Express' own error page says in a <pre> what was thrown, and where: without markup and frames of packages. */
function readableBody({ headers, text }: HttpResponse): string {
  const page = headers["content-type"]?.includes("html") ? /<pre>(.*)<\/pre>/s.exec(text)?.[1] : undefined;
  if (page === undefined) return text;
  const decoded = page
    .replaceAll("<br>", "\n")
    .replaceAll(/&(nbsp|lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
  const lines = decoded.split("\n").filter((line) => !/^\s+at .*(node:|node_modules|packages\/)/.test(line));
  return lines.slice(0, 4).join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = {
  nbsp: " ",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  amp: "&",
};
