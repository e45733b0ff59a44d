import type { ConfigAnswer, ConfigExercise } from "redis-learning-lab";

/** The rule of the lesson: a snapshot 1 second after the last one, if at least 25 changes were made since. */
const SECONDS = 1;
const CHANGES = 25;
/** More than anybody waits for: this writing goes on until the server is killed. */
const WITHOUT_END = "1000000";

type Cli = (...args: string[]) => Promise<string>;

/** A server with the answer's file, and redis-cli logged in to it where the file has a password. */
async function boot(answer: ConfigAnswer) {
  const server = await answer.boot();
  const password = answer.directive("requirepass")?.[0];
  const login = password ? ["-a", password, "--no-auth-warning"] : [];
  const cli: Cli = (...args) => server.cli(...login, ...args);
  return { server, cli };
}

/** The value of a setting: everything after its name. */
const setting = async (cli: Cli, name: string) =>
  (await cli("CONFIG", "GET", name)).split("\n").slice(1).join(" ").trim();

/** Seconds since 1970 by the server's clock. */
async function clock(cli: Cli): Promise<number> {
  const [seconds, micros] = (await cli("TIME")).split(/\s+/).map(Number);
  return Number(seconds) + Number(micros) / 1e6;
}

/** What is wrong with the snapshot rules that CONFIG GET shows: "3600 1 300 100". */
function whyNotTheRule(rules: string): string | undefined {
  if (rules === "") return 'No rule is left: save "" takes away those before it.';
  if (rules === `${CHANGES} ${SECONDS}`)
    return "The numbers are swapped: first come the seconds, then the changes.";
  if (rules.startsWith("3600 1 300 100"))
    return "These are the rules that Redis has without a line save: the soonest waits a minute.";
  return undefined;
}

/** Seconds and changes of each rule that CONFIG GET shows. */
function pairsOf(rules: string): [seconds: number, changes: number][] {
  const numbers = rules.split(" ").map(Number);
  return numbers.flatMap((seconds, i) =>
    i % 2 === 0 ? [[seconds, numbers[i + 1] ?? 0] as [number, number]] : [],
  );
}

