/** `lab watch` in a terminal: one page that always shows where one is, the verdict and the keys. */
import { dirname } from "node:path";
import type { Exercise } from "../course/exercise.ts";
import { exerciseIds } from "../course/load.ts";
import { lessonText, whyText } from "../course/texts.ts";
import { type Chooser, newChooser, pressInChooser, renderChooser } from "../report/chooser.ts";
import { type Frame, type Key, type Page, renderFrame, scrolled } from "../report/frame.ts";
import { renderLesson } from "../report/lesson.ts";
import { renderLine } from "../report/line.ts";
import { type Style, withColumns } from "../report/style.ts";
import { prose } from "../report/text.ts";
import { renderTrace } from "../report/trace.ts";
import { renderFirstFailure, renderVerdict } from "../report/verdict.ts";
import { ExitCode, lineOf } from "../system/errors.ts";
import { anyKey, openScreen } from "../system/screen.ts";
import {
  chooseExercise,
  courseStory,
  currentExercise,
  type Progress,
  progressOf,
  readProgress,
} from "../workspace/progress.ts";
import { nextHint, renderHints } from "./hint.ts";
import { listRows } from "./list.ts";
import { messages } from "./messages.ts";
import { renderNotes } from "./notes.ts";
import { resetByKey } from "./reset.ts";
import { runInPlace } from "./run.ts";
import { shortPath, type Terminal } from "./terminal.ts";
import type { Watched } from "./watch.ts";
import { type Knowledge, type WatchedExercise, watchExercise } from "./watched-exercise.ts";

type View = "verdict" | "lesson" | "hints" | "trace";

export async function watchOnScreen(watched: Watched, terminal: Terminal): Promise<number> {
  const { workspace, place } = watched;
  const ids = exerciseIds();
  let progress: Progress = readProgress(workspace, terminal.say);
  let work: WatchedExercise | undefined;
  let view: View = "verdict";
  let scroll = 0;
  let notice = "";
  /** What to say of a reset once it is seen as a save, which takes away what was said before. */
  let afterReset = "";
  let isFinished = false;
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
      ? renderChooser(chooser, { style, size, notice, question: question() })
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
    status: work?.known.isGrading ? `grading ${style.signs.more}` : "",
    notice,
    question: question(),
    body: bodyOf(style),
    scroll,
    keys: keys(),
  });
  const question = () => (asked ? messages.reallyReset(asked) : "");
  const bodyOf = (style: Style): string => {
    if (isFinished) return prose(messages.finished(courseStory(progress, ids)), style.width);
    // On the way from one exercise to the next.
    if (!work) return "";
    const { exercise, known } = work;
    if (view === "lesson") return renderLesson(lessonText(exercise.id), style);
    if (view === "hints")
      return renderHints(exercise.hints, 0, progressOf(progress, exercise.id).hints ?? 0, style);
    if (view === "trace" && known.result) return renderTrace(known.result, style);
    return verdictText(exercise, known, style);
  };
  /** Also where the pass is not noted yet. */
  const isPassed = (id: string | undefined) =>
    id !== undefined &&
    (progressOf(progress, id).passedAt !== undefined ||
      (work?.exercise.id === id && work.known.result?.status === "passed"));
  const keys = (): Key[] => [
    ...(isPassed(work?.exercise.id) ? [{ key: "n", does: "next" }] : []),
    ...(view === "verdict" ? [] : [{ key: "v", does: "verdict" }]),
    ...(work ? KEYS : KEYS.filter(({ key }) => key === "l" || key === "q")),
  ];

  const open = async (id: string | undefined): Promise<void> => {
    await closeWork();
    isFinished = id === undefined;
    if (id === undefined) return show("verdict");
    work = await watchExercise(id, watched, {
      saved() {
        view = "verdict";
        scroll = 0;
        notice = afterReset;
        afterReset = "";
      },
      changed: paint,
      graded({ status }) {
        if (status === "passed") notice = messages.pressNext;
        if (status === "error") notice = messages.labTrouble;
        paint();
      },
      recorded(after) {
        progress = after;
        paint();
      },
      say,
      failed: report,
    });
    work.grade();
    // Who has not begun reads first; who comes back wants to know where they were.
    show(progressOf(progress, id).tries === 0 ? "lesson" : "verdict");
  };
  const closeWork = async () => {
    const old = work;
    work = undefined;
    await old?.close();
  };
  const report = (error: unknown) => say(lineOf(error));

  let acting: Promise<void> = Promise.resolve();
  const act = (action: () => Promise<void> | void) => {
    acting = acting.then(action).catch(report);
  };
  const press = async (name: string, typed: string): Promise<void> => {
    if (asked) return answerQuestion(name);
    if (chooser) return choose(pressInChooser(chooser, name, typed));
    const rows = shown?.bodyRows ?? 1;
    const to = scrolled(name, scroll, rows);
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
    paint();
  };
  const answerQuestion = async (name: string): Promise<void> => {
    const id = asked ?? "";
    asked = undefined;
    notice = name === "y" ? await resetByKey(workspace, id) : "";
    if (work?.exercise.id === id) afterReset = notice;
    work?.look();
    paint();
  };
  /** Another lab may have noted something since. */
  const lookAgain = async () => {
    await work?.noted();
    progress = readProgress(workspace, say);
  };
  const COMMANDS: Readonly<Record<string, () => Promise<void> | void>> = {
    n: async () => {
      await lookAgain();
      if (!isPassed(work?.exercise.id)) return say(messages.notPassedYet);
      await open(currentExercise(progress, ids));
    },
    h: async () => {
      if (!work) return;
      await lookAgain();
      if (view === "hints" || !progressOf(progress, work.exercise.id).hints)
        progress = await nextHint(workspace, work.exercise, say);
      show("hints");
      scroll = Number.MAX_SAFE_INTEGER;
      paint();
    },
    l: async () => {
      await lookAgain();
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
      work?.grade();
    },
    q: () => leave(),
  };

  try {
    await open(currentExercise(progress, ids));
    await left;
  } finally {
    const last = work?.known.result;
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

/** The last verdict; while a grading goes on, what it has found first. */
function verdictText(exercise: Exercise, known: Knowledge, style: Style): string {
  const { result, firstFailure, offer, notes } = known;
  if (firstFailure) {
    const heading = style.chalk.bold(`${exercise.id}  ${exercise.title}`);
    return `${heading}\n\n${renderFirstFailure(firstFailure, style)}`;
  }
  if (!result) return known.isGrading ? messages.grading(exercise.id) : messages.notGraded(exercise.id);
  const why = result.status === "passed" ? `\n${renderLesson(whyText(exercise.id), style)}\n` : "";
  const below = [renderNotes(notes, style), offer ? `${prose(offer, style.width)}\n` : ""];
  return [renderVerdict(result, style), ...below.filter(Boolean)].join("\n") + why;
}
