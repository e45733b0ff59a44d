import type { Expect, JudgeRedis, ModuleExercise, Random, TracedCommand } from "redis-learning-lab";

interface Entry {
  readonly player: string;
  readonly score: number;
}

/** A page is read in one round trip, "around me" in two; scripts need one more. */
const MOST_ROUND_TRIPS = 3;
/** Entries that may be read besides those given back. */
const SPARE = 2;

/** Players with names of all kinds on five scores, so that many are equal; the lowest score is below zero. */
function newBoard(random: Random, count = 14): Entry[] {
  const scores = random.list(5, (i) => 100 * i - 150 + random.integer(0, 99));
  const names = [random.text(), String(random.integer(100, 999)), ...random.words(count - 2)];
  const entries = random.shuffle(names).map((name, i) => ({
    player: i % 2 ? name : name.slice(0, 1).toUpperCase() + name.slice(1),
    score: scores[i % scores.length] ?? 0,
  }));
  return entries.sort(bestFirst);
}

/** As Redis orders them in reverse: the higher score first; with equal scores, the larger name, byte by byte. */
function bestFirst(a: Entry, b: Entry): number {
  return b.score - a.score || Buffer.compare(Buffer.from(b.player), Buffer.from(a.player));
}

async function storeBoard(redis: JudgeRedis, random: Random, board: readonly Entry[]): Promise<string> {
  const game = random.id();
  await redis.zAdd(
    `scores:${game}`,
    random.shuffle(board).map(({ player, score }) => ({ value: player, score })),
  );
  return game;
}

const asScores = (board: readonly Entry[]) =>
  Object.fromEntries(board.map(({ player, score }) => [player, score]));

/** Why a list of players is probably wrong. */
function listCause(expected: readonly Entry[]) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
    const [first, last] = [found[0], found.at(-1)];
    if (typeof first === "string")
      return "These are the names alone: zRangeWithScores gives the scores as well.";
    if (first?.value !== undefined)
      return "node-redis calls the member value: make { player, score } of each { value, score }.";
    if (first?.score < last?.score)
      return "The worst comes first: Redis counts from the lowest score, unless REV: true turns it round.";
    if (found.length === expected.length && expected.every(({ score }, i) => found[i]?.score === score))
      return "Equal scores are in another order than Redis gives them with REV: true. There is nothing left to sort.";
    return found.length === 0
      ? undefined
      : "Positions begin at 0, and both ends are included: three players from position 4 on are 4 to 6.";
  };
}

/** How many entries Redis gave: what the answer asked for is asked again. */
async function entriesRead(redis: JudgeRedis, commands: readonly TracedCommand[]): Promise<number> {
  const reads = commands.filter(
    ({ name, byScript }) => !byScript && /^Z(REV)?RANGE|^Z(UNION|INTER|DIFF)$/.test(name),
  );
  const replies = await Promise.all(
    reads.map(({ name, args }) => redis.sendCommand([name, ...args]).catch(() => [])),
  );
  return replies.reduce<number>((sum, reply) => sum + (Array.isArray(reply) ? reply.length : 0), 0);
}

function expectFrugal(expect: Expect, name: string, given: number, read: number, trips: number) {
  expect.value(read, `the number of players that ${name} read to give ${given}`).atMost(given + SPARE, {
    cause:
      "A board can have a million players: ask for the positions that you need, and let Redis sort and count.",
  });
  expect.value(trips, `the number of round trips of ${name}`).atMost(MOST_ROUND_TRIPS, {
    cause:
      "An await in a loop costs one round trip for each player: one ZRANGE gives all names and scores together.",
  });
}

