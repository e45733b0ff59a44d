/** App answers: instances that listen on HTTP. */
import type { AppAnswer, RunningApp, StartOptions } from "../../course/vocabulary.ts";
import type { CellProcess } from "../../sandbox/sandbox.ts";
import { type Clock, poll } from "../../system/waiting.ts";
import type { Evidence } from "../evidence.ts";
import { AnswerFault } from "../fault.ts";
import { type AnswerDriver, type DriverInput, endedFault } from "./answer.ts";
import { Patience, sendRequest, waitUntilListening } from "./http.ts";
import { openProgram, runningAnswer, startLine } from "./program.ts";

/** What a student's own instances would listen on: the first at 3000, as in the lessons. */
const FIRST_SHOWN_PORT = 3000;

const CRASH_SEEN_MS = 250;

interface Instance {
  readonly process: CellProcess;
  readonly shownPort: number;
  /** Of the Redis that it connected to. */
  readonly generation: number;
  /** The check asked it to end. */
  mayEnd: boolean;
}

export function appDriver(input: DriverInput): AnswerDriver {
  const program = openProgram(input);
  const patience = new Patience();
  /** Kept from check to check. */
  let shared: Instance[] = [];
  /** Of the current check alone. */
  let own: Instance[] = [];
  let launched = 0;
  let everListened = false;
  let unusable: unknown;

  const launch = async (options: StartOptions, evidence: Evidence): Promise<Instance> => {
    const shownPort = FIRST_SHOWN_PORT + launched++;
    evidence.did(startLine(program.entry(), options, shownPort));
    if (unusable) throw unusable;
    const { generation } = await input.session;
    try {
      const process = await listening(
        () => program.launch(options, true),
        program.sources(),
        input.limits.listenMs,
      );
      everListened = true;
      return { process, shownPort, generation, mayEnd: false };
    } catch (error) {
      // An app that does not listen when nothing special is asked of it would fail every check the same way, slowly.
      const isPlain = !options.args && !options.env;
      if (error instanceof AnswerFault && isPlain && !everListened) unusable ??= error;
      throw error;
    }
  };

  const runningApp = (instance: Instance, evidence: Evidence): RunningApp => {
    const answer = runningAnswer(instance.process, program.entry(), program.sources());
    return {
      output: answer.output,
      shown: answer.shown,
      signal(signal) {
        instance.mayEnd = true;
        answer.signal(signal);
      },
      ended(withinMs) {
        instance.mayEnd = true;
        return answer.ended(withinMs);
      },
      get isRunning() {
        return answer.isRunning;
      },
      request: (method, path, options) =>
        sendRequest(instance, patience, program.sources(), evidence, method, path, options),
    };
  };

  const endedBy = async ({ process }: Instance, what: string) =>
    endedFault(await process.exit, process.output.text(), program.sources(), what);

  const instances = async (count: number, evidence: Evidence, clock: Clock): Promise<RunningApp[]> => {
    shared = shared.filter((one) => !one.mayEnd);
    const ended = shared.find((one) => one.process.hasEnded);
    if (ended) throw await endedBy(ended, "after an earlier check had used it, the app ended");
    for (const { shownPort } of shared.slice(0, count))
      evidence.did(startLine(program.entry(), {}, shownPort));
    const missing = Math.max(0, count - shared.length);
    const launching = Array.from({ length: missing }, () => launch({}, evidence));
    shared.push(...(await clock.hold(Promise.all(launching))));
    return shared.slice(0, count).map((one) => runningApp(one, evidence));
  };

  const killAll = async () => {
    shared = [];
    own = [];
    launched = 0;
    await program.killAll();
  };

  return {
    async prepare(evidence, clock) {
      await program.ready();
      const { generation } = await input.session;
      if (shared.some((one) => one.generation !== generation)) await killAll();
      const answer: AppAnswer = {
        async start(options = {}) {
          const instance = await clock.hold(launch(options, evidence));
          own.push(instance);
          return runningApp(instance, evidence);
        },
        async instance() {
          const [app] = await instances(1, evidence, clock);
          return app as RunningApp;
        },
        async twoInstances() {
          const [first, second] = await instances(2, evidence, clock);
          return [first as RunningApp, second as RunningApp];
        },
      };
      return answer;
    },
    async settle(last) {
      const hasCrashed = (one: Instance) => one.process.hasEnded && !one.mayEnd;
      const find = () => [...shared, ...own].find(hasCrashed);
      // What crashes after its response takes a moment to end, and no check follows that would see it.
      const ended = last ? await poll(CRASH_SEEN_MS, find) : find();
      if (ended) throw await endedBy(ended, "the app ended while it was being used");
    },
    async finish(disturbed) {
      if (disturbed) patience.checkFailed();
      if (disturbed || own.length > 0 || shared.some((one) => one.mayEnd)) await killAll();
    },
    dispose: () => program.dispose(),
  };
}

/** Launches until it listens. A port that was free when it was chosen may be taken a moment later: then once more. */
async function listening(
  launch: () => Promise<CellProcess>,
  sources: readonly string[],
  limitMs: number,
): Promise<CellProcess> {
  const first = await launch();
  try {
    await waitUntilListening(first, sources, limitMs);
    return first;
  } catch (error) {
    const lostPort = new RegExp(`EADDRINUSE[^]*:${first.listening?.told}\\b`);
    if (!lostPort.test(first.output.text())) throw error;
  }
  const second = await launch();
  await waitUntilListening(second, sources, limitMs);
  return second;
}
