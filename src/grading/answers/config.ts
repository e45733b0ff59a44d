/** Config answers: a redis.conf that a server is started with. */

import type { BootedServer, ConfigAnswer } from "../../course/vocabulary.ts";
import { type ConfiguredServer, RedisDidNotStart } from "../../redis/server.ts";
import type { CollectedAnswer } from "../collect.ts";
import { AnswerFault } from "../fault.ts";
import { whyNotText } from "../text-file.ts";
import { splitWords, typedWords } from "../words.ts";
import { type AnswerDriver, type DriverInput, lastLines } from "./answer.ts";

/** Characters shown of one argument of redis-cli: a check's long script tells a reader nothing. */
const SHOWN_WORD = 40;

interface Directive {
  readonly line: number;
  readonly name: string;
  readonly args: readonly string[];
}

/** Directives that would reach outside of the server's own folder, and why each is refused. */
const REFUSED: Readonly<Record<string, string>> = {
  include: "it reads other files of the machine",
  loadmodule: "it loads other programs",
  aclfile: "it reads other files of the machine: write `user` lines instead",
  unixsocket: "it makes a file outside of the server's folder",
  daemonize: "the lab starts the server, and must be able to stop it",
  supervised: "the lab starts the server, and must be able to stop it",
  logfile: "the lab reads the log",
  "syslog-enabled": "the lab reads the log",
  dir: "the lab gives each server a folder of its own",
  dbfilename: "the lab gives each server a folder of its own",
  appenddirname: "the lab gives each server a folder of its own",
  appendfilename: "the lab gives each server a folder of its own",
  "rename-command": "the lab could no longer check it",
  replicaof: "it connects to another server",
  slaveof: "it connects to another server",
  "enable-debug-command": "it opens commands that stop the server",
  "enable-module-command": "it loads other programs",
  "oom-score-adj": "it changes how the machine treats its processes",
  "tls-cert-file": "it reads other files of the machine",
  "tls-key-file": "it reads other files of the machine",
  "tls-ca-cert-file": "it reads other files of the machine",
  "tls-ca-cert-dir": "it reads other files of the machine",
  "tls-client-cert-file": "it reads other files of the machine",
  "tls-client-key-file": "it reads other files of the machine",
  "tls-dh-params-file": "it reads other files of the machine",
  "cluster-config-file": "it makes a file outside of the server's folder",
};
/** Settings of a refused directive that are the default anyway. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  daemonize: ["no"],
  supervised: ["no", "auto"],
  logfile: [""],
  "syslog-enabled": ["no"],
  dir: [".", "./"],
  dbfilename: ["dump.rdb"],
  appenddirname: ["appendonlydir"],
  appendfilename: ["appendonly.aof"],
  "oom-score-adj": ["no"],
  "enable-debug-command": ["no"],
  "enable-module-command": ["no"],
};

export function configDriver(input: DriverInput): AnswerDriver {
  const parsed = input.answer.then(parseConfiguration);
  parsed.catch(() => {});
  let running: ConfiguredServer[] = [];
  const stopAll = async () => {
    await Promise.all(running.splice(0).map((server) => server.stop()));
  };
  return {
    async prepare(evidence) {
      const { entry } = await input.answer;
      const directives = await parsed;
      const argumentsOf = (name: string) =>
        directives.filter((one) => one.name === name.toLowerCase()).map(({ args }) => args);
      const answer: ConfigAnswer = {
        directive: (name) => argumentsOf(name).at(-1),
        directives: argumentsOf,
        async boot() {
          evidence.did(`redis-server ${entry}`);
          const text = directives
            .map(({ name, args }) => [name, ...args.map(quoteForConfig)].join(" "))
            .join("\n");
          try {
            const server = await input.source.boot(text);
            running.push(server);
            // A source that finds each port taken gives up in the end, with a server that is not there.
            if (/Failed listening on port/.test(server.log) && !/Ready to accept/.test(server.log))
              throw new RedisDidNotStart(server.log);
            return bootedServer(server, entry, portOf(directives), evidence.did);
          } catch (error) {
            if (error instanceof RedisDidNotStart) throw startFault(error.log, directives);
            throw error;
          }
        },
      };
      return answer;
    },
    async settle() {},
    finish: stopAll,
    async dispose() {
      await stopAll();
      running = [];
    },
  };
}

function portOf(directives: readonly Directive[]): string {
  return directives.findLast(({ name }) => name === "port")?.args[0] ?? "6379";
}

function bootedServer(
  server: ConfiguredServer,
  entry: string,
  port: string,
  did: (action: string) => void,
): BootedServer {
  return {
    async cli(...args) {
      did(`redis-cli ${port === "6379" ? "" : `-p ${port} `}${typedWords(args, SHOWN_WORD)}`);
      return (await server.cli(args)).trim();
    },
    kill() {
      did("kill -9 the redis-server");
      return server.kill();
    },
    restart() {
      did(`redis-server ${entry}, in the same folder`);
      return server.restart();
    },
  };
}

/** @throws AnswerFault at a line that Redis would not read, or that is refused. */
export function parseConfiguration({ entry, files }: CollectedAnswer): Directive[] {
  const content = files.find((file) => file.path === entry)?.content ?? Buffer.alloc(0);
  const trouble = whyNotText(entry, content);
  if (trouble) throw new AnswerFault("failed", trouble);
  const directives: Directive[] = [];
  const text = content.toString("utf8");
  if (text.startsWith("\ufeff")) {
    throw new AnswerFault("failed", `${entry} begins with a byte order mark, three bytes that nobody sees`, {
      cause: "redis-server takes them for a part of the first setting: save the file as UTF-8 without BOM.",
    });
  }
  const lines = text.split(/\r?\n/);
  for (const [index, text] of lines.entries()) {
    if (text.trim() === "" || text.trimStart().startsWith("#")) continue;
    const [name, ...args] = splitWords(text) ?? [];
    const line = index + 1;
    if (name === undefined) {
      throw new AnswerFault("failed", `${entry}:${line}: the quotes are not balanced`, { actual: text });
    }
    const directive = { line, name: name.toLowerCase(), args };
    const reason = refusal(directive);
    if (reason)
      throw new AnswerFault("failed", `${entry}:${line}: "${directive.name}" is refused: ${reason}`, {
        actual: text,
      });
    directives.push(directive);
  }
  return directives;
}