export default {
  title: "Sorted sets: a leaderboard",
  objectives: ["feature: sorted sets with range queries", "use: real-time analytics"],
  form: "module",
  answer: "leaderboard.ts",
  processes: 2,
  proxied: true,
  hints: [
    "Redis keeps the board sorted. Nothing has to be sorted, counted or added up in JavaScript: each function is one command, around is two.",
    "addPoints is ZINCRBY. In client.zIncrBy(key, number, member) the number comes before the player, and what it answers is the new score.",
    "top and page: client.zRangeWithScores(key, start, stop, { REV: true }). Position 0 is the best, and stop is included. Page 1 begins at 0, page 2 at size, page 3 at 2 * size.",
    "rankOf: client.zRevRank(key, player) begins at 0 and is null for a stranger. Look for null before you add 1: if (!found) would take the best player for a stranger.",
    "around: with position = await client.zRevRank(…), read from Math.max(0, position - reach) to position + reach: a negative start would count from the end. The first one's rank is that start + 1.",
    'between: client.zRangeWithScores(key, max, min, { BY: "SCORE", REV: true }): with REV the larger score comes first.',
  ],
  checks: [
    {
      id: "add",
      title:
        "addPoints adds to the player's score in the sorted set at scores:<game> and gives the new score",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const [game, player] = [random.id(), String(random.integer(1000, 9999))];
        const [points, more] = [random.integer(10, 99), random.integer(-9, -2)];
        const score = await answer.call("addPoints", game, player, points);
        await expect
          .key(`scores:${game}`)
          .isSortedSet({ [player]: points }, { cause: storedCause(player, points) });
        expect.value(score, "the new score").equals(points);
        const other = { value: random.text(), score: random.integer(100, 999) };
        await redis.zAdd(`scores:${game}`, other);
        expect
          .value(await answer.call("addPoints", game, player, more), "the score after a penalty")
          .equals(points + more, {
            cause: "ZADD sets a score, ZINCRBY adds. Give back what ZINCRBY answers: the new score.",
          });
        await expect
          .key(`scores:${game}`)
          .isSortedSet(
            { [other.value]: other.score, [player]: points + more },
            { cause: "Only this player's score may change, and Redis must have it." },
          );
      },
    },
    {
      id: "parallel",
      title: "addPoints counts exactly when many call at once, from two processes",
      points: 2,
      after: "add",
      async run({ answer, redis, random, expect }) {
        const [first] = newBoard(random, 4);
        const { player, score } = first ?? { player: "", score: 0 };
        const game = await storeBoard(redis, random, [{ player, score }]);
        const other = await answer.another();
        const scores = await Promise.all(
          random.list(40, (i) => (i % 2 ? answer : other).call("addPoints", game, player, 3)),
        );
        await expect.key(`scores:${game}`).isSortedSet(
          { [player]: score + 120 },
          {
            cause:
              "Two callers read the same score and both wrote it plus their points: ZINCRBY adds inside Redis.",
          },
        );
        expect.value(scores, "the scores that the 40 callers got").hasMembers(
          random.list(40, (i) => score + 3 * (i + 1)),
          {
            cause:
              "Each caller's score is what ZINCRBY answered to it: reading afterwards may see the next one's.",
          },
        );
      },
    },
    {
      id: "top",
      title:
        "top gives the best players with their scores, best first, and equal scores as Redis orders them",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const board = newBoard(random);
        const game = await storeBoard(redis, random, board);
        for (const count of [random.integer(4, 8), board.length + 5]) {
          const best = board.slice(0, count);
          expect
            .value(await answer.call("top", game, count), `the top ${count}`)
            .equals(best, { cause: listCause(best) });
          await expect
            .key(`scores:${game}`)
            .isSortedSet(asScores(board), { cause: "Reading must not change the board: ZPOPMAX removes." });
        }
        const moved = board.map((entry, i) => (i === 9 ? { ...entry, score: 1000 } : entry)).sort(bestFirst);
        await redis.zAdd(`scores:${game}`, { value: moved[0]?.player ?? "", score: 1000 });
        expect
          .value(await answer.call("top", game, 3), "the top 3, after another program added points")
          .equals(moved.slice(0, 3), { cause: "Ask Redis each time: others play too." });
        expect
          .value(await answer.call("top", random.id(), 3), "the top 3 of a game that nobody played")
          .equals([]);
      },
    },
    {
      id: "rank",
      title: "rankOf gives the player's place, 1 for the best, and null for a player who is not on the board",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const board = newBoard(random);
        const game = await storeBoard(redis, random, board);
        for (const [place, { player }] of board.entries()) {
          const what = `the rank of ${player}, who is in place ${place + 1} of ${board.length},`;
          expect
            .value(await answer.call("rankOf", game, player), what)
            .equals(place + 1, { cause: rankCause(place, board.length) });
        }
        expect
          .value(await answer.call("rankOf", game, random.id()), "the rank of a player who never played")
          .equals(null, { cause: "zRevRank gives null here, and in JavaScript null + 1 is 1." });
      },
    },
    {
      id: "page",
      title: "page gives the players of one page, and an empty list after the last",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const board = newBoard(random);
        const game = await storeBoard(redis, random, board);
        const size = random.pick([4, 5]);
        const pages = Math.ceil(board.length / size);
        for (let number = 1; number <= pages + 1; number++) {
          const expected = board.slice((number - 1) * size, number * size);
          expect
            .value(await answer.call("page", game, number, size), `page ${number}, of ${size} players,`)
            .equals(expected, { cause: listCause(expected) });
        }
      },
    },
    {
      id: "around",
      title: "around gives the player and the neighbours on both sides, with their ranks, also at the ends",
      points: 3,
      async run({ answer, redis, random, expect }) {
        const board = newBoard(random).map((entry, place) => ({ rank: place + 1, ...entry }));
        const game = await storeBoard(redis, random, board);
        const reach = random.integer(2, 4);
        const last = board.length - 1;
        for (const place of [random.integer(reach, last - reach), 0, 1, last - 1, last]) {
          const { player } = board[place] ?? { player: "" };
          const expected = board.slice(Math.max(0, place - reach), place + reach + 1);
          expect
            .value(await answer.call("around", game, player, reach), `${reach} around place ${place + 1}`)
            .equals(expected, { cause: aroundCause(expected) });
        }
        expect
          .value(await answer.call("around", game, random.id(), reach), "around a player who never played")
          .equals([], { cause: "zRevRank gives null for a stranger; in sums JavaScript takes it for 0." });
      },
    },
    {
      id: "between",
      title: "between gives the players with a score from min to max, both included, best first",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const board = newBoard(random);
        const game = await storeBoard(redis, random, board);
        const scores = [...new Set(board.map(({ score }) => score))];
        const [highest = 0, high = 0, middle = 0, , lowest = 0] = scores;
        for (const [min, max] of [
          [middle, high],
          [lowest, highest],
          [middle, middle],
          [highest + 1, highest + 100],
        ] as const) {
          const expected = board.filter(({ score }) => score >= min && score <= max);
          expect
            .value(await answer.call("between", game, min, max), `the list of players from ${min} to ${max}`)
            .equals(expected, { cause: betweenCause(expected, min, max) });
        }
      },
    },
    {
      id: "frugal",
      title: `Only the players that are asked for are read, in at most ${MOST_ROUND_TRIPS} round trips`,
      points: 2,
      after: "top",
      async run({ answer, redis, random, trace, proxy, expect }) {
        const board = newBoard(random, 200);
        const game = await storeBoard(redis, random, board);
        const { player, score } = board[random.integer(90, 110)] ?? { player: "", score: 0 };
        const equals = board.filter((entry) => entry.score === score).length;
        for (const [name, args, given] of [
          ["top", [12], 12],
          ["rankOf", [player], 1],
          ["page", [random.integer(6, 9), 12], 12],
          ["around", [player, 6], 13],
          ["between", [score, score], equals],
        ] as const) {
          await trace.clear();
          proxy.resetRoundTrips();
          const found = await answer.call(name, game, ...args);
          const trips = proxy.roundTrips();
          const commands = await trace.commands();
          if (name !== "rankOf") {
            const length = Array.isArray(found) ? found.length : 0;
            expect.value(length, `the number of players that ${name} gave`).equals(given);
          }
          expect.commands(commands).exclude("ZSCAN", {
            cause:
              "ZSCAN walks over the whole board, in no order: ZRANGE gives just the positions asked for.",
          });
          expectFrugal(expect, name, given, await entriesRead(redis, commands), trips);
        }
      },
    },
  ],
  wrong: [
    {
      name: "json-list",
      fails: "add",
      why: "Reads a JSON list, adds and sorts in JavaScript, writes it back: a string, no sorted set.",
    },
    {
      name: "swapped",
      fails: "add",
      why: "zIncrBy with the player as the number and the points as the member.",
    },
    { name: "sets-the-score", fails: "add", why: "ZADD replaces the score instead of adding to it." },
    { name: "gives-the-points", fails: "add", why: "Gives back the points added, not the new score." },
    { name: "nothing-back", fails: "add", why: "No return: the caller never learns the new score." },
    {
      name: "read-add-write",
      fails: "parallel",
      why: "ZSCORE, plus in JavaScript, ZADD: parallel calls lose points.",
    },
    {
      name: "add-then-read",
      fails: "parallel",
      why: "ZINCRBY, then ZSCORE for the result: under load it is another caller's score.",
    },
    { name: "ascending", fails: "top", why: "ZRANGE without REV: the worst players are called the best." },
    { name: "one-too-many", fails: "top", why: "0 to count: the end is included, so that is one more." },
    { name: "values", fails: "top", why: "Gives what node-redis gives, { value, score }, as it is." },
    { name: "names-only", fails: "top", why: "zRange without scores." },
    { name: "takes-them-off", fails: "top", why: "ZPOPMAX gives the best players and removes them." },
    {
      name: "remembers",
      fails: "top",
      why: "Keeps the first answer in a variable: new points are never seen.",
    },
    {
      name: "reversed-in-javascript",
      fails: "top",
      why: "Reads the last positions ascending and sorts by score alone: equal scores keep the ascending order.",
    },
    { name: "rank-from-zero", fails: "rank", why: "ZREVRANK as it is: the best player has rank 0." },
    { name: "rank-ascending", fails: "rank", why: "ZRANK counts from the lowest score." },
    { name: "best-is-nobody", fails: "rank", why: "`position ? … : null` takes position 0 for a stranger." },
    { name: "stranger-is-first", fails: "rank", why: "null + 1 is 1: a stranger gets the first place." },
    {
      name: "shared-ranks",
      fails: "rank",
      why: "Counts the players with a higher score: equal scores share a rank.",
    },
    { name: "page-from-zero", fails: "page", why: "Takes page 1 for the second page." },
    {
      name: "pages-overlap",
      fails: "page",
      why: "The last player of each page is also the first of the next.",
    },
    {
      name: "negative-start",
      fails: "around",
      why: "position - reach below zero counts from the end: nothing around the best.",
    },
    { name: "around-ranks-from-zero", fails: "around", why: "The ranks of the neighbours begin at 0." },
    {
      name: "around-only-above",
      fails: "around",
      why: "slice-like end: the place after the last is left out.",
    },
    { name: "around-a-stranger", fails: "around", why: "Takes null for position 0: gives the best players." },
    {
      name: "min-before-max",
      fails: "between",
      why: "With REV the larger score must come first: finds nobody.",
    },
    { name: "between-exclusive", fails: "between", why: 'Round brackets, "(5": the ends are left out.' },
    { name: "between-positions", fails: "between", why: "Without BY: the scores are taken for positions." },
    {
      name: "sorted-in-javascript",
      fails: "frugal",
      why: "Reads the whole board for each call, sorts and slices it in JavaScript.",
    },
    {
      name: "pages-before-too",
      fails: "frugal",
      why: "Reads every page up to the one asked for, and slices.",
    },
    { name: "rank-by-search", fails: "frugal", why: "Reads all names to find the place of one." },
    { name: "score-by-score", fails: "frugal", why: "Reads the names, and then each score in a loop." },
  ],
} satisfies ModuleExercise;

