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
await program.parseAsync();
