// Makes docs/check.svg and docs/watch.svg: real runs of `lab check` and `lab watch` on a wrong answer, as a terminal
// shows them.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pty from "@lydell/node-pty";
import { SerializeAddon } from "@xterm/addon-serialize";
import xterm from "@xterm/headless";
import { parseAnsiSequences } from "ansi-sequence-parser";
import stringWidth from "string-width";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = join(root, "dist", "cli.js");
const WIDTH = 84;
const CELL = { width: 8.4, height: 19 };
const COLORS = {
  red: "#ff7b72",
  green: "#7ee787",
  yellow: "#e3b341",
  blue: "#79c0ff",
  cyan: "#76e3ea",
  magenta: "#d2a8ff",
};

const folder = mkdtempSync(join(tmpdir(), "lab-picture-"));
try {
  execFileSync(process.execPath, [cli, "init", folder], { stdio: "ignore" });
  cpSync(join(root, "exercises/08-hashes/wrong/empty-for-missing"), join(folder, "08-hashes"), {
    recursive: true,
  });
  const run = spawnSync(process.execPath, [cli, "check", "8", "--seed", "picture"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "1", COLUMNS: String(WIDTH) },
  });
  if (run.status !== 1) throw new Error(`lab check ended with ${run.status}: ${run.stderr}`);
  const check = toSvg(`$ lab check 8\n${run.stdout.trimEnd()}`, "A run of lab check in a terminal");
  writeFileSync(join(root, "docs", "check.svg"), check);
  const watch = toSvg(await watchedPage(), "A page of lab watch in a terminal");
  writeFileSync(join(root, "docs", "watch.svg"), watch);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The page of `lab watch` once the wrong answer is graded, with ANSI colours. */
async function watchedPage() {
  const rows = 31;
  mkdirSync(join(folder, ".lab"), { recursive: true });
  const progress = { schema: "redis-lab/progress/v1", current: "08-hashes", exercises: {} };
  const passed = { tries: 1, bestScore: 1, passedAt: "2026-01-01T00:00:00.000Z" };
  for (const id of readdirSync(join(root, "exercises")).slice(0, 7)) progress.exercises[id] = passed;
  progress.exercises["08-hashes"] = { tries: 1, bestScore: 0 };
  writeFileSync(join(folder, ".lab", "progress.json"), JSON.stringify(progress));
  const screen = new xterm.Terminal({ cols: WIDTH, rows, allowProposedApi: true });
  const addon = new SerializeAddon();
  screen.loadAddon(addon);
  const lab = pty.spawn(process.execPath, [cli, "watch", "--seed", "picture"], {
    cols: WIDTH,
    rows,
    cwd: folder,
    env: { ...process.env, TERM: "xterm-256color", COLORTERM: "" },
  });
  const text = () =>
    Array.from({ length: rows }, (_, row) => screen.buffer.active.getLine(row)?.translateToString(true)).join(
      "\n",
    );
  const ended = new Promise((resolve) => lab.onExit(resolve));
  const page = await new Promise((resolve, reject) => {
    lab.onData((data) =>
      screen.write(data, () => {
        const isWhole = data.endsWith("\x1b[?2026l") && / of \d+ points/.test(text());
        if (isWhole && !text().includes("grading …")) resolve(addon.serialize());
      }),
    );
    ended.then(() => reject(new Error(`lab watch ended early:\n${text()}`)));
  });
  lab.write("q");
  await ended;
  return shownText(page);
}

/** Text and colours alone: moves of the cursor become the spaces that they pass over, modes of the terminal go. */
function shownText(page) {
  const esc = String.fromCharCode(27);
  return page
    .replaceAll("\r", "")
    .replaceAll(new RegExp(`${esc}\\[(\\d+)C`, "g"), (_, count) => " ".repeat(Number(count)))
    .replaceAll(new RegExp(`${esc}\\[(?:\\?\\d+[hl]|[\\d;]*[ABDHJKX])`, "g"), "");
}

/** @param {string} text with ANSI colours */
function toSvg(text, label) {
  const lines = [[]];
  for (const token of parseAnsiSequences(text)) {
    token.value.split("\n").forEach((piece, index) => {
      if (index > 0) lines.push([]);
      if (piece) lines.at(-1).push({ ...token, value: piece });
    });
  }
  const rows = lines.map((tokens, row) => {
    let column = 0;
    const spans = tokens.map((token) => {
      const x = 16 + column * CELL.width;
      column += stringWidth(token.value);
      return `<tspan x="${x.toFixed(1)}"${styleOf(token)}>${escaped(token.value)}</tspan>`;
    });
    return `<text y="${36 + row * CELL.height}" xml:space="preserve">${spans.join("")}</text>`;
  });
  const width = Math.round(WIDTH * CELL.width + 32);
  const height = lines.length * CELL.height + 36;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#c9d1d9" role="img" aria-label="${label}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join("\n")}
</svg>
`;
}

function styleOf({ foreground, decorations }) {
  const color =
    foreground?.type === "named" ? COLORS[foreground.name.replace("bright", "").toLowerCase()] : undefined;
  return [
    color ? ` fill="${color}"` : "",
    decorations.has("bold") ? ' font-weight="bold"' : "",
    decorations.has("dim") ? ' fill-opacity="0.6"' : "",
  ].join("");
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
