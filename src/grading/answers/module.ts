/** Module answers: exported functions, called one by one in runners. */
import type { ModuleAnswer, Outcome } from "../../course/vocabulary.ts";
import type { Cell } from "../../sandbox/sandbox.ts";
import { poll } from "../../system/waiting.ts";
import { type Bundle, bundleAnswer } from "../bundle.ts";
import { describeValue } from "../compare.ts";
import type { Evidence } from "../evidence.ts";
import { AnswerFault } from "../fault.ts";
import { type AnswerDriver, answerRedisUrl, type DriverInput } from "./answer.ts";
import { errorCause, type RunnerClient, startRunner } from "./runner-client.ts";

const BUNDLE_FILE = "answer.mjs";
/** Milliseconds for all processes to send their first command: far more than a busy machine needs. */
const ALL_SENT_MS = 2_000;

interface LoadedRunner {
  readonly client: RunnerClient;
  readonly exports: readonly string[];
}

export function moduleDriver(input: DriverInput): AnswerDriver {
  let entry = "";
  let sources: readonly string[] = [];
  const cell = input.sandbox.open();
  // Runners start before the bundle is made: Node's start is the longest part of a short grading.
  const starting: Promise<RunnerClient>[] = [];
  const startAhead = (count: number) => {
    while (starting.length < count) {
      const runner = cell.then((opened) => startRunner(opened, () => sources));
      runner.catch(() => {});
      starting.push(runner);
    }
  };
  const processes = input.exercise.processes ?? 1;
  let ahead = input.ahead ? processes : 1;
  startAhead(ahead);
  const bundled = input.answer.then(async (answer): Promise<Bundle> => {
    const bundle = await bundleAnswer(answer);
    entry = answer.entry;
    sources = bundle.sources;
    await (await cell).write(BUNDLE_FILE, bundle.code);
    return bundle;
  });
  for (const begun of [cell, bundled]) begun.catch(() => {});

  /** Loaded and at work, the main one first; a check uses as many as it asks for. */
  let loaded: Promise<LoadedRunner>[] = [];
  let inUse = 0;
  let generation: number | undefined;
  let unusable: AnswerFault | undefined;

  const load = async (): Promise<LoadedRunner> => {
    startAhead(1);
    const started = starting.shift();
    await bundled;
    const [session, opened] = await Promise.all([input.session, cell]);
    let client = (await started) as RunnerClient;
    // It may have waited for hours; nothing of the answer has run in it yet.
    if (client.fault) client = await startRunner(opened, () => sources);
    return {
      client,
      exports: await client.load(BUNDLE_FILE, await answerRedisUrl(opened, session), input.limits.loadMs),
    };
  };
  const runnerAt = (index: number): Promise<LoadedRunner> => {
    const known = loaded[index];
    if (known) return known;
    const runner = load();
    runner.catch(() => {});
    loaded[index] = runner;
    return runner;
  };
  const startAgain = async () => {
    // The checks that need more are few, and each one that fails costs them all again.
    ahead = 1;
    loaded = [];
    starting.length = 0;
    const opened: Cell = await cell;
    await opened.killAll();
  };

  /** What passed checks left behind may crash after they ended. */
  const crashSince = async (): Promise<Error | undefined> => {
    const runners = await Promise.all(loaded.map((runner) => runner.catch(() => undefined)));
    const fault = runners.map((runner) => runner?.client.fault).find((one) => one !== undefined);
    if (!(fault instanceof AnswerFault)) return fault;
    return new AnswerFault(fault.status, `after an earlier check, ${fault.message}`, fault.detail);
  };

  const answerOf = (runner: LoadedRunner, evidence: Evidence): ModuleAnswer => {
    const outcome = async (name: string, args: readonly unknown[], limitMs?: number): Promise<Outcome> => {
      evidence.did(describeCall(name, args));
      if (!runner.exports.includes(name)) throw missingExport(name, runner.exports, entry);
      return runner.client.call(name, args, limitMs);
    };
    const valueOrFault = (name: string, ended: Outcome): unknown => {
      if (ended.kind === "returned") return ended.value;
      if (ended.kind === "unanswered") throw new AnswerFault("timeout", `${name} did not answer`);
      const { error } = ended;
      const at = error.at ? ` (${error.at})` : "";
      throw new AnswerFault("failed", `${name} threw ${error.name}: ${error.message}${at}`, {
        actual: `${error.name}: ${error.message}`,
        cause: errorCause(error),
      });
    };
    const call = async (name: string, ...args: unknown[]) => valueOrFault(name, await outcome(name, args));
    const faults = async () => {
      const { proxy } = await input.session;
      if (!proxy) throw new Error("the exercise does not say `proxied: true`");
      return proxy;
    };
    return {
      outcome,
      call,
      async callAndWait(name, ...args) {
        const proxy = await faults();
        // What another process sends while it connects would be taken for what this function sent.
        await Promise.all(loaded.map((other) => other.catch(() => {})));
        proxy.hold();
        try {
          const calling = outcome(name, args);
          const endings: Outcome[] = [];
          const noted = calling.then((how) => endings.push(how));
          // One round trip after the other: a missing await may be the last of several.
          for (;;) {
            await Promise.race([noted, poll(input.limits.checkMs, () => proxy.isHolding() || undefined)]);
            // Once the runner's event loop has turned, a function that does not wait has come back. What it sent
            // and what it gave back may arrive together: ours turns too, so that both are dealt with.
            await runner.client.settle(0);
            await (await cell).flush();
            for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
            const [ended] = endings;
            if (ended?.kind === "returned" && proxy.isHolding()) throw notAwaited(name);
            if (ended) return valueOrFault(name, ended);
            proxy.release();
          }
        } finally {
          await proxy.heal();
        }
      },
      async callAtOnce(calls) {
        const proxy = await faults();
        inUse = Math.max(inUse, processes);
        const others = Array.from({ length: processes - 1 }, (_, index) => runnerAt(index + 1));
        const runners = [runner, ...(await Promise.all(others))];
        const callers = runners.map((one) => answerOf(one, evidence));
        proxy.resetRoundTrips();
        proxy.hang();
        try {
          const calling = Promise.all(
            calls.map(([name, ...args], index) =>
              (callers[index % callers.length] as ModuleAnswer).call(name, ...args),
            ),
          );
          const allSent = poll(ALL_SENT_MS, () => proxy.roundTrips() >= runners.length || undefined);
          // What failed meanwhile says more than that nothing was sent.
          const isSent = await Promise.race([allSent, calling.then(() => allSent)]);
          if (!isSent) throw nothingSent(calls[0]?.[0] ?? "", runners.length);
          // A process that has sent something for one call has begun all of its calls, once its event loop has turned.
          const begun = Promise.all(runners.map(({ client }) => client.settle(0)));
          await Promise.race([begun, calling]);
          await (await cell).flush();
          await proxy.heal();
          return await calling;
        } finally {
          await proxy.heal();
        }
      },
      another: async () => answerOf(await runnerAt(inUse++), evidence),
    };
  };

  return {
    async prepare(evidence) {
      if (unusable) throw unusable;
      const session = await input.session;
      // After the server was replaced nothing of before may be used.
      if (generation !== undefined && generation !== session.generation) await startAgain();
      generation = session.generation;
      const crashed = await crashSince();
      if (crashed) throw crashed;
      inUse = 1;
      try {
        const main = await runnerAt(0);
        // The others load while the first checks run.
        for (let index = 1; index < ahead; index++) runnerAt(index);
        return answerOf(main, evidence);
      } catch (error) {
        // It would fail the same way each time.
        if (error instanceof AnswerFault) unusable = error;
        throw error;
      }
    },
    async settle(last) {
      const graceMs = last ? input.limits.graceMs : 0;
      await Promise.all(loaded.slice(0, inUse).map(async (runner) => (await runner).client.settle(graceMs)));
    },
    async finish(disturbed) {
      // What a failed check left running must not meddle with the next one.
      if (disturbed) await startAgain();
    },
    async dispose() {
      await (await cell).dispose();
    },
  };
}