function refusal({ name, args }: Directive): string | undefined {
  const reason = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
  if (!reason) return undefined;
  return HARMLESS[name]?.includes(args.join(" ")) ? undefined : reason;
}

function quoteForConfig(arg: string): string {
  if (/^[^\s"'\\#]+$/.test(arg)) return arg;
  const bytes = Buffer.from(arg, "utf8").toString("latin1");
  const escaped = bytes.replace(/[^\x20-\x7e]|["\\]/g, (char) =>
    char === '"' || char === "\\" ? `\\${char}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `"${escaped}"`;
}

/** What Redis' log says when it does not start, and what a beginner has to change; the first that matches. */
const START_CAUSES: readonly (readonly [RegExp, string])[] = [
  [/>>> '[\w-]+(:| ?=| : )/, "There is no = or : between name and value: a space alone."],
  [
    /Bad directive/,
    "Redis does not know a setting of this name. Names are written with hyphens, and a space comes before the value.",
  ],
  [/>>> '[\w-]+ \d+ +[kmg]b?'/i, "A number and its unit are one word: there is no space between them."],
  [/must be a memory value/, "A size is a whole number with its unit right behind it: kb, mb or gb."],
  [/Invalid save parameters/, "save takes pairs of whole numbers without units: seconds, then changes."],
  [
    /wrong number of arguments/i,
    "Too many values, or none. A value with spaces needs quotes, and a comment needs a line of its own.",
  ],
  [
    /Address already in use/,
    "bind names the same address twice. 0.0.0.0 and * mean every address of the machine, 127.0.0.1 among them: leave out what you do not mean.",
  ],
  [
    /Cannot assign requested address|Name or service not known/i,
    "bind names an address that this machine does not have.",
  ],
];

/** Redis counts the lines that it was given, which are the directives alone: told here by the student's own line. */
function startFault(log: string, directives: readonly Directive[]): AnswerFault {
  const reported = /at line (\d+)/i.exec(log)?.[1];
  const directive = reported ? directives[Number(reported) - 1] : undefined;
  const where = directive
    ? ` because of line ${directive.line}: ${directive.name} ${directive.args.join(" ")}`
    : "";
  return new AnswerFault("failed", `redis-server does not start with this file${where}`, {
    expected: "Ready to accept connections",
    actual: reasonIn(directive ? log.replace(/at line \d+/i, `at line ${directive.line}`) : log),
    cause: START_CAUSES.find(([pattern]) => pattern.test(log))?.[1],
  });
}

/** What Redis says about a file that it cannot read; of another end the last two lines, without process and date. */
function reasonIn(log: string): string {
  const lines = log.trim().split("\n");
  const fatal = lines.findLastIndex((line) => line.includes("FATAL CONFIG FILE ERROR"));
  if (fatal >= 0) return lastLines(lines.slice(fatal).join("\n"));
  return lastLines(lines.map((line) => line.replace(/^\d+:[A-Z] .*? [*#.-] /, "")).join("\n"), 2);
}
