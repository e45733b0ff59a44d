/** `lab redis`: a private Redis to try things out on. */
import { readdirSync } from "node:fs";
import { createClient } from "redis";
import { describe, expect, test } from "vitest";
import { exerciseIds } from "../../src/course/load.ts";
import { exampleText } from "../../src/course/texts.ts";
import { folderWith } from "../support/answer.ts";
import { cliFile, lab, runCommand } from "../support/cli.ts";
import { processesOf } from "../support/leftovers.ts";
import { labInTerminal } from "../support/terminal.ts";

describe("lab redis", () => {
  test("answers commands that are piped in, as redis-cli does", async () => {
    const script = "SET a 1\\nGET a\\n# a comment\\nLPUSH a 1\\nGET b\\nPING\\n";
    const result = await runCommand(
      "sh",
      ["-c", `printf '${script}' | "${process.execPath}" "${cliFile}" redis`],
      {
        cwd: folderWith({}),
      },
    );
    expect(result.stdout.split("\n")).toEqual([
      "OK",
      '"1"',
      "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
      "(nil)",
      "PONG",
      "",
    ]);
    expect(result.code).toBe(1);
  });

  test("says what does not work on one connection, and answers what comes after it", async () => {
    const result = await runCommand(
      "sh",
      ["-c", `printf 'SUBSCRIBE news\\nPING\\n' | "${process.execPath}" "${cliFile}" redis`],
      { cwd: folderWith({}) },
    );
    expect(result.stdout).toContain("(error) SUBSCRIBE keeps a connection for itself");
    expect(result.stdout).toContain("PONG");
    expect(result.code).toBe(1);
  });

  test("ends where its Redis ends", async () => {
    const result = await runCommand(
      "sh",
      ["-c", `printf 'SHUTDOWN NOSAVE\\nPING\\n' | "${process.execPath}" "${cliFile}" redis`],
      { cwd: folderWith({}) },
    );
    expect(result.code).toBe(3);
    expect(result.stderr).toContain("the connection to Redis has ended");
  });

  test("begins with the example data of an exercise, prints its address and runs until Ctrl-C", async () => {
    const temporary = folderWith({});
    let answered: unknown;
    const result = await lab(["redis", "--seed", "hashes", "--url"], {
      cwd: folderWith({}),
      env: { TMPDIR: temporary },
      onStart(child) {
        child.stdout?.once("data", async (text: Buffer) => {
          const client = createClient({ url: text.toString().trim() });
          client.on("error", () => {});
          await client.connect();
          answered = await client.hGet("school:7", "city");
          client.destroy();
          process.kill(child.pid as number, "SIGINT");
        });
      },
    });
    expect(answered).toBe("Lima");
    expect(result.code).toBe(0);
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("is the real redis-cli in a terminal", async () => {
    const temporary = folderWith({});
    const terminal = labInTerminal(["redis", "--seed", "7"], {
      cwd: folderWith({}),
      env: { TMPDIR: temporary },
    });
    await terminal.until(/127\.0\.0\.1:\d+>/);
    terminal.press("GET name:ana\r");
    await terminal.until('"user:7"');
    terminal.press("exit\r");
    expect(await terminal.exit).toBe(0);
    expect(processesOf(temporary)).toEqual([]);
  });

  test("names the exercises that have example data where one has none", async () => {
    const result = await lab(["redis", "--seed", "1"], { cwd: folderWith({}) });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("01-server has no example data");
    expect(result.stderr).toContain("08-hashes");
  });

  test.each(exerciseIds().filter((id) => exampleText(id)))("the example data of %s is good", async (id) => {
    const result = await runCommand(
      "sh",
      ["-c", `"${process.execPath}" "${cliFile}" redis --seed ${id} < /dev/null`],
      {
        cwd: folderWith({}),
      },
    );
    expect(result).toMatchObject({ code: 0, stderr: "" });
  });
});
