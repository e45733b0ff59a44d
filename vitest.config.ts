import { defineConfig } from "vitest/config";

// CI counts what ran from a report in JSON; LAB_TEST_REPORT names the file.
const report = process.env.LAB_TEST_REPORT;

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
    reporters: report ? ["default", "json"] : ["default"],
    ...(report ? { outputFile: { json: report } } : {}),
  },
});
