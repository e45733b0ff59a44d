import type { Expect, JudgeRedis, ModuleExercise, Outcome, Random, TracedCommand } from "redis-learning-lab";

/** Milliseconds by which it holds up each page, so that something can happen between two. */
const PAGE_MS = 40;
/** Milliseconds for reading all pages: far more than a busy machine needs. */
const AMPLE_MS = 3_000;
/** Enough for many pages of the usual size; Redis' table of keys then has 2048 places. */
const KEYS = 1_200;
/** The largest page that may be asked for. */
const LARGEST_PAGE = 1_000;

/** Four tags and 32 recipes: for each choice of tags, two recipes that have exactly these. */
async function storeRecipes(redis: JudgeRedis, random: Random) {
  const tags = [...random.words(2), random.text(), `${random.word()}:${random.word()}`];
  const recipes = random.list(32, (i) => ({
    id: random.id(),
    tags: tags.filter((_, bit) => (i >> bit) % 2 === 1),
  }));
  await Promise.all(
    recipes.flatMap(({ id, tags }) => [
      ...tags.map((tag) => redis.sAdd(`recipe:${id}:tags`, tag)),
      ...tags.map((tag) => redis.sAdd(`tag:${tag}`, id)),
    ]),
  );
  const idsWhere = (fits: (tags: readonly string[]) => boolean) =>
    recipes.filter((recipe) => fits(recipe.tags)).map(({ id }) => id);
  return { tags: random.shuffle(tags), idsWhere };
}

/** Commands that send whole sets, or members one by one, for JavaScript to compare. */
const FETCHING = ["SMEMBERS", "SSCAN", "SISMEMBER", "SMISMEMBER", "SORT", "SPOP", "SRANDMEMBER"];

function expectComputedByRedis(expect: Expect, commands: readonly TracedCommand[], command: string) {
  const direct = commands.filter(({ byScript }) => !byScript);
  expect.commands(direct).exclude(FETCHING, {
    cause: `Whole sets travel to be compared in JavaScript: ${command} does it in Redis, and sends the result alone.`,
  });
}

/** Both sides of what tags a recipe has. */
async function expectTagged(
  expect: Expect,
  id: string,
  tags: readonly string[],
  others: readonly string[],
  cause: (found: unknown) => string | undefined,
) {
  await expect.key(`recipe:${id}:tags`).isSet(tags, { cause });
  for (const tag of tags) await expect.key(`tag:${tag}`).isSet([id, ...others], { cause });
}

function addCause(found: unknown): string | undefined {
  if (found === undefined || (Array.isArray(found) && found.length === 1))
    return "Nothing was added here. Both sides are needed: recipe:<id>:tags gets the tags, and tag:<tag> of each the id.";
  if (typeof found === "string") return "A text in a string is not a set: use sAdd.";
  return "sAdd adds to what is there, and takes a list of members, each a text of its own: nothing has to be read, joined or deleted first.";
}

/** What beginners meet when they ask for pages. */
const SCAN_CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /\.(replace|replaceAll|slice|substring|split|startsWith) is not a function/,
    "scanIterator gives a page each time, a list of keys: loop over the page too.",
  ],
  [
    /not iterable|is not a function or its return value/,
    "scanIterator is read with for await, and client.scan gives an object: { cursor, keys }.",
  ],
  [/must be of type "string/, 'The cursor of client.scan is a text: it begins with "0".'],
];

/** The list that findTags gave. */
function expectList(expect: Expect, ended: Outcome): string[] {
  if (ended.kind === "threw") {
    const isForbidden = ended.error.message.startsWith("NOPERM");
    expect.that(false, isForbidden ? "findTags needs a command that is forbidden here" : "findTags failed", {
      expected: "a list of tags",
      actual: `${ended.error.name}: ${ended.error.message}`,
      cause: isForbidden
        ? "KEYS holds up everybody while it looks at every key, so many servers forbid it: SCAN looks page by page."
        : SCAN_CAUSES.find(([pattern]) => pattern.test(ended.error.message))?.[1],
    });
  }
  expect.that(ended.kind !== "unanswered", "findTags does not end", {
    expected: `a list of tags, after at most ${AMPLE_MS / 1000} s`,
    cause: 'The cursor is a text: the last page has the cursor "0", which is not === 0.',
  });
  const list = ended.kind === "returned" ? ended.value : undefined;
  expect.that(Array.isArray(list) || list instanceof Set, "findTags should give a list", {
    expected: "a list of tags",
    actual: list,
    cause: "Is a return or an await missing?",
  });
  return [...(list as Iterable<string>)];
}

