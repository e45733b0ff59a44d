/** Module answers: exported functions, called one by one in a runner. */
import type { ModuleAnswer, Outcome } from "../../course/vocabulary.ts";
import type { Cell } from "../../sandbox/sandbox.ts";
import { type Bundle, bundleAnswer } from "../bundle.ts";
import { describeValue } from "../compare.ts";
import type { Evidence } from "../evidence.ts";
import { AnswerFault } from "../fault.ts";
import { type AnswerDriver, answerRedisUrl, type DriverInput } from "./answer.ts";
import { errorCause, type RunnerClient, startRunner } from "./runner-client.ts";

const BUNDLE_FILE = "answer.mjs";

interface LoadedRunner {
  readonly client: RunnerClient;
  readonly exports: readonly string[];
  readonly generation: number;
}

export function moduleDriver(input: DriverInput): AnswerDriver {
  let sources: readonly string[] = [];
  const cell = input.sandbox.open();
  // The first runner starts before the bundle is made: Node's start is the longest part of a short grading.
  let warmRunner: Promise<RunnerClient> | undefined = cell.then((opened) =>
    startRunner(opened, () => sources),
  );
  const bundled: Promise<Bundle> = bundleAnswer(input.answer).then(async (bundle) => {
    sources = bundle.sources;
    await (await cell).write(BUNDLE_FILE, bundle.code);
    return bundle;
  });
  for (const started of [cell, warmRunner, bundled]) started.catch(() => {});

  let main: LoadedRunner | undefined;
  let unusable: AnswerFault | undefined;
  let others: LoadedRunner[] = [];

  const launch = async (): Promise<LoadedRunner> => {
    const opened: Cell = await cell;
    const starting = warmRunner ?? startRunner(opened, () => sources);
    warmRunner = undefined;
    await bundled;
    const [session, client] = await Promise.all([input.session, starting]);
    const exports = await client.load(BUNDLE_FILE, answerRedisUrl(opened, session));
    return { client, exports, generation: session.generation };
  };

  const answerOf = (runner: LoadedRunner, evidence: Evidence): ModuleAnswer => {
    const outcome = async (name: string, args: readonly unknown[], limitMs?: number): Promise<Outcome> => {
      evidence.did(describeCall(name, args));
      if (!runner.exports.includes(name)) throw missingExport(name, runner.exports, input.answer.entry);
      return runner.client.call(name, args, limitMs);
    };
    return {
      outcome,
      async call(name, ...args) {
        const ended = await outcome(name, args);
        if (ended.kind === "returned") return ended.value;
        if (ended.kind === "unanswered") throw new AnswerFault("timeout", `${name} did not answer`);
        const { error } = ended;
        throw new AnswerFault(
          "failed",
          `${name} threw ${error.name}: ${error.message}${error.at ? ` (${error.at})` : ""}`,
          {
            actual: `${error.name}: ${error.message}`,
            cause: errorCause(error),
          },
        );
      },
      async another() {
        const other = await launch();
        others.push(other);
        return answerOf(other, evidence);
      },
    };
  };

  return {
    async prepare(evidence) {
      if (unusable) throw unusable;
      const session = await input.session;
      if (main?.client.hasEnded || (main && main.generation !== session.generation)) {
        const ended = main.client.hasEnded ? main.client : undefined;
        main = undefined;
        await (await cell).killAll();
        // What an earlier check left behind brought it down after that check had passed: said here, once.
        await ended?.settle().catch((error: AnswerFault) => {
          throw new AnswerFault(error.status, `after an earlier check, ${error.message}`, error.detail);
        });
      }
      try {
        main ??= await launch();
      } catch (error) {
        // It would fail the same way each time.
        if (error instanceof AnswerFault) unusable = error;
        throw error;
      }
      return answerOf(main, evidence);
    },
    async settle() {
      await Promise.all([main, ...others].map((runner) => runner?.client.settle()));
    },
    async finish(disturbed) {
      if (!disturbed && others.length === 0) return;
      // What a failed check left running must not meddle with the next one.
      others = [];
      main = undefined;
      await (await cell).killAll();
    },
    async dispose() {
      await (await cell).dispose();
    },
  };
}

function describeCall(name: string, args: readonly unknown[]): string {
  const shown = args.map((arg) => (typeof arg === "function" ? "fn" : describeValue(arg)));
  return `${name}(${["client", ...shown].join(", ")})`;
}

function missingExport(name: string, exports: readonly string[], entry: string): AnswerFault {
  return new AnswerFault("failed", `${entry} does not export a function ${name}`, {
    expected: `export async function ${name}(client, …)`,
    actual: exports.length > 0 ? `it exports ${exports.join(", ")}` : "it exports no function",
    cause: "Is the word `export` missing before the function, or its name misspelt?",
  });
}
