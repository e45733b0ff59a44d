/** `lab watch`: grade the current exercise on every save. */
import { join } from "node:path";
import { exerciseIds, loadCourse, loadExercise } from "../course/load.ts";
import type { GradingPlace } from "../grading/place.ts";
import { renderLine } from "../report/line.ts";
import { ExitCode, lineOf } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { hasScreen } from "../system/screen.ts";
import { watchAnswer } from "../workspace/answer-watcher.ts";
import { gradeOnSave } from "../workspace/grade-on-save.ts";
import { currentExercise, readProgress } from "../workspace/progress.ts";
import { addSettings } from "../workspace/settings.ts";
import { DEFAULT_WORKSPACE, findWorkspace, initWorkspace, type Workspace } from "../workspace/workspace.ts";
import { messages } from "./messages.ts";
import { printFinished } from "./next.ts";
import { inGradingPlace } from "./place.ts";
import { recordResult } from "./record.ts";
import { shortPath, type Terminal } from "./terminal.ts";
import { watchOnScreen } from "./watch-screen.ts";

export interface WatchOptions {
  readonly redis?: string;
  readonly sandbox?: string;
  readonly seed?: string;
}

export async function watch(options: WatchOptions, terminal: Terminal): Promise<number> {
  const existing = findWorkspace();
  const { workspace } = await initWorkspace(
    existing?.folder ?? DEFAULT_WORKSPACE,
    await loadCourse(),
    terminal.say,
  );
  if (!existing) await addSettings(workspace);
  const place = {
    redis: options.redis,
    sandbox: options.sandbox,
    usualSandbox: "process",
    // Each grading is begun ahead as a whole, so nothing has to wait in a pool.
    forms: [],
    jobs: 1,
  } as const;
  return inGradingPlace(place, terminal.say, async (opened) => {
    const watched = { workspace, place: opened, seed: options.seed };
    return hasScreen() && !terminal.style.isPlain
      ? watchOnScreen(watched, terminal)
      : watchInLines(watched, terminal);
  });
}

/** What both ways of showing it work on. */
export interface Watched {
  readonly workspace: Workspace;
  readonly place: GradingPlace;
  readonly seed: string | undefined;
}

/** Without a terminal: one line for each verdict, and on to the next exercise after a pass. */
async function watchInLines(watched: Watched, terminal: Terminal): Promise<number> {
  const ids = exerciseIds();
  for (;;) {
    const progress = readProgress(watched.workspace, terminal.say);
    const id = currentExercise(progress, ids);
    if (id === undefined) {
      printFinished(progress, ids, terminal);
      return ExitCode.passed;
    }
    await untilPassed(watched, id, terminal);
  }
}

async function untilPassed({ workspace, place, seed }: Watched, id: string, terminal: Terminal) {
  const exercise = await loadExercise(packageRoot, id);
  const folder = join(workspace.folder, id);
  let pass: () => void = () => {};
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  const loop = gradeOnSave(
    exercise,
    folder,
    place,
    {
      began() {},
      firstFailure() {},
      graded(result) {
        terminal.print(`${renderLine(result, terminal.style)}\n`);
        if (result.status === "error") return;
        recordResult(workspace, exercise, result, terminal.say).then(
          ({ milestone }) => {
            if (milestone) terminal.say(milestone);
            if (result.status === "passed") pass();
          },
          (error) => terminal.say(lineOf(error)),
        );
      },
      failed: (error) => terminal.say(lineOf(error)),
    },
    seed,
  );
  const watcher = await watchAnswer(folder, {
    saved: loop.saved,
    blind: () => terminal.say(messages.blind),
  });
  terminal.say(messages.watching(shortPath(join(folder, exercise.answer))));
  loop.saved();
  try {
    await passed;
  } finally {
    await Promise.all([watcher.close(), loop.close()]);
  }
}