function expectTags(expect: Expect, found: readonly unknown[], tags: readonly string[], what: string) {
  const known = new Set(tags);
  const odd = found.find((one) => typeof one !== "string" || !known.has(one));
  expect.that(odd === undefined, `${what}: not only such tags were found`, {
    expected: "names of tags, each a text",
    actual: odd,
    cause: Array.isArray(odd)
      ? "scanIterator gives a page each time, a list of keys: loop over the page too."
      : String(odd).startsWith("tag:")
        ? "This is the key: the name of the tag is what follows tag:."
        : String(odd).includes(",")
          ? "scanIterator gives a page each time, a list of keys: made a text, its keys are joined by commas."
          : "Only keys that begin with tag: and then the prefix are meant, and the name is all that follows tag:. The option is written MATCH, in capital letters.",
  });
  const missing = tags.filter((tag) => !found.includes(tag));
  expect.that(missing.length === 0, `${what}: ${missing.length} of ${tags.length} tags were not found`, {
    expected: `these too: ${someOf(missing)}`,
    actual: someOf(found) || "no tags",
    cause:
      found.length === 0
        ? 'The tags are among the keys, as tag:<name>, and other programs made them. Does the loop go on until the cursor is "0", also after an empty page?'
        : missing.every((tag) => tag.includes(":"))
          ? "A name may have a colon in it: it is all that follows tag:."
          : 'SCAN gives one page, which may even be empty: go on with the cursor that came with it, until that is "0". And the pattern ends with a *, right behind the prefix.',
  });
}

function someOf(tags: readonly unknown[]): string {
  return tags.slice(0, 8).join(", ") + (tags.length > 8 ? ", …" : "");
}

/** The keys on all pages from this cursor on. */
async function restOf(redis: JudgeRedis, cursor: string, options: readonly string[]): Promise<string[]> {
  const keys: string[] = [];
  let next = cursor;
  while (next !== "0") {
    const reply = await redis.sendCommand<[string, string[]]>(["SCAN", next, ...options]);
    next = reply[0];
    keys.push(...reply[1]);
  }
  return keys;
}

