#!/usr/bin/env node
/** The commander program: which commands there are and what they take. Each is loaded when it is called. */
import { type Argument, Command, Option } from "commander";
import { distance } from "fastest-levenshtein";
import { messages } from "./commands/messages.ts";
import { openTerminal, type Terminal } from "./commands/terminal.ts";
import { prose } from "./report/text.ts";
import { isInterrupted, releaseAll, releaseOnInterrupt } from "./system/cleanup.ts";
import { ExitCode, LabError, messageOf } from "./system/errors.ts";
import { labVersion } from "./system/package-root.ts";

const program = new Command("lab")
  .description(messages.description)
  .version(labVersion, "-V, --version")
  .option("--no-color", "plain text, without colours")
  .option("--plain", "words instead of signs, no painted pages and no tables: for screen readers")
  .option("--debug", "show where an error of the lab's own came from")
  .showHelpAfterError("Run `lab --help` for the commands.")
  .addHelpText("after", () => prose(messages.examples, chosenTerminal().style.width))
  .configureOutput({
    getOutHelpWidth: () => chosenTerminal().style.width,
    getErrHelpWidth: () => chosenTerminal().style.width,
    getOutHasColors: () => chosenTerminal().style.chalk.level > 0,
  })
  .configureHelp({
    minWidthToWrap: 20,
    // Without "[options]" at nearly all of them, which leaves more room to say what they do.
    subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(termOf)].join(" "),
    styleTitle: (text) => chosenTerminal().style.chalk.bold(text),
    styleSubcommandTerm: (text) => chosenTerminal().style.chalk.cyan(text),
    styleOptionTerm: (text) => chosenTerminal().style.chalk.cyan(text),
    styleArgumentTerm: (text) => chosenTerminal().style.chalk.cyan(text),
  })
  .exitOverride((exit) => process.exit(exit.exitCode === 0 ? 0 : ExitCode.usage));

const HERE = "Your answers and this machine:";

const redis = () =>
  new Option("--redis <source>", "where Redis comes from").choices(["auto", "testcontainers", "local"]);
const sandbox = () =>
  new Option("--sandbox <sandbox>", "where answers run").choices(["auto", "docker", "bubblewrap", "process"]);
const seed = () => new Option("--seed <seed>", "draw the same random values again");

program.allowExcessArguments().action(async (_options, command: Command) => {
  const [unknown] = command.args;
  if (unknown === undefined) {
    await program.parseAsync(["next"], { from: "user" });
    return;
  }
  const known = program.commands.map((one) => one.name());
  const nearest = known.sort((a, b) => distance(a, unknown) - distance(b, unknown))[0];
  await run(() => {
    throw new LabError(
      "usage",
      `there is no command "${unknown}"; did you mean: lab ${nearest}`,
      "lab --help",
    );
  });
});

program
  .commandsGroup("Learn:")
  .command("next")
  .description("grade the current exercise; when it passes, go on to the next lesson")
  .addOption(redis())
  .addOption(sandbox())
  .addOption(seed())
  .option("--skip", "go on to the next lesson without a pass; the exercise stays open")
  .action((options) => run(async (terminal) => (await import("./commands/next.ts")).next(options, terminal)));

program
  .command("check")
  .description("grade an exercise, without moving on")
  .argument("[exercise]", "number, name or part of a name; the current one when left out")
  .addOption(redis())
  .addOption(sandbox())
  .addOption(seed())
  .option("--trace", "show what Redis received in every check")
  .action((exercise, options) =>
    run(async (terminal) => (await import("./commands/check.ts")).check(exercise, options, terminal)),
  );

program
  .command("watch")
  .description("grade the current exercise on every save")
  .addOption(redis())
  .addOption(sandbox())
  .addOption(seed())
  .action((options) =>
    run(async (terminal) => (await import("./commands/watch.ts")).watch(options, terminal)),
  );

program
  .command("list")
  .description("the course, with your progress")
  .action(() => run(async (terminal) => (await import("./commands/list.ts")).list(terminal)));

program
  .command("show")
  .description("show a lesson")
  .argument("[exercise]", "number, name or part of a name; the current one when left out")
  .action((exercise) =>
    run(async (terminal) => (await import("./commands/show.ts")).show(exercise, terminal)),
  );

program
  .command("hint")
  .description("show the next hint")
  .argument("[exercise]", "number, name or part of a name; the current one when left out")
  .option("--seen", "show again what was shown before")
  .action((exercise, options) =>
    run(async (terminal) => (await import("./commands/hint.ts")).hint(exercise, options, terminal)),
  );

program
  .command("solution")
  .description("show the solution beside your answer, after a pass")
  .argument("[exercise]", "number, name or part of a name; the current one when left out")
  .option("--reveal", "show it before a pass; `lab list` tells that you did")
  .action((exercise, options) =>
    run(async (terminal) => (await import("./commands/solution.ts")).solution(exercise, options, terminal)),
  );

program
  .command("reset")
  .description("put the starter back; your answer is kept")
  .argument("[exercise]", "number, name or part of a name; the current one when left out")
  .option("--list", "the answers that were kept")
  .option("--restore [copy]", "bring one of them back; the newest when left out")
  .action((exercise, options) =>
    run(async (terminal) => (await import("./commands/reset.ts")).reset(exercise, options, terminal)),
  );

