/** What TypeScript sees in an answer: notes for its author, which count for nothing. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, realpath, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join, relative, resolve } from "node:path";
import { onRelease } from "../system/cleanup.ts";
import { packageRoot } from "../system/package-root.ts";
import { scratchFolder } from "../system/scratch.ts";

export interface TypeNote {
  readonly file: string;
  /** Counted from 1, as the column. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Milliseconds; an answer takes 400. */
const LIMIT_MS = 10_000;
/** "schools.ts(30,17): error TS2551: Property …"; what belongs to a message is indented below it. */
const FOUND = /^(.+)\((\d+),(\d+)\): error TS\d+: (.*)$/;

/** Notes about the TypeScript files in a folder; none where TypeScript is not there, or cannot say anything. */
export async function typeNotes(folder: string): Promise<TypeNote[]> {
  const compiler = findCompiler();
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = names.filter(
    (name) => [".ts", ".mts"].includes(extname(name)) && !name.includes("node_modules"),
  );
  if (!compiler || files.length === 0) return [];
  const scratch = scratchFolder("types");
  try {
    const root = await realpath(folder);
    const config = join(scratch.folder, "tsconfig.json");
    await writeFile(config, JSON.stringify(configuration(files.map((name) => join(root, name)))));
    const output = await run(compiler, ["-p", config, "--pretty", "false"], root);
    return output.split("\n").flatMap((line) => {
      const [, path = "", at = "", column = "", message = ""] = FOUND.exec(line.trimEnd()) ?? [];
      const file = path && relative(root, resolve(root, path));
      return !file || file.startsWith("..")
        ? []
        : [{ file, line: Number(at), column: Number(column), message }];
    });
  } finally {
    await scratch.remove();
  }
}

/** Of TypeScript's settings only those that find mistakes: what a beginner left without a type is none. */
function configuration(files: readonly string[]) {
  const modules = join(packageRoot, "node_modules");
  return {
    compilerOptions: {
      noEmit: true,
      target: "es2023",
      module: "preserve",
      moduleResolution: "bundler",
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      strict: false,
      typeRoots: [join(modules, "@types")],
      types: ["node"],
      paths: { "*": [join(modules, "@types", "*"), join(modules, "*")] },
    },
    files,
  };
}

/** TypeScript's own program, without the script around it that starts it. */
function findCompiler(): string | undefined {
  try {
    const require = createRequire(join(packageRoot, "package.json"));
    const nested = createRequire(require.resolve("typescript/package.json"));
    const name = `@typescript/typescript-${process.platform}-${process.arch}`;
    const folder = dirname(nested.resolve(`${name}/package.json`));
    const file = join(folder, "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

function run(file: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((done) => {
    // It ends with an exit code other than 0 wherever it found something.
    const child = execFile(
      file,
      [...args],
      { cwd, timeout: LIMIT_MS, killSignal: "SIGKILL" },
      (_error, stdout) => {
        void forget();
        done(stdout);
      },
    );
    const forget = onRelease(
      () => void child.kill("SIGKILL"),
      () => child.kill("SIGKILL"),
    );
  });
}