export default {
  title: "Sets: tags, searches, and keys by pattern",
  objectives: ["O5 deal with async operations", "feature: sets"],
  form: "module",
  answer: "recipes.ts",
  proxied: true,
  hints: [
    "The commands of sets begin with S: SADD, SREM and SISMEMBER for single members, SINTER, SUNION and SDIFF for whole sets.",
    "sAdd takes a list of members for one key. For one member in many keys, start all commands and wait for them together, as in 09: Promise.all(tags.map(…)).",
    'sInter, sUnion and sDiff take a list of keys: tags.map((tag) => "tag:" + tag). sDiff takes the first set and leaves out what is in any of the others. sIsMember gives 1 or 0.',
    'findTags: for await (const keys of client.scanIterator({ MATCH: "tag:" + prefix + "*" })) gives a page each time, a list of keys. It needs a loop of its own inside.',
    "Collect the names in a new Set(), because SCAN may give a key twice: found.add(key.slice(4)); at the end, return [...found].",
  ],
  checks: [
    {
      id: "add",
      title: "addTags adds the tags to the recipe and the recipe to each tag, and leaves the others there",
      points: 3,
      async run({ answer, redis, random, expect }) {
        const [id, other] = [random.id(), random.id()];
        const kept = random.word();
        const tags = [...random.words(3).map((word) => `${word}s`), random.text()];
        await redis.sAdd(`recipe:${id}:tags`, kept);
        await Promise.all([kept, ...tags].map((tag) => redis.sAdd(`tag:${tag}`, other)));
        await redis.sAdd(`tag:${kept}`, id);
        await answer.callAndWait("addTags", id, tags.slice(0, 3));
        await answer.callAndWait("addTags", id, tags.slice(1));
        await expectTagged(expect, id, [kept, ...tags], [other], addCause);
      },
    },
    {
      id: "remove",
      title: "removeTag takes the tag from the recipe and the recipe from the tag, and waits for both",
      async run({ answer, redis, random, trace, expect }) {
        const [id, other] = [random.id(), random.id()];
        const [tag = "", kept = ""] = random.words(2);
        await redis.sAdd(`recipe:${id}:tags`, [tag, kept]);
        for (const one of [tag, kept]) await redis.sAdd(`tag:${one}`, [id, other]);
        await answer.callAndWait("removeTag", id, tag);
        await expect.key(`recipe:${id}:tags`).isSet([kept], { cause: "sRem takes one member out of a set." });
        await expect.key(`tag:${tag}`).isSet([other], {
          cause: (found) =>
            found === undefined
              ? "Other recipes have this tag too: sRem takes out one, del takes all."
              : "Both sides: the recipe goes out of tag:<tag> too.",
        });
        await expect.key(`tag:${kept}`).isSet([id, other], { cause: "The recipe keeps its other tags." });
        expect.commands(await trace.commands()).exclude(["SMEMBERS", "DEL", "UNLINK"], {
          cause:
            "Reading the set and writing it anew loses what other programs add meanwhile: SREM takes one member out in one step.",
        });
        await answer.callAndWait("removeTag", id, kept);
        await expect.key(`recipe:${id}:tags`).isMissing();
        await expect.key(`tag:${kept}`).isSet([other]);
      },
    },
    {
      id: "member",
      title: "hasTag gives true or false, without fetching the set",
      async run({ answer, redis, random, trace, expect }) {
        const id = random.id();
        const [tag = "", another = ""] = random.words(2);
        await redis.sAdd(`recipe:${id}:tags`, [tag, random.text()]);
        await redis.sAdd(`tag:${tag}`, [id, random.id()]);
        await redis.sAdd(`tag:${another}`, random.id());
        for (const [asked, expected] of [
          [tag, true],
          [another, false],
        ] as const) {
          expect.value(await answer.call("hasTag", id, asked), "the answer").equals(expected, {
            cause: (found) =>
              typeof found === "number"
                ? "SISMEMBER answers 1 or 0: make true or false of it, with === 1."
                : "Is sIsMember called with the key of one set and what to look for in it, with await, and its answer compared with 1? A promise counts as true.",
          });
        }
        expect.commands(await trace.commands()).exclude(["SMEMBERS", "SSCAN"], {
          cause: "Every tag is sent to find one: SISMEMBER asks for one member.",
        });
      },
    },
    {
      id: "all",
      title: "withAll gives the recipes that have all tags, found by Redis",
      points: 2,
      async run({ answer, redis, random, trace, expect }) {
        const { tags, idsWhere } = await storeRecipes(redis, random);
        for (const asked of [tags.slice(0, 2), tags.slice(0, 3), [...tags.slice(0, 2), random.id()]]) {
          const expected = idsWhere((has) => asked.every((tag) => has.includes(tag)));
          expect.value(await answer.call("withAll", asked), "the list of recipes").hasMembers(expected, {
            cause: "In all of the sets tag:<tag>: that is SINTER, with all these keys in one list.",
          });
        }
        expectComputedByRedis(expect, await trace.commands(), "SINTER");
      },
    },
    {
      id: "any",
      title: "withAny gives the recipes that have at least one of the tags, each once, found by Redis",
      async run({ answer, redis, random, trace, expect }) {
        const { tags, idsWhere } = await storeRecipes(redis, random);
        for (const asked of [tags.slice(0, 2), tags.slice(0, 3), [...tags.slice(0, 2), random.id()]]) {
          const expected = idsWhere((has) => asked.some((tag) => has.includes(tag)));
          expect.value(await answer.call("withAny", asked), "the list of recipes").hasMembers(expected, {
            cause:
              "In at least one of the sets tag:<tag>, each once: that is SUNION, with all these keys in one list.",
          });
        }
        expectComputedByRedis(expect, await trace.commands(), "SUNION");
      },
    },
    {
      id: "without",
      title: "without gives the recipes that have the tag, but none of the unwanted ones, found by Redis",
      points: 2,
      async run({ answer, redis, random, trace, expect }) {
        const { tags, idsWhere } = await storeRecipes(redis, random);
        const [tag = "", ...unwanted] = tags;
        for (const some of [unwanted.slice(0, 1), unwanted.slice(0, 2), []]) {
          if (some.length === 0) expectComputedByRedis(expect, await trace.commands(), "SDIFF");
          const expected = idsWhere((has) => has.includes(tag) && !some.some((one) => has.includes(one)));
          expect.value(await answer.call("without", tag, some), "the list of recipes").hasMembers(expected, {
            cause:
              "SDIFF takes the first set and leaves out what is in any of the others: one list of keys, tag:<tag> of the wanted one first, then of all unwanted ones.",
          });
        }
      },
    },
    {
      id: "find",
      title: "findTags gives the names of all tags that begin with the prefix, from all pages",
      points: 3,
      limitMs: 4 * AMPLE_MS,
      async run({ answer, redis, random, expect }) {
        const [prefix = "", other = ""] = random.words(2).map((word, i) => `${"xy"[i]}${word}`);
        const odd = ["", `:${random.word()}`, `:tag:${random.word()}`, ` ${random.text()}`];
        const tags = [...odd, ...random.list(30, () => random.id())].map((ending) => prefix + ending);
        const others = [`${other}${prefix}`, ...random.list(30, () => other + random.id())];
        const keys = [...tags, ...others].map((tag) => `tag:${tag}`);
        // What other programs keep: far more than one page, and names that are nearly right.
        const noise = [
          `recipe:${prefix}:tags`,
          `old:tag:${prefix}`,
          `tags:${prefix}`,
          `tag${prefix}`,
          prefix,
        ];
        await Promise.all([...keys, ...noise].map((key) => redis.sAdd(key, "1")));
        await redis.mSet(random.list(1.3 * LARGEST_PAGE, (i) => [`stock:${i}`, "1"] as [string, string]));
        for (const [asked, expected] of [
          [prefix, tags],
          ["", [...tags, ...others]],
          [random.id(), []],
        ] as const) {
          const found = expectList(expect, await answer.outcome("findTags", [asked], AMPLE_MS));
          expectTags(expect, found, expected, `findTags(client, '${asked}')`);
        }
      },
    },
    {
      id: "once",
      title: "findTags gives each tag once, also when Redis gives a key on two pages",
      after: "find",
      limitMs: 4 * AMPLE_MS,
      async run({ answer, redis, random, proxy, trace, expect }) {
        const prefix = random.word();
        const keys = random.list(KEYS, (i) => `tag:${prefix}${i}`);
        await Promise.all(keys.map((key) => redis.sAdd(key, "1")));
        proxy.delay(PAGE_MS);
        const finding = answer.outcome("findTags", [prefix], 2 * AMPLE_MS);
        const scans = async () => (await trace.commands()).filter(({ name }) => name === "SCAN");
        const isAsked = async () => (await trace.commands()).length > 0;
        await expect.eventually(isAsked, Boolean, "findTags should ask Redis");
        proxy.hang();
        // Between two pages, nearly all keys are deleted. Redis makes its table smaller, and what was on the first
        // page comes again: we look for it as the answer will.
        const [cursor = "0", ...options] = (await scans()).at(-1)?.args ?? [];
        const [next, page] = await redis.sendCommand<[string, string[]]>(["SCAN", cursor, ...options]);
        const kept = page.slice(0, 4);
        await redis.del(keys.filter((key) => !kept.includes(key)));
        const again = async () => (await restOf(redis, next, options)).some((key) => kept.includes(key));
        await expect.eventually(again, Boolean, "a key comes again", { withinMs: 600 }).catch(() => {});
        proxy.delay(0);
        await proxy.heal();
        const found = expectList(expect, await finding);
        const twice = found.filter((tag, i) => found.indexOf(tag) !== i);
        expect.that(twice.length === 0, "findTags gives a tag twice", {
          expected: "each tag once",
          actual: twice.join(", "),
          cause:
            "While keys come and go, SCAN may give a key again on a later page: collect the names in a Set.",
        });
      },
    },
    {
      id: "denied",
      title: "findTags holds nobody up: it works where KEYS is forbidden, with pages of at most 1000 keys",
      points: 2,
      limitMs: 4 * AMPLE_MS,
      after: "find",
      async run({ answer, redis, random, trace, expect }) {
        const prefix = random.word();
        const tags = random.list(20, () => prefix + random.id());
        await Promise.all(tags.map((tag) => redis.sAdd(`tag:${tag}`, "1")));
        await redis.sendCommand(["ACL", "SETUSER", "default", "-keys"]);
        const found = expectList(expect, await answer.outcome("findTags", [prefix], AMPLE_MS));
        expectTags(expect, found, tags, "where KEYS is forbidden");
        const scans = (await trace.commands()).filter(({ name }) => name === "SCAN");
        expect.that(!scans.some(({ byScript }) => byScript), "SCAN should not be called by a script", {
          cause:
            "While a script runs, everybody else waits, as with KEYS: ask for the pages from JavaScript.",
        });
        const counts = scans.map(({ args }) =>
          Number(args[args.findIndex((arg) => /^count$/i.test(arg)) + 1]),
        );
        const largest = Math.max(0, ...counts.filter((count) => !Number.isNaN(count)));
        expect.value(largest, "the COUNT of a page").atMost(LARGEST_PAGE, {
          cause: "A page with everything on it holds up everybody, as KEYS does: leave COUNT small.",
        });
      },
    },
  ],
  wrong: [
    {
      name: "json",
      fails: "add",
      why: "A JSON text in a string: nothing can be added or searched by Redis.",
    },
    { name: "list", fails: "add", why: "RPUSH makes a list, which keeps what is added twice." },
    { name: "replaces", fails: "add", why: "DEL before SADD: the tags of before are lost." },
    { name: "one-sided", fails: "add", why: "Only the recipe knows its tags: no tag knows its recipes." },
    {
      name: "add-not-awaited",
      fails: "add",
      why: "No await at all: the function ends before Redis has the tags.",
    },
    {
      name: "for-each",
      fails: "add",
      why: "forEach(async …): the function ends before each tag has the recipe.",
    },
    {
      name: "second-not-awaited",
      fails: "remove",
      why: "removeTag awaits its first command alone: the tag may still have the recipe.",
    },
    {
      name: "rewrites-the-set",
      fails: "remove",
      why: "Reads the set, deletes it and writes the rest: what others add meanwhile is lost.",
    },
    {
      name: "prefix-anywhere",
      fails: "find",
      why: "MATCH tag:*prefix*: also finds names with the prefix in the middle.",
    },
    {
      name: "strips-too-much",
      fails: "find",
      why: "replaceAll takes every tag: out of the name, not only the first.",
    },
    {
      name: "removes-one-side",
      fails: "remove",
      why: "The recipe is still found by the tag that it no longer has.",
    },
    { name: "deletes-the-tag", fails: "remove", why: "DEL of the tag's set: all other recipes lose it too." },
    { name: "one-for-true", fails: "member", why: "Gives what SISMEMBER answers: 1 and 0." },
    { name: "member-not-awaited", fails: "member", why: "No await: a promise counts as true." },
    { name: "fetches-to-look", fails: "member", why: "SMEMBERS and includes: all tags travel to find one." },
    { name: "union-for-all", fails: "all", why: "SUNION for SINTER: recipes with one of the tags." },
    { name: "filters-in-javascript", fails: "all", why: "SMEMBERS of each tag, compared in JavaScript." },
    { name: "asks-each-recipe", fails: "all", why: "SMEMBERS of one tag, then SISMEMBER for each recipe." },
    { name: "joins-in-javascript", fails: "any", why: "SMEMBERS of each tag, joined in JavaScript." },
    { name: "difference-in-javascript", fails: "without", why: "SMEMBERS and filter in JavaScript." },
    {
      name: "first-unwanted",
      fails: "without",
      why: "Leaves out the recipes of the first unwanted tag alone.",
    },
    { name: "swapped", fails: "without", why: "The unwanted tags first: SDIFF takes the first set." },
    { name: "batch-for-key", fails: "find", why: "Takes a page of scanIterator for a key." },
    { name: "batch-as-text", fails: "find", why: "Makes a text of each page: names joined by commas." },
    { name: "first-page", fails: "find", why: "One SCAN, and its cursor ignored: only the first page." },
    { name: "until-empty", fails: "find", why: "Stops at the first empty page, though more pages follow." },
    {
      name: "cursor-as-number",
      fails: "find",
      why: "Compares the cursor with the number 0: the loop never ends.",
    },
    { name: "whole-keys", fails: "find", why: "Gives the keys, with tag: before the names." },
    { name: "anywhere", fails: "find", why: "MATCH *prefix*: also finds keys that only have it somewhere." },
    { name: "splits-at-colons", fails: "find", why: "split(':')[1] cuts names that have a colon." },
    {
      name: "index-of-tags",
      fails: "find",
      why: "Looks into a set of its own: tags of other programs are not found.",
    },
    { name: "twice", fails: "once", why: "Keys that SCAN gives on two pages come twice." },
    {
      name: "keys",
      fails: "denied",
      why: "KEYS: every other client waits until it has looked at every key.",
    },
    { name: "one-huge-page", fails: "denied", why: "COUNT 1000000 is KEYS by another name." },
    {
      name: "scan-in-a-script",
      fails: "denied",
      why: "All pages in one script: everybody waits until it is done.",
    },
  ],
} satisfies ModuleExercise;
