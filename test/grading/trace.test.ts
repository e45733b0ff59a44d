import { describe, expect, test } from "vitest";
import { formatTrace, parseMonitorLine, watchTransactions } from "../../src/grading/trace.ts";

describe("a line of MONITOR", () => {
  test("becomes the command, its arguments and its connection", () => {
    expect(
      parseMonitorLine('1339518083.107412 [0 127.0.0.1:60866] "hset" "k" "a b" "\\xc3\\xab\\"\\n"'),
    ).toEqual({
      name: "HSET",
      args: ["k", "a b", 'ë"\n'],
      connection: "127.0.0.1:60866",
      byScript: false,
    });
  });

  test("tells what a script called", () => {
    expect(parseMonitorLine('1.2 [0 lua] "get" "k"')).toMatchObject({ name: "GET", byScript: true });
  });

  test.each(["", "OK", "no command at all"])("is passed over when it is none: %j", (line) => {
    expect(parseMonitorLine(line)).toBeUndefined();
  });
});

describe("a transaction", () => {
  test("is all from MULTI to EXEC, on its own connection", () => {
    const transactions = watchTransactions();
    const isPart = (name: string, connection: string) =>
      transactions.mark({ name, connection, args: [], byScript: false }).inTransaction;
    expect(isPart("GET", "a")).toBe(false);
    expect(isPart("MULTI", "a")).toBe(true);
    expect(isPart("SET", "b")).toBe(false);
    expect(isPart("SET", "a")).toBe(true);
    expect(isPart("EXEC", "a")).toBe(true);
    expect(isPart("SET", "a")).toBe(false);
    expect(isPart("MULTI", "b")).toBe(true);
    expect(isPart("DISCARD", "b")).toBe(true);
    expect(isPart("SET", "b")).toBe(false);
  });
});

describe("the trace of a verdict", () => {
  const command = (name: string, ...args: string[]) => ({
    name,
    args,
    connection: "c",
    byScript: false,
    inTransaction: false,
  });

  test("quotes what redis-cli would need quoted", () => {
    expect(formatTrace([command("SET", "school:1", "two words")])).toEqual(['SET school:1 "two words"']);
  });

  test("counts equal neighbours, and of many lines shows the beginning and the end", () => {
    const many = Array.from({ length: 30 }, (_, i) => command("GET", `k${i}`));
    expect(formatTrace([command("INCR", "n"), command("INCR", "n"), ...many], undefined, 4)).toEqual([
      "INCR n   (2 times)",
      "GET k0",
      "… 27 more commands …",
      "GET k28",
      "GET k29",
    ]);
  });

  test("of many neighbours that send the same key something else, shows the first and the last", () => {
    const locks = Array.from({ length: 30 }, (_, i) => command("SET", "lock", `token-${i}`, "NX"));
    expect(formatTrace([command("GET", "a"), ...locks, command("GET", "lock")])).toEqual([
      "GET a",
      "SET lock token-0 NX",
      "SET lock …   (28 more)",
      "SET lock token-29 NX",
      "GET lock",
    ]);
  });

  test("shows what concerns the key that is not right, and counts the rest", () => {
    const commands = [command("SET", "a", "1"), command("DEL", "b"), command("INCR", "a"), command("PING")];
    expect(formatTrace(commands, "a")).toEqual(["SET a 1", "INCR a", "and 2 commands about other keys"]);
    expect(formatTrace(commands, "c")).toEqual(["SET a 1", "DEL b", "INCR a", "PING"]);
    expect(formatTrace([command("GET", "a")], "a")).toEqual(["GET a"]);
  });
});
