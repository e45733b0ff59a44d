/** `lab watch` in a terminal: one page that always shows where one is, the verdict and the keys. */
import { dirname, join } from "node:path";
import type { Exercise } from "../course/exercise.ts";
import { exerciseIds, loadExercise } from "../course/load.ts";
import { lessonText, whyText } from "../course/texts.ts";
import type { CheckResult, ExerciseResult } from "../grading/result.ts";
import { type Chooser, newChooser, pressInChooser, renderChooser } from "../report/chooser.ts";
import { type Frame, type Key, type Page, renderFrame, YES_NO_KEYS } from "../report/frame.ts";
import { renderLesson } from "../report/lesson.ts";
import { renderLine } from "../report/line.ts";
import { type Style, withColumns } from "../report/style.ts";
import { renderTrace } from "../report/trace.ts";
import { renderFirstFailure, renderVerdict } from "../report/verdict.ts";
import { ExitCode, LabError, messageOf } from "../system/errors.ts";
import { packageRoot } from "../system/package-root.ts";
import { anyKey, openScreen } from "../system/screen.ts";
import { type AnswerWatcher, watchAnswer } from "../workspace/answer-watcher.ts";
import { resetAnswer } from "../workspace/answers.ts";
import { type GradeOnSave, gradeOnSave } from "../workspace/grade-on-save.ts";
import {
  chooseExercise,
  currentExercise,
  type Progress,
  progressOf,
  readProgress,
} from "../workspace/progress.ts";
import { nextHint, renderHints } from "./hint.ts";
import { listRows } from "./list.ts";
import { messages } from "./messages.ts";
import { notesBelow } from "./notes.ts";
import { recordResult } from "./record.ts";
import { runInPlace } from "./run.ts";
import { shortPath, type Terminal } from "./terminal.ts";
import type { Watched } from "./watch.ts";

type View = "verdict" | "lesson" | "hints" | "trace";

/** The exercise that is being worked on. */
interface Work {
  readonly exercise: Exercise;
  readonly file: string;
  readonly loop: GradeOnSave;
  readonly watcher: AnswerWatcher;
  isGrading: boolean;
  result: ExerciseResult | undefined;
  /** Of the grading that is under way. */
  firstFailure: readonly CheckResult[] | undefined;
  offer: string | undefined;
  /** What TypeScript sees in it. */
  notes: string;
}

