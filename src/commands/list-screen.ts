/** `lab list` in a terminal: the course to choose from. */
import { type Chooser, newChooser, pressInChooser, renderChooser } from "../report/chooser.ts";
import { withColumns } from "../report/style.ts";
import { ExitCode } from "../system/errors.ts";
import { openScreen } from "../system/screen.ts";
import { chooseExercise, readProgress } from "../workspace/progress.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { listRows } from "./list.ts";
import { messages } from "./messages.ts";
import { resetByKey } from "./reset.ts";
import type { Terminal } from "./terminal.ts";

export async function chooseOnScreen(workspace: Workspace, terminal: Terminal): Promise<number> {
  let chooser: Chooser = newChooser(await listRows(readProgress(workspace, terminal.say)));
  let notice = "";
  /** The exercise whose reset is asked about. */
  let asked: string | undefined;
  let leave: (chosen?: string) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const left = new Promise<string | undefined>((resolve, reject) => {
    leave = resolve;
    fail = reject;
  });
  const paint = () => {
    const { columns, rows } = screen;
    const style = withColumns(terminal.style, columns);
    screen.paint(
      renderChooser(chooser, {
        style,
        size: { columns, rows },
        notice,
        question: asked ? messages.reallyReset(asked) : "",
      }).lines,
    );
  };
  const answer = async (id: string, name: string) => {
    asked = undefined;
    notice = name === "y" ? await resetByKey(workspace, id) : "";
    paint();
  };
  const key = (name: string, typed: string) => {
    if (asked) return void answer(asked, name).catch(fail);
    const pressed = pressInChooser(chooser, name, typed);
    chooser = pressed.chooser;
    notice = "";
    if (pressed.action?.kind === "leave") return leave();
    if (pressed.action?.kind === "go on") return leave(pressed.action.id);
    if (pressed.action) {
      asked = pressed.action.id;
    }
    paint();
  };
  const screen = openScreen({ key, resized: paint });
  try {
    paint();
    const chosen = await left;
    await screen.close();
    if (chosen !== undefined) {
      await chooseExercise(workspace, chosen, terminal.say);
      terminal.say(messages.chosen(chosen));
    }
  } finally {
    await screen.close();
  }
  return ExitCode.passed;
}
