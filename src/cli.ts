#!/usr/bin/env node
import { Command } from "commander";
import { check } from "./commands/check.ts";
import { openTerminal } from "./commands/terminal.ts";
import { releaseAll, releaseOnInterrupt } from "./system/cleanup.ts";

releaseOnInterrupt();
const program = new Command("lab");
program
  .command("check [exercise]")
  .option("--redis <s>")
  .option("--seed <s>")
  .action(async (q, o) => {
    const t0 = performance.now();
    process.exitCode = await check(q, o, openTerminal(false));
    await releaseAll();
  });
program.command("course").command("verify").option("--redis <s>").option("--seed <s>").option("--course <d>").option("--exercise <e>").option("--repeat <n>", "", Number, 1).option("--jobs <n>", "", Number, 1).action(async (o) => {
  const { courseVerify } = await import("./commands/course-verify.ts");
  process.exitCode = await courseVerify(o, openTerminal(false));
  await releaseAll();
});
await program.parseAsync();
