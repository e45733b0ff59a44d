/** `lab run`: each form of answer on a scratch Redis, and what it did there. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWith } from "../support/answer.ts";
import { type CliResult, lab, normalised } from "../support/cli.ts";
import { processesOf } from "../support/leftovers.ts";
import { labInTerminal } from "../support/terminal.ts";
import { workspaceWith } from "../support/workspace.ts";

const solved = (id: string) => workspaceWith({ [id]: `solutions/${id}` });

/** The commands that Redis received, one a line and sorted: two connections have no order between them. */
function sortedCommands(shown: string): string {
  return shown.replace(/(?<=What Redis received\n)(?: {2}.*\n)+/, (block) => {
    const commands = block
      .trimEnd()
      .split("\n")
      .flatMap((line) => {
        const [, command = line, times = "1"] = /^(.*?) +\((\d+) times\)$/.exec(line) ?? [];
        return Array.from({ length: Number(times) }, () => command);
      });
    return `${commands.sort().join("\n")}\n`;
  });
}

async function expectRun(
  name: string,
  folder: string,
  args: readonly string[],
  stable = (shown: string) => shown,
): Promise<CliResult> {
  const temporary = folderWith({});
  const result = await lab(["run", ...args], { cwd: folder, env: { TMPDIR: temporary } });
  const shown = `$ lab run ${args.join(" ")}\nexit code ${result.code}\n--- stdout\n${result.stdout}--- stderr\n${result.stderr}`;
  await expect(stable(normalised(shown, { folder, temporary }))).toMatchFileSnapshot(
    `golden/run-${name}.txt`,
  );
  expect(processesOf(temporary)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
  return result;
}

describe("lab run", () => {
  test("calls a module's functions, one after the other, in one process", async () => {
    const folder = await solved("08-hashes");
    const save = 'saveSchool(client, "7", { name: "North", city: "Lima" })';
    const calls = [save, 'addStudents(client, "7", 3)', 'await getSchool(client, "7")'];
    expect((await expectRun("module", folder, ["8", ...calls])).code).toBe(0);
  });

  test("shows where a call fails, in the student's own file", async () => {
    const folder = await workspaceWith();
    writeFileSync(
      join(folder, "08-hashes", "schools.ts"),
      "export async function saveSchool(client) {\n  return client.hSet('a', undefined);\n}\n",
    );
    const result = await expectRun("module-fails", folder, ["8", "saveSchool(client)", "other("]);
    expect(result.code).toBe(1);
  });

  test("shows a redis-cli script's replies as redis-cli does", async () => {
    const folder = await workspaceWith();
    const script = [
      "RPUSH queue a b",
      "LRANGE queue 0 -1",
      "HSET user:1 name Ana",
      "HGETALL user:1",
      "ZADD board 1.5 ana",
      "ZSCORE board ana",
      "GET nothing",
      "INCR queue",
      "PING",
    ];
    writeFileSync(join(folder, "04-cli-basics", "commands.redis"), `${script.join("\n")}\n`);
    expect((await expectRun("script", folder, ["4"])).code).toBe(1);
  });

  test("runs a program with arguments, its output as it comes", async () => {
    const folder = await solved("19-pub-sub");
    const result = await expectRun("program", folder, ["19", "publish", "sport", "1:0", "--late"]);
    expect(result.code).toBe(0);
  });

  test("asks a server of one's own what redis-cli would", async () => {
    const folder = await workspaceWith();
    writeFileSync(join(folder, "01-server", "redis.conf"), "port 6390\nrequirepass secret\ndatabases 4\n");
    const args = ["1", "-a", "secret", "--no-auth-warning", "CONFIG", "GET", "databases"];
    expect((await expectRun("server", folder, args)).code).toBe(0);
  });

  test("runs tests against the function that is given", async () => {
    // Kue has two connections.
    const result = await expectRun("tests", await solved("26-kue-tests"), ["26"], sortedCommands);
    expect(result.code).toBe(0);
  });

  test("says what cannot be run, and why", async () => {
    const folder = await workspaceWith();
    writeFileSync(join(folder, "08-hashes", "schools.ts"), "export async function saveSchool( {\n");
    expect((await expectRun("syntax", folder, ["8", "saveSchool(client)"])).code).toBe(1);
    writeFileSync(join(folder, "01-server", "redis.conf"), "prot 6390\n");
    expect((await expectRun("server-refused", folder, ["1"])).code).toBe(1);
  });

  test("an app runs until Ctrl-C, and then shows what it did", async () => {
    const folder = await solved("22-express-stock");
    const temporary = folderWith({});
    const terminal = labInTerminal(["run", "22"], { cwd: folder, rows: 40, env: { TMPDIR: temporary } });
    const screen = await terminal.until(/http:\/\/127\.0\.0\.1:\d+/);
    const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(screen) ?? [];
    let answered: Response | undefined;
    for (let tries = 0; !answered && tries < 100; tries++) {
      answered = await fetch(`${url}/products`).catch(() => undefined);
      if (!answered) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(answered?.status).toBe(200);
    terminal.press("\x03");
    const end = await terminal.until("Keys that changed");
    expect(end).toContain("What Redis received");
    expect(await terminal.exit).toBe(0);
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("a module is asked call by call in a terminal, until Ctrl-D", async () => {
    const terminal = labInTerminal(["run", "8"], { cwd: await solved("08-hashes") });
    await terminal.until("Type calls");
    terminal.press('getSchool(client, "x")\r');
    await terminal.until("null");
    terminal.press("\x04");
    await terminal.until("HGETALL school:x");
    expect(await terminal.exit).toBe(0);
  });
});
