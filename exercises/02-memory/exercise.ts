import type { ConfigAnswer, ConfigExercise } from "redis-learning-lab";

const MEGABYTE = 1024 * 1024;
const LIMIT = 8 * MEGABYTE;
/** Redis makes room before a command, not after it: so it is a little above. */
const MOST = Math.floor(LIMIT * 1.1);

/** Stores 10 keys of about 4 KB under new names: ARGV is a prefix and 8 characters that fill the values. */
const STORE_TEN = `
local now = table.concat(redis.call('TIME'), '.')
for i = 1, 10 do redis.call('SET', ARGV[1] .. ':' .. now .. ':' .. i, string.rep(ARGV[2], 500)) end
return 10`
  .trim()
  .replaceAll("\n", " ");
/** How often it runs for three times the limit: 640 × 10 × 4000 bytes. */
const THREE_LIMITS = 640;

type Cli = (...args: string[]) => Promise<string>;

/** A server with the answer's file, and redis-cli logged in to it where the file has a password. */
async function boot(answer: ConfigAnswer): Promise<Cli> {
  const server = await answer.boot();
  const password = answer.directive("requirepass")?.[0];
  const login = password ? ["-a", password, "--no-auth-warning"] : [];
  return (...args) => server.cli(...login, ...args);
}

const fill = (cli: Cli, times: number, prefix: string, filling: string) =>
  cli("-r", String(times), "EVAL", STORE_TEN, "0", prefix, filling);

/** A number that the server tells about itself. */
async function info(cli: Cli, section: string, field: string): Promise<number> {
  return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(await cli("INFO", section))?.[1]);
}

const setting = async (cli: Cli, name: string) => (await cli("CONFIG", "GET", name)).split(/\s+/)[1] ?? "";

/** Why a limit in bytes is not 8 MB. */
function whyNotEight(bytes: number): string | undefined {
  if (bytes === 8_000_000) return "m is 1000 × 1000 bytes. The unit of 1024 × 1024 bytes is mb.";
  if (bytes === 8 || bytes === 8192)
    return "A number without a unit is bytes, and kb is 1024 bytes: 8 MB is 8mb.";
  return undefined;
}

/** Why a policy lets writes be refused. */
function whyRefused(policy: string, lines: number): string | undefined {
  if (lines > 1) return `Your file has ${lines} lines with maxmemory-policy. The last one counts: ${policy}.`;
  if (policy === "noeviction")
    return "The policy is noeviction, which deletes nothing: that is also so without a line maxmemory-policy.";
  if (policy.startsWith("volatile"))
    return `${policy} deletes keys with a time to live only, and these have none: there is nothing to delete.`;
  return undefined;
}