function describeCall(name: string, args: readonly unknown[]): string {
  const shown = args.map((arg) =>
    typeof arg === "function" ? "fn" : describeValue(arg).replace(/\n\s*/g, " "),
  );
  return `${name}(${["client", ...shown].join(", ")})`;
}

function notAwaited(name: string): AnswerFault {
  return new AnswerFault("failed", `${name} came back before Redis had answered`, {
    expected: "it waits until Redis has done what it was sent",
    actual: "it came back while a command was on its way",
    cause:
      "Is an await missing before a command, or a return before its promise? forEach waits for nothing: await Promise.all(list.map(…)).",
  });
}

function nothingSent(name: string, processes: number): AnswerFault {
  const count = processes === 2 ? "two" : processes;
  return new AnswerFault("failed", `each of ${count} processes should ask Redis when ${name} is called`, {
    expected: "a command from each",
    cause: "What a variable knows, another process does not: ask Redis in every call.",
  });
}

function missingExport(name: string, exports: readonly string[], entry: string): AnswerFault {
  return new AnswerFault("failed", `${entry} does not export a function ${name}`, {
    expected: `export async function ${name}(client, …)`,
    actual: exports.length > 0 ? `it exports ${exports.join(", ")}` : "it exports no function",
    cause: "Is the word `export` missing before the function, or its name misspelt?",
  });
}
