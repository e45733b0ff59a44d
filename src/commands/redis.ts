/** `lab redis`: a redis-cli on a private Redis, to try things out. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { findExerciseId } from "../course/find.ts";
import { exerciseIds } from "../course/load.ts";
import { exampleText } from "../course/texts.ts";
import { loadExample } from "../grading/example.ts";
import { splitWords } from "../grading/words.ts";
import { connectJudge } from "../redis/connection.ts";
import { binariesOnPath } from "../redis/local.ts";
import { type RedisServer, redisUrl, singleServer } from "../redis/server.ts";
import { chooseSource, parseSourceChoice } from "../redis/sources.ts";
import { renderReply } from "../report/reply.ts";
import { takeInterrupts } from "../system/cleanup.ts";
import { ExitCode, LabError } from "../system/errors.ts";
import { messages } from "./messages.ts";
import type { Terminal } from "./terminal.ts";

export interface RedisOptions {
  readonly redis?: string;
  /** Print the address and keep it running. */
  readonly url?: boolean;
  /** The exercise whose example data it begins with. */
  readonly seed?: string;
}

export async function redis(options: RedisOptions, terminal: Terminal): Promise<number> {
  const example = options.seed === undefined ? undefined : exampleOf(options.seed);
  const source = await chooseSource(parseSourceChoice(options.redis), { say: terminal.say, confined: false });
  const topology = await source.start(singleServer);
  const server = topology.primary;
  try {
    if (example !== undefined) await fill(server, example);
    if (options.url) return await keepRunning(server, terminal);
    const cli = binariesOnPath()?.cli;
    if (process.stdin.isTTY && cli) return await realCli(cli, server, terminal);
    return await smallCli(server, terminal);
  } finally {
    await topology.stop();
  }
}

function exampleOf(query: string): string {
  const ids = exerciseIds();
  const id = findExerciseId(ids, query);
  const text = exampleText(id);
  if (text !== undefined) return text;
  const those = ids.filter((one) => exampleText(one) !== undefined);
  throw new LabError(
    "usage",
    `${id} has no example data`,
    `lab redis --seed with one of: ${those.join(", ")}`,
  );
}

async function fill(server: RedisServer, example: string): Promise<void> {
  const client = await connectJudge(server);
  try {
    await loadExample(example, client);
  } finally {
    client.destroy();
  }
}

async function keepRunning(server: RedisServer, terminal: Terminal): Promise<number> {
  terminal.print(`${redisUrl(server.endpoint, server.password)}\n`);
  terminal.say(messages.redisRuns);
  await new Promise<void>((resolve) => {
    const giveBack = takeInterrupts(() => {
      giveBack();
      resolve();
    });
    // Node ends a program that waits for nothing else.
    setInterval(() => {}, 60_000);
  });
  return ExitCode.passed;
}

async function realCli(cli: string, { endpoint, password, version }: RedisServer, terminal: Terminal) {
  terminal.say(messages.redisPrivate(version));
  // Ctrl-C is for redis-cli: it ends a command that waits.
  const giveBack = takeInterrupts(() => {});
  try {
    const args = ["-h", endpoint.host, "-p", String(endpoint.port)];
    const child = spawn(cli, args, {
      stdio: "inherit",
      env: { ...process.env, REDISCLI_AUTH: password },
    });
    await new Promise<void>((resolve, reject) => {
      child.once("error", (error) =>
        reject(new LabError("environment", `${cli} could not be started: ${error.message}`, "lab doctor")),
      );
      child.once("exit", () => resolve());
    });
    return ExitCode.passed;
  } finally {
    giveBack();
  }
}

/** Commands after which a connection answers no others. */
const ENDLESS = /^([ps]?subscribe|monitor|psync|sync)$/i;

/** Ours, where there is no redis-cli, and for commands that are piped in. */
async function smallCli(server: RedisServer, terminal: Terminal): Promise<number> {
  const { stdin, stdout } = process;
  const isTyped = stdin.isTTY && stdout.isTTY;
  if (isTyped) terminal.say(messages.redisPrivate(server.version));
  const client = await connectJudge(server);
  const lines = createInterface(
    isTyped ? { input: stdin, output: stdout, prompt: "redis> " } : { input: stdin },
  );
  // Ctrl-C also ends a command that waits.
  lines.on("SIGINT", () => {
    lines.close();
    client.destroy();
  });
  /** Prints the reply; false where it is an error. */
  const send = async (words: string[]): Promise<boolean> => {
    const reply = ENDLESS.test(words[0] ?? "")
      ? new Error(messages.endless(words[0] ?? ""))
      : await client.sendCommand(words).catch((error: Error) => error);
    terminal.print(`${renderReply(reply)}\n`);
    return !(reply instanceof Error);
  };
  let good = true;
  try {
    if (isTyped) lines.prompt();
    for await (const line of lines) {
      const words = splitWords(line.trim());
      if (words === undefined) {
        terminal.print("(error) the quotes are not balanced\n");
        good = false;
      } else if (/^(exit|quit)$/i.test(words[0] ?? "")) break;
      else if (words.length > 0 && !line.trimStart().startsWith("#")) good = (await send(words)) && good;
      if (!client.isReady && !isTyped)
        throw new LabError("environment", "the connection to Redis has ended", "lab redis");
      if (!client.isReady) break;
      if (isTyped) lines.prompt();
    }
  } finally {
    client.destroy();
    lines.close();
  }
  return isTyped || good ? ExitCode.passed : ExitCode.notPassed;
}
