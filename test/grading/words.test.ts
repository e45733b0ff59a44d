import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { splitWords } from "../../src/grading/words.ts";

const hasRedisCli = spawnSync("redis-cli", ["--version"]).status === 0;

describe("splitting a line into words", () => {
  test.each([
    ["SET k v", ["SET", "k", "v"]],
    ["  SET\tk   v ", ["SET", "k", "v"]],
    ['SET k "two words"', ["SET", "k", "two words"]],
    ["SET k 'it\\'s'", ["SET", "k", "it's"]],
    ['SET k "a\\nb\\x41\\"q\\""', ["SET", "k", 'a\nbA"q"']],
    ['SET k ""', ["SET", "k", ""]],
    ["SET k Zoë🦊", ["SET", "k", "Zoë🦊"]],
    ['SET k "\\xc3\\xab"', ["SET", "k", "ë"]],
    ["", []],
  ])("reads %j as Redis does", (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  test.each(['SET k "open', "SET k 'open", 'SET k "a"b'])(
    "refuses %j, whose quotes are not balanced",
    (line) => {
      expect(splitWords(line)).toBeUndefined();
    },
  );

  test.skipIf(!hasRedisCli)("agrees with redis-cli (where there is one on the PATH)", () => {
    const lines = [
      'ECHO "a\\tb"',
      "ECHO 'a\\nb'",
      'ECHO x"y z"',
      'ECHO "\\xff"',
      'ECHO "open',
      'ECHO "a"b',
      "ECHO 'a'b",
    ];
    for (const line of lines) {
      const words = splitWords(line);
      // Without a server redis-cli still says when it cannot split a line.
      const said = execFileSync("redis-cli", ["-p", "1"], {
        input: `${line}\n`,
        encoding: "utf8",
        stdio: ["pipe", "pipe", "ignore"],
      });
      expect(said.includes("Invalid argument")).toBe(words === undefined);
    }
  });
});
