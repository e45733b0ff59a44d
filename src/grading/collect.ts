/**
 * Collecting an answer: its regular files, judged by `lstat` and read with no link followed, into memory.
 * What does not belong is refused by name.
 */
import { constants } from "node:fs";
import { lstat, open, opendir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { codeOf, messageOf } from "../system/errors.ts";
import { AnswerFault } from "./fault.ts";
import { isLeftOut } from "./left-out.ts";

/** Bytes of one file. */
export const FILE_LIMIT_BYTES = 1024 * 1024;
export const FILE_LIMIT_COUNT = 200;
/** Bytes of all files together. */
export const ANSWER_LIMIT_BYTES = 8 * 1024 * 1024;

export interface CollectedFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly content: Buffer;
}
export interface CollectedAnswer {
  readonly files: readonly CollectedFile[];
  /** The path of the file that the exercise asks for, among `files`. */
  readonly entry: string;
}

const SCRIPT_EXTENSIONS = [".ts", ".mts", ".js", ".mjs"];

/**
 * Reads the answer in `folder`; undefined where there is none.
 * @throws AnswerFault (failed) that names what is refused, or the file that is missing.
 */
export async function collectAnswer(
  folder: string,
  answerName: string,
): Promise<CollectedAnswer | undefined> {
  const files = await collectFiles(folder);
  return files.length === 0 ? undefined : { files, entry: findEntry(files, answerName) };
}

/** The files of an answer, sorted by path; none where there is no folder. @throws AnswerFault as collectAnswer. */
export async function collectFiles(folder: string): Promise<readonly CollectedFile[]> {
  const top = await lstat(folder).catch(() => undefined);
  if (!top) return [];
  if (!top.isDirectory()) throw refused(basename(folder), "it should be a folder");
  const files: CollectedFile[] = [];
  await readFolder(folder, "", files, { entries: 0, bytes: 0 });
  return files;
}

async function readFolder(
  root: string,
  below: string,
  files: CollectedFile[],
  seen: { entries: number; bytes: number },
): Promise<void> {
  for (const name of await namesIn(join(root, below), below)) {
    const path = below ? `${below}/${name}` : name;
    if (++seen.entries > FILE_LIMIT_COUNT)
      throw refused(path, `an answer has at most ${FILE_LIMIT_COUNT} files`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\x00-\x1f\x7f\\]/.test(name))
      throw refused(path, "its name holds a control character or a backslash");
    if (name.includes("\ufffd")) throw refused(path, "its name is not UTF-8");
    if (files.some((file) => sameToMacOS(file.path) === sameToMacOS(path))) {
      throw refused(path, "another file has the same name but for capital letters or accents");
    }
    const stat = await lstat(join(root, path)).catch((error) => {
      throw unreadable(path, error);
    });
    if (stat.isDirectory()) await readFolder(root, path, files, seen);
    else if (stat.isFile()) {
      const content = await readRegularFile(join(root, path), path);
      seen.bytes += content.length;
      if (seen.bytes > ANSWER_LIMIT_BYTES) throw refused(path, "the files are larger than 8 MiB together");
      files.push({ path, content });
    } else throw refused(path, stat.isSymbolicLink() ? "it is a symbolic link" : "it is no regular file");
  }
}

/** Sorted. One by one: a folder may hold a million. */
async function namesIn(folder: string, path: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (!isLeftOut(name)) names.push(name);
      if (names.length > FILE_LIMIT_COUNT) break;
    }
  } catch (error) {
    throw unreadable(path || basename(folder), error);
  }
  return names.sort();
}

/** Names that macOS and Windows hold for one file. */
function sameToMacOS(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

async function readRegularFile(file: string, path: string): Promise<Buffer> {
  // O_NOFOLLOW and the stat of the opened file: the answer's folder may change while it is read.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error) => {
      throw unreadable(path, error);
    },
  );
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw refused(path, "it is no regular file");
    if (stat.size > FILE_LIMIT_BYTES) throw refused(path, "it is larger than 1 MiB");
    const buffer = Buffer.alloc(stat.size);
    const { bytesRead } = await handle.read(buffer, 0, stat.size, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, error: unknown): AnswerFault {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: "it cannot be read",
    ELOOP: "it is a symbolic link",
    ENAMETOOLONG: "it lies too deep",
    ENOENT: "it cannot be found by its name",
  };
  return refused(path, reasons[codeOf(error) ?? ""] ?? `it cannot be read (${messageOf(error)})`);
}

function refused(path: string, reason: string): AnswerFault {
  const name = path.length > 120 ? `${path.slice(0, 120)}…` : path;
  return new AnswerFault("failed", `${JSON.stringify(name)} is refused: ${reason}`, {
    cause: "Keep only your own files in the exercise's folder.",
  });
}

/** The file the exercise asks for; `x.ts` may also be `x.mts`, `x.js` or `x.mjs`. */
function findEntry(files: readonly CollectedFile[], answerName: string): string {
  const extension = extname(answerName);
  const stem = answerName.slice(0, -extension.length);
  const names = SCRIPT_EXTENSIONS.includes(extension)
    ? [extension, ...SCRIPT_EXTENSIONS.filter((one) => one !== extension)].map((one) => stem + one)
    : [answerName];
  const entry = names.find((name) => files.some((file) => file.path === name));
  if (entry) return entry;
  const there = files
    .map((file) => file.path)
    .slice(0, 5)
    .join(", ");
  throw new AnswerFault("failed", `there is no file ${answerName}`, {
    expected: names.join(" or "),
    actual: there || "no file",
    cause:
      "Was it renamed? Give it its name back; or move the folder away, and `lab init` writes the starter anew.",
  });
}
