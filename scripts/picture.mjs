// Makes docs/check.svg: a real run of `lab check` on a wrong answer, as a terminal shows it.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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
  writeFileSync(join(root, "docs", "check.svg"), toSvg(`$ lab check 8\n${run.stdout.trimEnd()}`));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} text with ANSI colours */
function toSvg(text) {
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
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#c9d1d9" role="img" aria-label="A run of lab check in a terminal">
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
