import { defineConfig } from "vitest/config";

// CI counts what ran from a report in JSON; LAB_TEST_REPORT names the file.
const report = process.env.LAB_TEST_REPORT;

export default defineConfig({
  resolve: { alias: { "redis-learning-lab": new URL("src/course/exercise.ts", import.meta.url).pathname } },
  test: {
    include: ["test/**/*.test.ts"],
    // Many tests start real servers and programs, on a machine that may be busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: report ? ["default", "json"] : ["default"],
    ...(report ? { outputFile: { json: report } } : {}),
  },
});
