/** Driving the built CLI through a pseudo-terminal, and reading its screen as a person sees it. */
import pty from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { cliFile } from "./cli.ts";

export interface TerminalOptions {
  readonly cwd: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Milliseconds until what is waited for must be on the screen: far more than a busy machine needs. */
const SEEN_WITHIN_MS = 20_000;

const LEAVE_PAGE = "\x1b[?1049l";
const END_FRAME = "\x1b[?2026l";

export type LabTerminal = Awaited<ReturnType<typeof labInTerminal>>;

/** Starts `lab …args` in a terminal of its own. */
export function labInTerminal(
  args: readonly string[],
  { cwd, columns = 80, rows = 30, env }: TerminalOptions,
) {
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const child = pty.spawn(process.execPath, [cliFile, ...args], {
    cols: columns,
    rows,
    cwd,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      TERM: "xterm-256color",
      LAB_REDIS: "local",
      LAB_SANDBOX: "process",
      TZ: "UTC",
      ...env,
    },
  });
  let changed: () => void = () => {};
  let raw = "";
  let exitCode: number | undefined;
  let frame: string | undefined;
  child.onData((data) => {
    raw += data;
    // A page that is painted as one is looked at when it is whole.
    const pieces = data.split(END_FRAME);
    for (const [index, piece] of pieces.entries()) {
      emulator.write(piece, () => {
        if (index < pieces.length - 1) frame = current();
        else if (piece.includes(LEAVE_PAGE)) frame = undefined;
        changed();
      });
    }
  });
  const exit = new Promise<number>((resolve) =>
    child.onExit((ended) => {
      exitCode = ended.signal ? 128 + ended.signal : ended.exitCode;
      // What it wrote last is still on its way through the emulator.
      emulator.write("", () => {
        resolve(exitCode as number);
        changed();
      });
    }),
  );
  const current = (): string => {
    const { active } = emulator.buffer;
    const lines = Array.from({ length: emulator.rows }, (_, row) =>
      (active.getLine(active.baseY + row)?.translateToString(true, 0, emulator.cols) ?? "").trimEnd(),
    );
    return lines.join("\n").trimEnd();
  };
  const screen = () => (exitCode === undefined ? (frame ?? current()) : current());
  return {
    pid: child.pid,
    /** What is to be seen now, without colours. */
    screen,
    /** All that was written so far, with every escape sequence. */
    raw: () => raw,
    press: (keys: string) => child.write(keys),
    resize(newColumns: number, newRows: number) {
      emulator.resize(newColumns, newRows);
      child.resize(newColumns, newRows);
    },
    /** Waits until the screen shows it, and gives the screen as it is then. */
    async until(what: string | RegExp | ((screen: string) => boolean)): Promise<string> {
      const isThere = (text: string) =>
        typeof what === "function"
          ? what(text)
          : typeof what === "string"
            ? text.includes(what)
            : what.test(text);
      const end = Date.now() + SEEN_WITHIN_MS;
      for (;;) {
        const now = screen();
        if (isThere(now)) return now;
        const left = end - Date.now();
        if (left <= 0 || exitCode !== undefined) {
          const why = exitCode === undefined ? "did not come" : `did not come before exit code ${exitCode}`;
          throw new Error(`${String(what)} ${why}; the screen:\n${now}`);
        }
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(left, 200));
          changed = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Its exit code; 128 and the signal where it was killed. */
    exit,
  };
}
