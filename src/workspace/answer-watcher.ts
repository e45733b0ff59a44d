/** Tells when the files of an answer were saved, also where the system does not. */
import { lstat, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { watch } from "chokidar";
import { isLeftOut } from "../grading/left-out.ts";
import { pause } from "../system/waiting.ts";

/** Milliseconds for which the files must stay as they are: an editor empties a file before it writes it. */
const SETTLED_MS = 10;
/** The same where a file is empty that was not: the rest of it is probably on its way. */
const EMPTIED_MS = 150;
/** Milliseconds between looks of our own: for saves that the system did not tell of, and instead of it. */
const LOOK_MS = 1_000;
const BLIND_LOOK_MS = 200;
/** Milliseconds after a save within which the system tells of it. */
const TOLD_WITHIN_MS = 250;
/** Files looked at: an answer has at most 200, and a folder that holds more is refused with its grading. */
const FILE_LIMIT = 400;

export interface AnswerWatcher {
  /** Looks at once, without waiting for the system. */
  look(): void;
  close(): Promise<void>;
}

export interface AnswerEvents {
  /** Files were saved, added, renamed or removed; called once for a burst, when it is over. */
  saved(): void;
  /** A save was found that the system did not tell of, as on network drives; from now on the files are looked at. */
  blind(): void;
}

/** Watches the folder of an answer, which may go and come back. */
export async function watchAnswer(folder: string, events: AnswerEvents): Promise<AnswerWatcher> {
  let seen = await stateOf(folder);
  let isClosed = false;
  let isBlind = false;
  let isLooking = false;
  let lookAgain = false;
  /** The system has told of something since the last save. */
  let told = false;
  /** The system knows the folder by now: what it does not tell of, it does not see. */
  let knowsFolder = false;
  let timer: NodeJS.Timeout | undefined;
  let system = watchSystem();

  function ignored(path: string): boolean {
    return relative(folder, path).split(sep).some(isLeftOut);
  }

  function watchSystem() {
    return (
      watch(folder, { ignored, ignoreInitial: true, atomic: false, followSymlinks: false })
        .on("all", () => {
          told = true;
          void look();
        })
        // What was saved until then is found by this look.
        .on(
          "ready",
          () =>
            void look().then(() => {
              knowsFolder = true;
            }),
        )
        // What the system refuses (too many watchers, no rights) is found by looking.
        .on("error", () => {})
    );
  }

  async function look(): Promise<void> {
    lookAgain = true;
    if (isLooking) return;
    isLooking = true;
    try {
      while (lookAgain && !isClosed) {
        lookAgain = false;
        const now = await settled(folder, seen);
        if (isClosed || now.text === seen.text) continue;
        // The system may be slower than a look of our own.
        if (!told && knowsFolder && !isBlind) await pause(TOLD_WITHIN_MS);
        const isOtherFolder = now.id !== seen.id;
        const wasTold = told || isOtherFolder || !knowsFolder;
        told = false;
        seen = now;
        if (isOtherFolder) await watchAnew();
        if (!wasTold && !isBlind) {
          isBlind = true;
          events.blind();
        }
        events.saved();
      }
    } finally {
      isLooking = false;
    }
  }

  /** The system's watch was on a folder that is gone. */
  async function watchAnew(): Promise<void> {
    knowsFolder = false;
    const old = system;
    system = watchSystem();
    await old.close();
  }

  function schedule(): void {
    timer = setTimeout(
      () => {
        void look().finally(() => {
          if (!isClosed) schedule();
        });
      },
      isBlind ? BLIND_LOOK_MS : LOOK_MS,
    );
  }

  schedule();
  return {
    look: () => void look(),
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await system.close();
    },
  };
}

interface FolderState {
  /** Which folder it is: another one may have come in its place. */
  readonly id: string;
  /** Differs after every save, also of the same text. */
  readonly text: string;
  readonly empty: ReadonlySet<string>;
}

/** The state of the folder, once it no longer changes. */
async function settled(folder: string, before: FolderState): Promise<FolderState> {
  let now = await stateOf(folder);
  while (now.text !== before.text) {
    const isEmptied = [...now.empty].some((file) => !before.empty.has(file));
    await pause(isEmptied ? EMPTIED_MS : SETTLED_MS);
    const later = await stateOf(folder);
    if (later.text === now.text) break;
    now = later;
  }
  return now;
}

async function stateOf(folder: string): Promise<FolderState> {
  const lines: string[] = [];
  const empty = new Set<string>();
  const add = async (below: string): Promise<void> => {
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (isLeftOut(entry.name) || lines.length >= FILE_LIMIT) continue;
      if (entry.isDirectory()) await add(path);
      else {
        const stat = await lstat(join(folder, path)).catch(() => undefined);
        lines.push(`${path} ${stat?.ino} ${stat?.size} ${stat?.mtimeMs} ${stat?.ctimeMs}`);
        if (stat?.size === 0) empty.add(path);
      }
    }
  };
  await add("");
  const top = await lstat(folder).catch(() => undefined);
  return { id: String(top?.ino), text: [top?.ino, ...lines].join("\n"), empty };
}
