import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// CI counts what ran from a report in JSON; LAB_TEST_REPORT names the file.
const report = process.env.LAB_TEST_REPORT;

/** Files that take minutes, begun first: begun last, they would be waited for alone. */
const LONG = ["course/right-answers", "course/wrong-answers", "cli/cli", "cli/sandboxes", "hostile/"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = LONG.findIndex((name) => moduleId.includes(`/test/${name}`));
      return found < 0 ? LONG.length : found;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  resolve: { alias: { "redis-learning-lab": new URL("src/course/exercise.ts", import.meta.url).pathname } },
  test: {
    projects: [
      { extends: true, test: { name: "lab", include: ["test/**/*.test.ts"] } },
      // What submissions may do to a grader, once more in each strong sandbox.
      ...["bubblewrap", "docker"].map((sandbox) => ({
        extends: true as const,
        test: {
          name: sandbox,
          include: ["test/hostile/**/*.test.ts"],
          // The judge refuses these before a sandbox has anything to do with them.
          exclude: ["test/hostile/refused.test.ts"],
          setupFiles: ["test/support/strong-sandbox.ts"],
          env: { LAB_TEST_SANDBOX: sandbox },
        },
      })),
    ],
    // Many tests start real servers and programs, on a machine that may be busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    reporters: report ? ["default", "json"] : ["default"],
    ...(report ? { outputFile: { json: report } } : {}),
  },
});