export default {
  title: "Persistence: what is still there after a crash",
  objectives: ["O1 run a Redis server on your machine", "feature: persistence, dump to disk and command log"],
  form: "config",
  answer: "redis.conf",
  hints: [
    "You need three lines: one switches the log on, one says when it is flushed, one is the rule for snapshots.",
    "The log is appendonly. Flushing once a second loses up to a second: which of the three values waits for the disk at each write?",
    "A rule is save, then seconds, then changes. Without a line of yours, Redis has rules, but they wait at least a minute.",
    "appendonly yes, then appendfsync with the value that does it always, then save 1 and the number of changes.",
  ],
  checks: [
    {
      id: "start",
      title: "redis-server starts with your file, and redis-cli can work with it",
      async run({ answer, expect }) {
        const { cli } = await boot(answer);
        const reply = await cli("PING");
        expect.that(reply === "PONG", "the server runs, but does not answer redis-cli at 127.0.0.1", {
          expected: "PONG",
          actual: reply,
          cause: /NOAUTH|NOPERM|WRONGPASS/.test(reply)
            ? "Set a password with requirepass, or none: the lab does not log in by user lines."
            : "bind has to name 127.0.0.1, if there is such a line.",
        });
      },
    },
    {
      id: "log",
      title: "A log is flushed at each write, and after kill -9 every acknowledged write is there",
      after: "start",
      points: 4,
      limitMs: 15_000,
      async run({ answer, random, expect }) {
        const { server, cli } = await boot(answer);
        expect
          .value(await setting(cli, "appendonly"), "appendonly, as redis-cli CONFIG GET shows it,")
          .equals("yes", {
            cause:
              "There is no log yet, so a crash loses what no snapshot holds, and there is nothing to flush.",
          });
        // Before the crash: without flushing it loses something now and then, and a score must not be luck.
        expect
          .value(await setting(cli, "appendfsync"), "appendfsync, as redis-cli CONFIG GET shows it,")
          .equals("always", {
            cause: (value) =>
              value === "no"
                ? "The operating system decides when it flushes: up to half a minute is lost when the machine fails."
                : "everysec flushes once a second, also where the line is left out: when the machine fails, up to two seconds are lost.",
          });
        expect
          .value(
            await setting(cli, "no-appendfsync-on-rewrite"),
            "no-appendfsync-on-rewrite, as redis-cli CONFIG GET shows it,",
          )
          .equals("no", {
            cause: "yes means: no flushing while the log is being rewritten. Leave the line out.",
          });
        const [visits, order] = random.words(2) as [string, string];
        const counting = cli("-r", WITHOUT_END, "INCR", visits);
        const orders = random.list(8, (i) => [`${order}:${i}`, random.text()] as const);
        for (const [key, value] of orders) await cli("SET", key, value);
        const seen = await expect.eventually(
          async () => Number(await cli("GET", visits)),
          (count) => count >= 20,
          "Redis does not count",
          { withinMs: 4_000 },
        );
        await server.kill();
        // What redis-cli printed before the server was gone was acknowledged as well.
        const printed = Number((await counting).match(/^\d+$/gm)?.at(-1) ?? 0);
        await server.restart();
        const found = (await cli("MGET", ...orders.map(([key]) => key))).split("\n");
        const stored = orders.filter(([, value], i) => found[i] === value).length;
        expect.that(stored === orders.length, "acknowledged writes are gone after kill -9 and a new start", {
          expected: `${orders.length} keys: ${order}:0 to ${order}:${orders.length - 1}`,
          actual: `${stored} of them`,
        });
        const acknowledged = Math.max(seen, printed);
        const counted = Number(await cli("GET", visits));
        expect.value(counted, "the counter after the crash").atLeast(acknowledged);
      },
    },
    {
      id: "snapshot",
      title: `A snapshot is made after ${SECONDS} second with ${CHANGES} changes, and not for fewer`,
      after: "start",
      points: 2,
      limitMs: 15_000,
      async run({ answer, random, expect }) {
        const { cli } = await boot(answer);
        const rules = await setting(cli, "save");
        expect.that(` ${rules} `.includes(` ${SECONDS} ${CHANGES} `), "the rule for snapshots is not there", {
          expected: `CONFIG GET save: ${SECONDS} ${CHANGES}`,
          actual: `CONFIG GET save: ${rules || "(none)"}`,
          cause: whyNotTheRule(rules),
        });
        const others = pairsOf(rules).filter(([seconds, changes]) => seconds < 60 && changes !== CHANGES);
        expect.that(others.length === 0, "another rule makes snapshots all the time", {
          expected: "other rules wait for 60 seconds or more",
          actual: others.map((pair) => `save ${pair.join(" ")}`).join(", "),
          cause: "Leave it out: the rule of the task is the only short one.",
        });
        const key = random.word();
        const before = await cli("LASTSAVE");
        await cli("-r", String(CHANGES - 1), "INCR", key);
        // Redis compares whole seconds, ten times a second: by then it would have begun.
        const untilThen = Number(before) + SECONDS + 1.3 - (await clock(cli));
        await expect.stays(untilThen * 1000, async () => {
          const early = /rdb_bgsave_in_progress:1/.test(await cli("INFO", "persistence"));
          expect.that(!early && (await cli("LASTSAVE")) === before, "a snapshot was made too early", {
            expected: `no snapshot yet, after ${CHANGES - 1} changes`,
            actual: `a snapshot, by one of these rules: CONFIG GET save: ${rules}`,
            cause: "Each line with save adds a rule. Take out those that need fewer changes.",
          });
        });
        await cli("INCR", key);
        await expect.eventually(
          () => cli("LASTSAVE"),
          (saved) => saved !== before,
          `no snapshot was made after ${CHANGES} changes`,
          { withinMs: 4_000, expected: "a later time from LASTSAVE" },
        );
      },
    },
  ],
  wrong: [
    {
      name: "another-short-rule",
      fails: "snapshot",
      why: "A second rule makes a snapshot every ten seconds, which the task does not allow.",
    },
    { name: "log-off", fails: "log", why: "The log is off: what came after the last snapshot is lost." },
    { name: "snapshots-only", fails: "log", why: "Snapshots as often as can be instead of the log." },
    {
      name: "switched-off-again",
      fails: "log",
      why: "appendonly no further down, in lines copied from elsewhere: the last line counts.",
    },
    {
      name: "every-second",
      fails: "log",
      why: "everysec: up to two seconds are lost when the machine fails.",
    },
    { name: "flush-left-out", fails: "log", why: "No appendfsync: Redis takes everysec." },
    {
      name: "system-decides",
      fails: "log",
      why: "appendfsync no: the operating system flushes when it likes.",
    },
    {
      name: "not-while-rewriting",
      fails: "log",
      why: "no-appendfsync-on-rewrite yes: not flushed while the log is rewritten.",
    },
    { name: "save-nothing", fails: "snapshot", why: 'save "" behind the rule takes it away.' },
    { name: "numbers-swapped", fails: "snapshot", why: "Changes first, then seconds." },
    {
      name: "save-left-out",
      fails: "snapshot",
      why: "No rule: those of Redis itself wait at least a minute.",
    },
    { name: "milliseconds", fails: "snapshot", why: "1000 for a second: the number is seconds." },
    { name: "every-change", fails: "snapshot", why: "A snapshot for each change, besides the rule." },
    { name: "appendonly-true", fails: "start", why: "true for yes." },
    { name: "seconds-with-unit", fails: "start", why: "save 1s 25: the numbers have no units." },
    { name: "changes-left-out", fails: "start", why: "save 1: one number of two." },
    {
      name: "own-folder",
      fails: "start",
      why: "dir, as in many tutorials: the lab has a folder for each server.",
    },
    { name: "value-for-another", fails: "start", why: "appendfsync yes: it is no switch." },
  ],
} satisfies ConfigExercise;