program
  .commandsGroup("Try out:")
  .command("run")
  .description("run your answer on a scratch Redis, and show what it did")
  .argument("[exercise]", "number, name or part of a name; the current one when left out")
  .argument("[words...]", "a program's arguments; calls of a module's functions; what follows redis-cli")
  .addOption(redis())
  // They are for the answer.
  .allowUnknownOption()
  .action((exercise, words, options) =>
    run(async (terminal) =>
      (await import("./commands/run.ts")).runAnswer(exercise, words, options, terminal),
    ),
  );

program
  .command("redis")
  .description("a redis-cli on a private Redis, to try things out")
  .addOption(redis())
  .option("--seed <exercise>", "begin with the example data of this exercise")
  .option("--url", "print its address, and keep it running until Ctrl-C")
  .action((options) =>
    run(async (terminal) => (await import("./commands/redis.ts")).redis(options, terminal)),
  );

program
  .commandsGroup(HERE)
  .command("init")
  .description("make a workspace with the starter of every exercise")
  .argument(
    "[dir]",
    "where to make it; when left out, the one that is here is completed, or ./workspace made",
  )
  .action((dir) => run(async (terminal) => (await import("./commands/init.ts")).init(dir, terminal)));

program
  .command("pack")
  .description("make the archive of your answers to hand in")
  .option("-o, --output <file>", "where to write it; redis-lab-answers.tar.gz in the workspace when left out")
  .option("--list", "only show what would be in it")
  .action((options) => run(async (terminal) => (await import("./commands/pack.ts")).pack(options, terminal)));

program
  .command("doctor")
  .description("what is there, what is missing, and the command that mends it")
  .action(() => run(async (terminal) => (await import("./commands/doctor.ts")).doctor(terminal)));

program
  .commandsGroup("Grade:")
  .command("grade")
  .description("grade submissions: a workspace, or a folder of them")
  .argument("[path...]", "folders to grade; this workspace when left out")
  .addOption(redis())
  .addOption(sandbox())
  .addOption(seed())
  .addOption(
    new Option("--report <report>", "terminal, json or json=FILE; may be given twice").argParser(
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    ),
  )
  .option("--jobs <n>", "how many exercises to grade at once", wholeNumber)
  .option("--exercise <exercise>", "grade this exercise alone")
  .option(
    "--repeat <n>",
    "grade each answer n times, each with another seed; the worst counts",
    wholeNumber,
    1,
  )
  .action((paths, options) =>
    run(async (terminal) => (await import("./commands/grade.ts")).grade(paths, options, terminal)),
  );

const course = program.command("course").description("for authors: prove and extend the course");
course
  .command("verify")
  .description("prove that starters fail, solutions pass and wrong answers fail where they should")
  .addOption(redis())
  .addOption(sandbox())
  .addOption(seed())
  .option("--course <dir>", "the folder that holds exercises/ and solutions/; the lab's own when left out")
  .option("--exercise <exercise>", "verify this exercise alone")
  .option("--repeat <n>", "rounds, each with another seed", wholeNumber, 1)
  .option("--jobs <n>", "how many answers to grade at once", wholeNumber, 1)
  .action((options) =>
    run(async (terminal) => (await import("./commands/course-verify.ts")).courseVerify(options, terminal)),
  );
course
  .command("new")
  .description("make the folders of a new exercise")
  .argument("<name>", 'such as "bloom-filters" or "32-bloom-filters"')
  .option("--course <dir>", "the folder that holds exercises/ and solutions/; the lab's own when left out")
  .action((name, options) =>
    run(async (terminal) => (await import("./commands/course-new.ts")).courseNew(name, options, terminal)),
  );

// Only then: it looks at every other command, and loads the course.
if (process.argv[2] === "complete") {
  await (await import("./commands/complete.ts")).addCompletion(program);
} else {
  program
    .command("complete")
    .helpGroup(HERE)
    .description("print the script that completes commands and exercises in bash, zsh, fish or powershell")
    .argument("<shell>");
}

function termOf(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new LabError("usage", `"${value}" is no whole number above 0`, "lab --help");
}

function chosenTerminal(): Terminal {
  const { color, plain } = program.opts<{ color: boolean; plain?: boolean }>();
  return openTerminal(!color, plain);
}

/** Runs a command to its end: everything released, output written, the exit code set. */
async function run(command: (terminal: Terminal) => Promise<number>): Promise<void> {
  const terminal = chosenTerminal();
  let code: number;
  try {
    code = await command(terminal);
  } catch (error) {
    code = reportError(error, program.opts<{ debug?: boolean }>().debug ?? false);
  }
  // Whoever interrupted the lab is waiting for its end, which the interrupt brings about, not for its result.
  if (isInterrupted()) return;
  await releaseAll();
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))),
  );
  process.exit(code);
}

function reportError(error: unknown, debug: boolean): number {
  if (isInterrupted()) return ExitCode.interrupted;
  const known = error instanceof LabError;
  process.stderr.write(`lab: ${messageOf(error)}\n`);
  process.stderr.write(
    `     ${known ? `next: ${error.next}` : "This is a mistake of the lab's own. Run the command again with --debug, and report what it shows."}\n`,
  );
  if (debug) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return known ? error.exitCode : ExitCode.environment;
}

releaseOnInterrupt();
// `lab list | head -1` closes our output early: there is nobody left to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // EIO: the terminal was closed.
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  });
}
try {
  await program.parseAsync();
} catch (error) {
  process.exit(reportError(error, process.argv.includes("--debug")));
}
