/** `lab watch`, driven through a pseudo-terminal as a student does. */
import { readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { folderWith } from "../support/answer.ts";
import { normalised, lab as runLab } from "../support/cli.ts";
import { processesOf } from "../support/leftovers.ts";
import { type LabTerminal, labInTerminal } from "../support/terminal.ts";
import { passAllBut, workspaceWith } from "../support/workspace.ts";

const root = join(import.meta.dirname, "..", "..");
const solution = (id: string) => join(root, "solutions", id);
const opened: LabTerminal[] = [];

afterEach(async () => {
  for (const terminal of opened.splice(0)) {
    terminal.kill("SIGTERM");
    await terminal.exit;
  }
});

function watching(
  folder: string,
  options: {
    columns?: number;
    rows?: number;
    args?: readonly string[];
    env?: Readonly<Record<string, string>>;
  } = {},
) {
  const { args = [], env, ...size } = options;
  const temporary = folderWith({});
  const terminal = labInTerminal(["watch", "--seed", "golden", ...args], {
    cwd: folder,
    env: { TMPDIR: temporary, ...env },
    ...size,
  });
  opened.push(terminal);
  return { ...terminal, temporary };
}

/** Saves the answer of a folder, as an editor does. */
function save(folder: string, id: string, from: string): void {
  for (const name of readdirSync(from).filter((file) => file !== "why.md"))
    writeFileSync(join(folder, id, name), readFileSync(join(from, name)));
}

describe("lab watch in a terminal", () => {
  test("a session reads well from the first save to the end", async () => {
    const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/starter" });
    passAllBut(folder, ["08-hashes", "09-async"]);
    const lab = watching(folder);
    const pages: string[] = [];
    const page = (name: string, screen: string) => {
      pages.push(`===== ${name}\n${normalised(screen, { folder, project: root })}`);
    };

    page("begins with the lesson", await lab.until((s) => s.includes("Hashes:") && !s.includes("grading …")));
    save(folder, "08-hashes", join(root, "exercises/08-hashes/wrong/empty-for-missing"));
    page("a save that fails", await lab.until(/8 of 11 points|9 of 11 points|10 of 11 points/));
    lab.press("h");
    page("a hint", await lab.until("Hint 1 of"));
    lab.press("t");
    page("what Redis received", await lab.until("What Redis received"));
    save(folder, "08-hashes", solution("08-hashes"));
    page("a save that passes", await lab.until("11 of 11 points"));
    for (const [columns, rows] of [
      [60, 20],
      [40, 6],
      [120, 30],
    ] as const) {
      lab.resize(columns, rows);
      const isWhole = (s: string) =>
        s.split("\n").length <= rows &&
        (rows < 10 ? s.includes("more lines") : s.split("\n").includes("─".repeat(columns)));
      page(`in ${columns} columns and ${rows} rows`, await lab.until(isWhole));
    }
    lab.press("n");
    page("the next exercise", await lab.until((s) => s.includes("09-async") && !s.includes("grading …")));
    lab.press("x");
    await lab.until("Type calls");
    lab.press('readMany(client, ["a"])\r');
    await lab.until("[]");
    lab.press("\x04");
    await lab.until("Press any key");
    lab.press("k");
    page("after a run of one's own", await lab.until("h hint"));
    lab.press("l");
    page("the list", await lab.until("✔ 01-server"));
    lab.press("f");
    page("what is open", await lab.until("showing open"));
    lab.press("ff/geo");
    page("a search", await lab.until("search: geo▏"));
    lab.press("\r\x1b");
    await lab.until((s) => !s.includes("search:"));
    lab.press("q");
    await lab.until("Edit: 09-async");
    lab.press("r");
    page("asks before it resets", await lab.until("What you have is kept"));
    lab.press("y");
    page("the starter again", await lab.until("as its starter"));
    lab.press("q");
    expect(await lab.exit).toBe(0);
    page("after it", lab.screen().slice(lab.screen().lastIndexOf("09-async:")));
    await expect(`${pages.join("\n")}\n`).toMatchFileSnapshot("golden/watch-session.txt");
    expect(processesOf(lab.temporary)).toEqual([]);
    expect(readdirSync(lab.temporary)).toEqual([]);
  });

  test.each([
    { way: "q", end: (lab: LabTerminal) => lab.press("q"), code: 0 },
    { way: "Ctrl-C", end: (lab: LabTerminal) => lab.press("\x03"), code: 130 },
    { way: "SIGTERM", end: (lab: LabTerminal) => lab.kill("SIGTERM"), code: 130 },
    // As the signal itself ends a program.
    { way: "a terminal that is closed", end: (lab: LabTerminal) => lab.kill("SIGHUP"), code: 129 },
  ])("$way ends it in the middle of a grading, and the terminal is as before", async ({ end, code }) => {
    const folder = await workspaceWith();
    passAllBut(folder, ["25-kue-progress"]);
    const lab = watching(folder);
    await lab.until("grading …");
    end(lab);
    expect(await lab.exit).toBe(code);
    expect(lab.raw()).toContain("\x1b[?1049h");
    expect(lab.raw().lastIndexOf("\x1b[?1049l")).toBeGreaterThan(lab.raw().lastIndexOf("\x1b[?1049h"));
    expect(lab.raw().lastIndexOf("\x1b[?25h")).toBeGreaterThan(lab.raw().lastIndexOf("\x1b[?25l"));
    expect(processesOf(lab.temporary)).toEqual([]);
    expect(readdirSync(lab.temporary)).toEqual([]);
  });

  test("the answer's folder may be renamed, come back, be emptied and be written in two steps", async () => {
    const folder = await workspaceWith();
    passAllBut(folder, ["08-hashes"]);
    const lab = watching(folder);
    await lab.until(/Hashes:(?!.*grading …)/s);
    renameSync(join(folder, "08-hashes"), join(folder, "elsewhere"));
    await lab.until("There is no answer yet");
    renameSync(join(folder, "elsewhere"), join(folder, "08-hashes"));
    await lab.until("0 of 11 points");
    const file = join(folder, "08-hashes", "schools.ts");
    const right = readFileSync(join(solution("08-hashes"), "schools.ts"), "utf8");
    // As editors do that write in place.
    truncateSync(file);
    await pause(30);
    writeFileSync(file, right);
    await lab.until("11 of 11 points");
    rmSync(join(folder, "08-hashes"), { recursive: true });
    await lab.until("There is no answer yet");
    // What comes back is seen, also in a folder that is another one than before.
    expect((await runLab(["init", "."], { cwd: folder })).code).toBe(0);
    await lab.until("0 of 11 points");
  });

  test("its page and its list read well in every terminal, with and without colour", async () => {
    const pages: string[] = [];
    for (const columns of [60, 80, 120]) {
      for (const colour of [{ NO_COLOR: "1" }, { FORCE_COLOR: "1" }]) {
        const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/empty-for-missing" });
        passAllBut(folder, ["08-hashes", "09-async"]);
        const lab = watching(folder, { columns, rows: 30, env: colour });
        const page = async (of: string, what: string | ((screen: string) => boolean)) => {
          const plain = await lab.until(what);
          const painted = lastFrame(lab.raw());
          const shown = "NO_COLOR" in colour ? plain : painted.replaceAll("\x1b", "␛");
          const title = `${columns} columns${"NO_COLOR" in colour ? "" : ", in colour"}: ${of}`;
          pages.push(`===== ${title}\n${normalised(shown, { folder, project: root })}`);
        };
        await lab.until("Hashes: one record");
        lab.press("v");
        await page(
          "a verdict",
          (screen) => screen.includes("10 of 11 points") && !screen.includes("grading"),
        );
        lab.press("l");
        await page("the list", "go on here");
        lab.press("qq");
        await lab.exit;
      }
    }
    await expect(`${pages.join("\n")}\n`).toMatchFileSnapshot("golden/widths/watch.txt");
  }, 60_000);

  test("a course that is passed is said to be, and offers the list", async () => {
    const folder = await workspaceWith();
    passAllBut(folder, []);
    const lab = watching(folder);
    await lab.until("That was the last exercise");
    lab.press("l");
    await lab.until("✔ 01-server");
    lab.press("q");
    await lab.until("That was the last exercise");
    lab.press("q");
    expect(await lab.exit).toBe(0);
  });
});

describe("lab watch for other terminals", () => {
  test("has no sign that needs Unicode where there is none", async () => {
    const folder = await workspaceWith({ "08-hashes": "exercises/08-hashes/wrong/empty-for-missing" });
    passAllBut(folder, ["08-hashes"]);
    const lab = labInTerminal(["watch", "--seed", "golden"], { cwd: folder, env: { TERM: "linux" } });
    opened.push(lab);
    await lab.until((s) => s.includes("Hashes:") && !s.includes("grading"));
    lab.press("v");
    const verdict = await lab.until("10 of 11 points");
    expect(verdict).toMatch(/^ {2}x getSchool gives null/m);
    expect(verdict).not.toMatch(/[✔✘│─═█░…•]/);
    lab.press("s");
    expect(await lab.until("=====")).toContain("+----");
  });

  test("paints nothing over where plain text was asked for", async () => {
    const folder = await workspaceWith();
    passAllBut(folder, ["08-hashes"]);
    const lab = labInTerminal(["watch", "--plain"], { cwd: folder });
    opened.push(lab);
    await lab.until("0 of 11 points");
    expect(lab.raw()).not.toContain("\x1b");
  });
});

describe("lab watch without a terminal", () => {
  test("prints one line for each verdict, and goes on after a pass", async () => {
    const folder = await workspaceWith();
    passAllBut(folder, ["04-cli-basics", "08-hashes"]);
    const lines: string[] = [];
    const result = await runLab(["watch", "--seed", "golden"], {
      cwd: folder,
      onStart(child) {
        child.stdout?.on("data", (text: Buffer) => {
          lines.push(...text.toString().trimEnd().split("\n"));
          if (lines.length === 1) save(folder, "04-cli-basics", solution("04-cli-basics"));
          if (lines.length === 3) child.kill("SIGINT");
        });
      },
    });
    expect(result.code).toBe(130);
    expect(normalised(result.stdout)).toMatchInlineSnapshot(`
      "04-cli-basics: 0 of 14 points, N.NN s; ✘ Redis answers no line with an error: commands.redis holds no command yet
      04-cli-basics: 14 of 14 points, N.NN s
      08-hashes: 0 of 11 points, N.NN s; ✘ saveSchool stores every field of the school in one hash at school:<id>: key "school:88ctz4qekmdw" should be a hash, but is not there
      "
    `);
    expect(result.stderr).toContain("Watching 08-hashes/schools.ts");
  });

  test("a thousand saves end with one verdict for the last of them, and nothing grows", async () => {
    const folder = await workspaceWith();
    passAllBut(folder, ["08-hashes"]);
    const temporary = folderWith({});
    const file = join(folder, "08-hashes", "schools.ts");
    const right = readFileSync(join(solution("08-hashes"), "schools.ts"), "utf8");
    const wrong = right.replace("client.hKeys", "client.hVals");
    let printed = "";
    let early = 0;
    let late = 0;
    const result = await runLab(["watch"], {
      cwd: folder,
      env: { TMPDIR: temporary },
      onStart(child) {
        child.stdout?.on("data", (text: Buffer) => {
          printed += text.toString();
          if (/11 of 11 points/.test(printed)) child.kill("SIGINT");
        });
        void saveOften(child.pid as number);
      },
    });
    expect(result.code).toBe(130);
    const lines = result.stdout.trimEnd().split("\n");
    // Each burst has one verdict, and only the last save was right.
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThan(600);
    expect(lines.slice(0, -1).filter((line) => line.includes("11 of 11"))).toEqual([]);
    expect(lines.at(-1)).toContain("11 of 11 points");
    expect(late - early).toBeLessThan(40 * 1024 * 1024);
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);

    async function saveOften(pid: number): Promise<void> {
      while (!printed) await pause(50);
      for (let count = 1; count < 1_000; count++) {
        writeFileSync(file, `${wrong}// ${count}\n`);
        await pause(count % 10 === 0 ? 150 : 5);
        if (count === 300) early = residentBytes(pid);
      }
      late = residentBytes(pid);
      writeFileSync(file, right);
    }
  }, 180_000);
});

/** What was painted last as one, with its colours. */
function lastFrame(raw: string): string {
  const [frame = ""] = raw.split("\x1b[?2026h\x1b[H").at(-1)?.split("\x1b[0m\x1b[J\x1b[?2026l") ?? [];
  return frame.replaceAll("\x1b[2K", "").replaceAll("\r", "");
}

function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
}
