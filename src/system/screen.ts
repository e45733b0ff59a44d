/** A terminal taken over as a whole: another page, single keys, and everything as it was on every way out. */
import { emitKeypressEvents } from "node:readline";
import { onRelease } from "./cleanup.ts";

export interface ScreenEvents {
  /** A key by its name ("a", "space", "up"), with "ctrl-" before it where that was held; and the text that it types. */
  key(name: string, typed: string): void;
  /** Other columns or rows, or a page that has to be painted anew. */
  resized(): void;
}

export interface Screen {
  /** Cells from left to right and lines from top to bottom. */
  readonly columns: number;
  readonly rows: number;
  /** Replaces all that is shown; lines beyond the last row are left out. Each line must fit the columns. */
  paint(lines: readonly string[]): void;
  close(): Promise<void>;
}

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
/** A terminal that knows it shows the frame only when it is whole. */
const BEGIN_FRAME = "\x1b[?2026h\x1b[H";
const END_FRAME = "\x1b[0m\x1b[J\x1b[?2026l";

/** Whether there is a terminal to take over, for keys and for text. */
export function hasScreen(): boolean {
  return Boolean(process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== "dumb");
}

/** Waits for one key, whichever it is; `ask` is called once it would not be shown. */
export function anyKey(ask: () => void): Promise<void> {
  const { stdin } = process;
  stdin.setRawMode(true);
  stdin.resume();
  ask();
  return new Promise((resolve) => {
    stdin.once("data", (typed: Buffer | string) => {
      stdin.setRawMode(false);
      stdin.pause();
      if (String(typed) === "\x03") process.kill(process.pid, "SIGINT");
      else resolve();
    });
  });
}

export function openScreen(events: ScreenEvents): Screen {
  const { stdin, stdout } = process;
  let isOpen = false;
  const enter = () => {
    isOpen = true;
    stdin.setRawMode(true);
    stdin.resume();
    stdout.write(ENTER);
  };
  const leave = () => {
    if (!isOpen) return;
    isOpen = false;
    stdout.write(LEAVE);
    stdin.setRawMode(false);
    stdin.pause();
  };
  const onKey = (text: string | undefined, key: { name?: string; sequence?: string; ctrl?: boolean }) => {
    const name = key.name ?? key.sequence ?? "";
    if (key.ctrl && name === "c") return void process.kill(process.pid, "SIGINT");
    if (key.ctrl && name === "z") return suspend();
    events.key(key.ctrl ? `ctrl-${name}` : name, text ?? "");
  };
  /** As a shell's Ctrl-Z: the terminal is the shell's until it brings this back. */
  const suspend = () => {
    leave();
    process.once("SIGCONT", () => {
      enter();
      events.resized();
    });
    // All of the terminal's foreground, as the key itself does it: whoever started the lab, npx for one, stops too.
    process.kill(0, "SIGTSTP");
  };
  // A terminal that was closed asks for nothing more.
  const onEnd = () => void process.kill(process.pid, "SIGHUP");

  emitKeypressEvents(stdin);
  stdin.on("keypress", onKey).once("end", onEnd);
  stdout.on("resize", events.resized);
  enter();
  const close = onRelease(() => {
    stdin.off("keypress", onKey).off("end", onEnd);
    stdout.off("resize", events.resized);
    leave();
  }, leave);
  return {
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    paint(lines) {
      if (!isOpen) return;
      const shown = lines.slice(0, stdout.rows || 24).map((line) => `\x1b[2K${line}\x1b[0m`);
      stdout.write(`${BEGIN_FRAME}${shown.join("\r\n")}${END_FRAME}`);
    },
    close,
  };
}
