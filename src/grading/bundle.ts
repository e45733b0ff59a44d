/**
 * One esbuild call makes one file of an answer, with a source map, so that every error points at the student's
 * own line. Only the answer's own files and the offered packages can be imported.
 */

import { builtinModules } from "node:module";
import { posix } from "node:path";
import type { Message, Plugin } from "esbuild";
import { offeredPackages } from "../sandbox/packages.ts";
import { buildWithin } from "../system/esbuild.ts";
import { DeadlineExceeded } from "../system/waiting.ts";
import type { CollectedAnswer } from "./collect.ts";
import { AnswerFault } from "./fault.ts";
import { whyNotText } from "./text-file.ts";

export interface Bundle {
  /** An ES module. */
  readonly code: string;
  /** The packages and Node's own modules that it imports. */
  readonly imports: readonly string[];
  /** The answer's files in it, as stack traces name them. */
  readonly sources: readonly string[];
}

/** CommonJS answers may `require` what they could import. */
const REQUIRE_SHIM =
  'import { createRequire as __labRequire } from "node:module"; const require = __labRequire(import.meta.url);';
const LOADERS = {
  ".ts": "ts",
  ".mts": "ts",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".json": "json",
} as const;
const NAMESPACE = "answer";
/** Milliseconds; an honest answer takes 20. */
const BUNDLE_LIMIT_MS = 5_000;
/** Bytes of all files in it: 256 KiB of nested brackets overflow esbuild's stack, which ends it for everybody. */
const SOURCE_LIMIT_BYTES = 64 * 1024;

/**
 * @param outside maps an import (without extension) to the file it has in the cell, such as the subject of tests.
 * @throws AnswerFault (failed) at the line of a syntax error or of an import that does not exist.
 */
export async function bundleAnswer(
  answer: CollectedAnswer,
  outside: Readonly<Record<string, string>> = {},
): Promise<Bundle> {
  try {
    const result = await buildWithin(BUNDLE_LIMIT_MS, {
      entryPoints: [answer.entry],
      bundle: true,
      platform: "node",
      target: "node20.19",
      format: "esm",
      outfile: "answer.mjs",
      write: false,
      metafile: true,
      sourcemap: "external",
      banner: { js: REQUIRE_SHIM },
      // The answer's own tsconfig.json must not decide anything.
      tsconfigRaw: {},
      logLevel: "silent",
      plugins: [answerFiles(answer, outside)],
    });
    const map = result.outputFiles.find((file) => file.path.endsWith(".map"));
    const code = result.outputFiles.find((file) => file.path.endsWith(".mjs"));
    const imports = Object.values(result.metafile?.outputs ?? {}).flatMap((output) => output.imports);
    return {
      ...withSourceMap(code?.text ?? "", map?.text ?? "{}"),
      imports: imports.map(({ path }) => path),
    };
  } catch (error) {
    const first = (error as { errors?: readonly Message[] }).errors?.[0];
    if (first) throw syntaxFault(first);
    if (error instanceof DeadlineExceeded) throw endlessFault(answer.entry);
    throw error;
  }
}

/** The map inline, with the answer's own names for its files. */
function withSourceMap(code: string, mapText: string): Omit<Bundle, "imports"> {
  const map = JSON.parse(mapText) as { sources?: string[] };
  const sources = (map.sources ?? []).map((source) => source.replace(new RegExp(`^.*${NAMESPACE}:`), ""));
  const inline = Buffer.from(JSON.stringify({ ...map, sources })).toString("base64");
  return { code: `${code}\n//# sourceMappingURL=data:application/json;base64,${inline}\n`, sources };
}

/** Resolves imports among the collected files alone: nothing is read from the disk. */
function answerFiles(answer: CollectedAnswer, outside: Readonly<Record<string, string>>): Plugin {
  const files = new Map(answer.files.map((file) => [file.path, file.content]));
  const offered: readonly string[] = offeredPackages;
  let read = 0;
  return {
    name: "answer-files",
    setup(builder) {
      builder.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === "entry-point") return { path, namespace: NAMESPACE };
        if (/^\.{1,2}(\/|$)/.test(path)) {
          const wanted = posix.normalize(posix.join(posix.dirname(importer), path));
          const external = outside[wanted.replace(/\.[cm]?[jt]s$/, "")];
          if (external) return { path: external, external: true };
          const found = resolveFile(files, wanted);
          if (found) return { path: found, namespace: NAMESPACE };
          return { errors: [{ text: `there is no file ${path} in this answer` }] };
        }
        const name = path.startsWith("node:")
          ? path
          : path
              .split("/")
              .slice(0, path.startsWith("@") ? 2 : 1)
              .join("/");
        if (path.startsWith("node:") || builtinModules.includes(name) || offered.includes(name)) {
          return { path, external: true };
        }
        return {
          errors: [
            {
              text: `"${path}" cannot be imported here; offered are Node's own modules and ${offered.join(", ")}`,
            },
          ],
        };
      });
      builder.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => {
        const loader = LOADERS[posix.extname(path) as keyof typeof LOADERS];
        const content = files.get(path);
        const trouble = content && whyNotText(path, content);
        if (trouble) return { errors: [{ text: trouble }] };
        read += content?.length ?? 0;
        if (read > SOURCE_LIMIT_BYTES)
          return { errors: [{ text: "the files of this answer are larger than 64 KiB together" }] };
        return { contents: content?.toString("utf8") ?? "", loader: loader ?? "text" };
      });
    },
  };
}

/** As TypeScript resolves: `./x`, `./x.js` (also for x.ts) and a folder's index. */
function resolveFile(files: ReadonlyMap<string, unknown>, wanted: string): string | undefined {
  const stem = wanted.replace(/\.[cm]?js$/, "");
  const candidates = [
    wanted,
    ...[".ts", ".mts", ".js", ".mjs", ".cjs", ".json"].map((extension) => stem + extension),
    ...[".ts", ".js", ".mjs"].map((extension) => `${wanted}/index${extension}`),
  ];
  return candidates.find((candidate) => files.has(candidate));
}

function endlessFault(entry: string): AnswerFault {
  return new AnswerFault("failed", `${entry} could not be read within ${BUNDLE_LIMIT_MS / 1000} s`, {
    cause: "It is nested deeper than a program that a person writes.",
  });
}

function syntaxFault(message: Message): AnswerFault {
  const { location } = message;
  if (!location) return new AnswerFault("failed", message.text);
  const file = location.file.replace(`${NAMESPACE}:`, "");
  const marker = `${" ".repeat(location.column)}${"^".repeat(Math.max(1, location.length))}`;
  return new AnswerFault("failed", `${file}:${location.line}:${location.column + 1}: ${message.text}`, {
    actual: `${location.lineText}\n${marker}`,
    cause:
      message.text.includes("import") || message.text.includes("file")
        ? undefined
        : "The file could not be read as JavaScript or TypeScript from this place on.",
  });
}