export async function watchOnScreen(
  { workspace, place, seed }: Watched,
  terminal: Terminal,
): Promise<number> {
  const ids = exerciseIds();
  let progress: Progress = readProgress(workspace, terminal.say);
  let work: Work | undefined;
  let view: View = "verdict";
  let scroll = 0;
  let notice = "";
  /** The exercise whose reset is asked about. */
  let asked: string | undefined;
  let chooser: Chooser | undefined;
  let shown: Frame | undefined;
  let leave: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });

  const events = {
    key: (name: string, typed: string) => act(() => press(name, typed)),
    resized: () => paint(),
  };
  let screen = openScreen(events);
  const paint = () => {
    const { columns, rows } = screen;
    const style = withColumns(terminal.style, columns);
    const size = { columns, rows };
    shown = chooser
      ? renderChooser(chooser, { style, size, notice, asks: asked !== undefined })
      : renderFrame(page(style), style, size);
    if (!chooser) scroll = shown.scroll;
    screen.paint(shown.lines);
  };
  const say = (line: string) => {
    notice = line;
    paint();
  };
  const show = (what: View) => {
    view = what;
    scroll = 0;
    notice = "";
    paint();
  };

  const page = (style: Style): Page => ({
    passed: ids.filter(isPassed).length,
    total: ids.length,
    file: { shown: work ? shortPath(work.file) : workspace.folder, path: work?.file ?? workspace.folder },
    status: work?.isGrading ? `grading ${style.signs.more}` : "",
    notice,
    body: body(style),
    scroll,
    keys: asked ? YES_NO_KEYS : keys(),
  });
  const body = (style: Style): string => {
    if (!work) return messages.finished;
    const { exercise, result, firstFailure, offer, notes } = work;
    if (view === "lesson") return renderLesson(lessonText(exercise.id), style);
    if (view === "hints")
      return renderHints(exercise.hints, 0, progressOf(progress, exercise.id).hints ?? 0, style);
    if (firstFailure && view === "verdict") {
      const heading = style.chalk.bold(`${exercise.id}  ${exercise.title}`);
      return `${heading}\n\n${renderFirstFailure(firstFailure, style)}`;
    }
    if (!result) return messages.grading(exercise.id);
    if (view === "trace") return renderTrace(result, style);
    const why = result.status === "passed" ? `\n${renderLesson(whyText(exercise.id), style)}\n` : "";
    return `${renderVerdict(result, style)}${notes ? `\n${notes}` : ""}${offer ? `\n${offer}\n` : ""}${why}`;
  };
  /** Also where the pass is not noted yet. */
  const isPassed = (id: string | undefined) =>
    id !== undefined &&
    (progressOf(progress, id).passedAt !== undefined ||
      (work?.result?.id === id && work.result.status === "passed"));
  const keys = (): Key[] => [
    ...(isPassed(work?.exercise.id) ? [{ key: "n", does: "next" }] : []),
    ...(view === "verdict" ? [] : [{ key: "v", does: "verdict" }]),
    ...(work ? KEYS : KEYS.filter(({ key }) => key === "l" || key === "q")),
  ];

  const open = async (id: string | undefined): Promise<void> => {
    await closeWork();
    if (id === undefined) return show("verdict");
    const exercise = await loadExercise(packageRoot, id);
    const folder = join(workspace.folder, id);
    const events = {
      began() {
        if (work) work.isGrading = true;
        paint();
      },
      firstFailure: (soFar: readonly CheckResult[]) => {
        if (work) work.firstFailure = soFar;
        paint();
      },
      graded,
      failed(error: unknown) {
        if (work) work.isGrading = false;
        report(error);
      },
    };
    const loop = gradeOnSave(exercise, folder, place, events, seed);
    const watcher = await watchAnswer(folder, {
      saved() {
        view = "verdict";
        scroll = 0;
        notice = "";
        loop.saved();
      },
      blind: () => say(messages.blind),
    });
    work = {
      exercise,
      file: join(folder, exercise.answer),
      loop,
      watcher,
      isGrading: false,
      result: undefined,
      firstFailure: undefined,
      offer: undefined,
      notes: "",
    };
    loop.saved();
    // Who has not begun reads first; who comes back wants to know where they were.
    show(progressOf(progress, id).tries === 0 ? "lesson" : "verdict");
  };
  const closeWork = async () => {
    const old = work;
    work = undefined;
    await Promise.all([old?.watcher.close(), old?.loop.close()]);
  };
  const graded = (result: ExerciseResult): void => {
    const graded = work;
    if (graded?.exercise.id !== result.id) return;
    graded.isGrading = false;
    graded.result = result;
    graded.firstFailure = undefined;
    graded.offer = undefined;
    graded.notes = "";
    if (result.status === "passed") notice = messages.pressNext;
    if (result.status === "error") notice = messages.labTrouble;
    // Painted before it is noted, which takes longer.
    paint();
    if (result.status === "error") return;
    act(async () => {
      const recorded = await recordResult(workspace, graded.exercise, result, say);
      progress = recorded.progress;
      graded.offer = recorded.offer;
      paint();
    });
    void notesBelow(result, dirname(graded.file), terminal.style).then((notes) => {
      if (graded.result !== result || !notes) return;
      graded.notes = notes;
      paint();
    }, report);
  };
  const report = (error: unknown) =>
    say(`lab: ${messageOf(error)}${error instanceof LabError ? `; next: ${error.next}` : ""}`);

  let acting: Promise<void> = Promise.resolve();
  const act = (action: () => Promise<void> | void) => {
    acting = acting.then(action).catch(report);
  };
  const press = async (name: string, typed: string): Promise<void> => {
    if (asked) return answerQuestion(name);
    if (chooser) return choose(pressInChooser(chooser, name, typed));
    const rows = shown?.bodyRows ?? 1;
    const to = SCROLL[name]?.(scroll, rows);
    if (to !== undefined) {
      scroll = to;
      return paint();
    }
    await COMMANDS[name]?.();
  };
  const choose = async ({ chooser: now, action }: ReturnType<typeof pressInChooser>): Promise<void> => {
    notice = "";
    chooser = action && action.kind !== "reset" ? undefined : now;
    if (action?.kind === "go on") {
      progress = await chooseExercise(workspace, action.id, say);
      await open(action.id);
    } else if (action?.kind === "reset") ask(action.id);
    else paint();
  };
  const ask = (id: string) => {
    asked = id;
    say(messages.reallyReset(id));
  };
  const answerQuestion = async (name: string): Promise<void> => {
    const id = asked ?? "";
    asked = undefined;
    notice = "";
    if (name === "y") {
      const kept = await resetAnswer(workspace, { id, folder: join(packageRoot, "exercises", id) });
      work?.watcher.look();
      notice = kept ? messages.kept(id, kept) : messages.isStarter(id);
    }
    paint();
  };
  const COMMANDS: Readonly<Record<string, () => Promise<void> | void>> = {
    n: async () => {
      if (isPassed(work?.exercise.id)) await open(currentExercise(progress, ids));
      else say(messages.notPassedYet);
    },
    h: async () => {
      if (!work) return;
      if (view === "hints" || !progressOf(progress, work.exercise.id).hints)
        progress = await nextHint(workspace, work.exercise, say);
      show("hints");
      scroll = Number.MAX_SAFE_INTEGER;
      paint();
    },
    l: async () => {
      chooser = newChooser(await listRows(progress));
      notice = "";
      paint();
    },
    s: () => {
      if (work) show("lesson");
    },
    t: () => {
      if (work) show("trace");
    },
    v: () => show("verdict"),
    x: async () => {
      if (!work) return;
      const { exercise, file } = work;
      await screen.close();
      try {
        await runInPlace(exercise, dirname(file), place, [], terminal);
        await anyKey(() => terminal.say(`\n${messages.pressAnyKey}`));
      } finally {
        screen = openScreen(events);
        paint();
      }
    },
    escape: () => show("verdict"),
    r: () => {
      if (work) ask(work.exercise.id);
    },
    return: () => {
      view = "verdict";
      work?.loop.saved();
    },
    q: () => leave(),
  };

  try {
    await open(currentExercise(progress, ids));
    await left;
  } finally {
    const last = work?.result;
    await screen.close();
    if (last) terminal.print(`${renderLine(last, terminal.style)}\n`);
    terminal.say(messages.goOn);
    await closeWork();
  }
  return ExitCode.passed;
}

const KEYS: readonly Key[] = [
  { key: "h", does: "hint" },
  { key: "s", does: "lesson" },
  { key: "t", does: "trace" },
  { key: "x", does: "run" },
  { key: "l", does: "list" },
  { key: "r", does: "reset" },
  { key: "q", does: "quit" },
];

/** Where a key moves the body that begins at a line and holds so many. */
const SCROLL: Readonly<Record<string, (from: number, rows: number) => number>> = {
  up: (from) => from - 1,
  k: (from) => from - 1,
  down: (from) => from + 1,
  j: (from) => from + 1,
  pageup: (from, rows) => from - rows + 1,
  b: (from, rows) => from - rows + 1,
  pagedown: (from, rows) => from + rows - 1,
  space: (from, rows) => from + rows - 1,
  home: () => 0,
  end: () => Number.MAX_SAFE_INTEGER,
};