function storedCause(player: string, points: number) {
  return (found: unknown): string | undefined => {
    if (found === undefined || found === null)
      return "Nothing is stored: is zIncrBy called, with the key scores:<game>?";
    if (typeof found !== "object" || Array.isArray(found))
      return "Keep the board in a sorted set: its commands begin with Z.";
    return Object.hasOwn(found, String(points))
      ? `The player is "${player}", the points are ${points}: zIncrBy takes the number first, then the member.`
      : undefined;
  };
}

function rankCause(place: number, of: number) {
  return (found: unknown): string | undefined => {
    if (found === null)
      return place === 0
        ? "Position 0 is falsy: `position ? … : null` and `!position` take the best player for a stranger. Compare with null."
        : undefined;
    if (found === 0) return "ZREVRANK counts from 0, ranks count from 1.";
    if (found === of - place || found === of - place - 1)
      return "ZRANK counts from the lowest score: ZREVRANK counts from the highest.";
    return "Players with equal scores do not share a rank: each has a place of its own, as in the list that top gives.";
  };
}

function aroundCause(expected: readonly Entry[]) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
    if (found.length === 0) return "A negative position counts from the end: begin at Math.max(0, …).";
    if (found.length < expected.length) return "Both ends are included, also the position of the last one.";
    if (found[0]?.player === expected[0]?.player && found.length === expected.length)
      return "The first one's rank is its position plus 1, and each next one's is one more.";
    return listCause(expected)(found);
  };
}

function betweenCause(expected: readonly Entry[], min: number, max: number) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
    if (found.some((entry) => entry?.score < min || entry?.score > max))
      return 'Without BY: "SCORE" the two numbers are positions, not scores.';
    if (found.length < expected.length)
      return 'Is BY: "SCORE" there, and is max written before min, as REV wants it? A round bracket, as in "(5", leaves an end out.';
    return listCause(expected)(found);
  };
}