export default {
  title: "Memory: a limit, and what goes when it is reached",
  objectives: ["O1 run a Redis server on your machine", "feature: in-memory storage"],
  form: "config",
  answer: "redis.conf",
  hints: [
    "You need two lines: how much memory there is, and which keys go when it is full.",
    "The lines are maxmemory and maxmemory-policy. Look at the table of units: which one is 1,048,576 bytes?",
    "No key has a time to live, so the policy must be one that may delete every key. Of those, one takes any key by chance: that is not yours.",
    "maxmemory 8mb, and for the policy allkeys- with one of the two ways that look at how a key is used.",
  ],
  checks: [
    {
      id: "start",
      title: "redis-server starts with your file, and redis-cli can work with it",
      async run({ answer, expect }) {
        const cli = await boot(answer);
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
      id: "memory",
      title: "A program stores three times the limit, and the memory stays below it",
      after: "start",
      points: 2,
      async run({ answer, random, expect }) {
        const cli = await boot(answer);
        await fill(cli, THREE_LIMITS, random.word(), random.id().slice(0, 8));
        const limit = await setting(cli, "maxmemory");
        // The buffer of an append-only log is beside the limit, and on a busy machine Redis makes room a little later.
        const counted = async () =>
          (await info(cli, "memory", "used_memory")) -
          (await info(cli, "memory", "mem_not_counted_for_evict"));
        await expect.eventually(counted, (bytes) => bytes <= MOST, "Redis uses more memory than it may", {
          withinMs: 1_000,
          expected: `INFO memory, used_memory: at most ${MOST} (8 MB and a tenth)`,
          cause:
            limit === "0"
              ? "Nothing limits the data: that is a line with maxmemory. maxmemory-policy alone limits nothing."
              : `The limit of your file is ${limit} bytes: are number and unit right?`,
        });
      },
    },
    {
      id: "limit",
      title: "The limit is 8 MB, which is 8,388,608 bytes",
      after: "memory",
      async run({ answer, expect }) {
        const bytes = Number(await setting(await boot(answer), "maxmemory"));
        expect.that(bytes === LIMIT, "the limit is not right", {
          expected: `CONFIG GET maxmemory: ${LIMIT}`,
          actual: `CONFIG GET maxmemory: ${bytes}`,
          cause: whyNotEight(bytes),
        });
      },
    },
    {
      id: "refused",
      title: "When the memory is full, no write is refused",
      after: "memory",
      points: 2,
      async run({ answer, random, expect }) {
        const cli = await boot(answer);
        const replies = await fill(cli, THREE_LIMITS, random.word(), random.id().slice(0, 8));
        const stored = replies.split("\n").filter((line) => line === "10").length;
        expect.that(stored === THREE_LIMITS, "writes were refused", {
          expected: `${THREE_LIMITS * 10} keys written`,
          actual: `${stored * 10} keys written, then: ${/OOM[^.\n]*/.exec(replies)?.[0] ?? replies.slice(-200)}`,
          cause: whyRefused(
            await setting(cli, "maxmemory-policy"),
            answer.directives("maxmemory-policy").length,
          ),
        });
      },
    },
    {
      id: "survive",
      title: "Keys that are still being read stay; others make room",
      after: "refused",
      points: 3,
      limitMs: 10_000,
      async run({ answer, random, expect }) {
        const cli = await boot(answer);
        const samples = Number(await setting(cli, "maxmemory-samples"));
        expect.that(samples >= 5, "Redis looks at too few keys when it chooses one to delete", {
          expected: "maxmemory-samples: 5 or more",
          actual: `maxmemory-samples: ${samples}`,
          cause: "Leave the line out: then it looks at 5.",
        });
        const [old, fresh, read] = random.words(3) as [string, string, string];
        await fill(cli, 160, old, random.id().slice(0, 8));
        const keys = random.list(25, (i) => `${read}:${i}`);
        await cli("MSET", ...keys.flatMap((key) => [key, random.id()]));
        // Redis notes a key's last use in whole seconds: only what is read in a later one is used later.
        const second = await info(cli, "server", "lru_clock");
        await expect.eventually(
          () => info(cli, "server", "lru_clock"),
          (now) => now !== second,
          "the server's clock stands still",
          { withinMs: 4_000 },
        );
        await cli("-r", "5", "MGET", ...keys);
        await fill(cli, 100, fresh, random.id().slice(0, 8));
        const left = Number(await cli("EXISTS", ...keys));
        const policy = await setting(cli, "maxmemory-policy");
        expect.that(left === keys.length, "keys that are still being read were deleted", {
          expected: `all ${keys.length} keys that were read a moment ago (EXISTS)`,
          actual: `${left} of them, with the policy ${policy}`,
          cause: policy.endsWith("random")
            ? "random deletes any key. Take a policy that looks at when, or how often, a key was used."
            : undefined,
        });
      },
    },
  ],
  wrong: [
    { name: "no-limit", fails: "memory", why: "Only a policy: without maxmemory there is no limit." },
    { name: "gigabytes", fails: "memory", why: "8gb: the unit of a larger machine." },
    {
      name: "limit-of-clients",
      fails: "memory",
      why: "maxmemory-clients limits what connections take, not the data.",
    },
    { name: "million-bytes", fails: "limit", why: "8m is 8,000,000 bytes." },
    { name: "kilobytes", fails: "limit", why: "8192 without a unit, meant as KB: it is bytes." },
    { name: "no-unit", fails: "limit", why: "8 without a unit: 8 bytes." },
    { name: "half", fails: "limit", why: "4mb: keeps half of the memory for something else." },
    { name: "no-policy", fails: "refused", why: "No policy: Redis takes noeviction." },
    { name: "noeviction", fails: "refused", why: "noeviction: writes are refused when the memory is full." },
    {
      name: "later-line-wins",
      fails: "refused",
      why: "A good policy, and further down the line of a copied file that replaces it.",
    },
    {
      name: "volatile-lru",
      fails: "refused",
      why: "volatile-lru: the keys have no time to live, so none may go.",
    },
    { name: "volatile-ttl", fails: "refused", why: "volatile-ttl: the same, of the shortest time to live." },
    { name: "random", fails: "survive", why: "allkeys-random deletes keys that are being read." },
    {
      name: "one-sample",
      fails: "survive",
      why: "Looks at one key to choose from, so it is the one that goes.",
    },
    { name: "unknown-policy", fails: "start", why: "lru: there is no policy of that name." },
    { name: "space-before-the-unit", fails: "start", why: "8 mb: two values instead of one." },
    { name: "underscores", fails: "start", why: "maxmemory_policy: names of settings have hyphens." },
    {
      name: "user-line",
      fails: "start",
      why: "A user line with a password, which the lab does not log in with.",
    },
  ],
} satisfies ConfigExercise;
