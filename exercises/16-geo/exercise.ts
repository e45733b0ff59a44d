import type { JudgeRedis, ModuleExercise, Random, TracedCommand } from "redis-learning-lab";

interface Point {
  readonly latitude: number;
  readonly longitude: number;
}
interface Place extends Point {
  readonly name: string;
}

/** The mean radius of the Earth; Redis takes one that is 0.03 % larger. */
const EARTH_METRES = 6_371_000;
/** Redis rounds positions to a raster of less than half a metre; the rest is for other radii of the Earth. */
const TOLERANCE_METRES = 1;
const TOLERANCE_SHARE = 0.005;
const TOLERANCE_DEGREES = 0.00001;
/** A search is one round trip; one more for a position, and one for a script. */
const MOST_ROUND_TRIPS = 3;
/** Places that may be read besides those given back. */
const SPARE = 3;

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** The distance on the sphere in metres, by the haversine formula. */
function metresBetween(a: Point, b: Point): number {
  const [latA, latB] = [radians(a.latitude), radians(b.latitude)];
  const half = (x: number) => Math.sin(x / 2) ** 2;
  const h =
    half(latB - latA) + Math.cos(latA) * Math.cos(latB) * half(radians(b.longitude) - radians(a.longitude));
  return 2 * EARTH_METRES * Math.asin(Math.sqrt(h));
}

/** The point that lies `metres` away from `from`. */
function awayFrom(from: Point, metres: number, bearing: number): Point {
  const [lat, distance] = [radians(from.latitude), metres / EARTH_METRES];
  const there = Math.asin(
    Math.sin(lat) * Math.cos(distance) + Math.cos(lat) * Math.sin(distance) * Math.cos(bearing),
  );
  const east = Math.atan2(
    Math.sin(bearing) * Math.sin(distance) * Math.cos(lat),
    Math.cos(distance) - Math.sin(lat) * Math.sin(there),
  );
  const degrees = (angle: number) => Number(((angle * 180) / Math.PI).toFixed(6));
  return { latitude: degrees(there), longitude: degrees(radians(from.longitude) + east) };
}

/** A town anywhere, where latitude and longitude are valid, and far apart, also when they are exchanged. */
function newTown(random: Random): Point {
  const [latitude, longitude] = [random.integer(3000, 6000), random.integer(6500, 8000)];
  return {
    latitude: (random.pick([-1, 1]) * latitude) / 100,
    longitude: (random.pick([-1, 1]) * longitude) / 100,
  };
}

/** Places round a centre, the nearest first: each is `step` metres farther away than the one before. */
function placesAround(random: Random, centre: Point, count: number, step: number): Place[] {
  const names = random.shuffle([random.text(), String(random.integer(100, 999)), ...random.words(count - 2)]);
  return names.map((name, i) => ({
    name,
    ...awayFrom(centre, (i + 1) * step, radians(random.integer(0, 359))),
  }));
}

async function storePlaces(redis: JudgeRedis, random: Random, places: readonly Place[]): Promise<string> {
  const kind = random.id();
  await redis.geoAdd(
    `places:${kind}`,
    random.shuffle(places).map(({ name, latitude, longitude }) => ({ member: name, latitude, longitude })),
  );
  return kind;
}

/** Metres within which that many of the places around a centre are. */
const radiusFor = (within: number, step: number) => Math.round((within + 0.5) * step);

/**
 * Places around a centre, stored, of which those that Redis comes upon first within a radius are not by chance the nearest:
 * who asks for any of them gets others.
 */
async function placesInNoOrder(redis: JudgeRedis, random: Random, within: number, count: number) {
  for (;;) {
    const centre = newTown(random);
    const step = random.integer(200, 500);
    const places = placesAround(random, centre, 40, step);
    const kind = await storePlaces(redis, random, places);
    const circle = { radius: radiusFor(within, step), unit: "m" } as const;
    const any = await redis.geoSearch(`places:${kind}`, centre, circle, {
      COUNT: { value: count, ANY: true },
    });
    const nearest = new Set(places.slice(0, count).map(({ name }) => name));
    if (any.some((name) => !nearest.has(name))) return { centre, step, places, kind };
    await redis.del(`places:${kind}`);
  }
}

const isClose = (found: unknown, expected: number, tolerance: number) =>
  typeof found === "number" && Math.abs(found - expected) <= tolerance;
const metresTolerance = (metres: number) => TOLERANCE_METRES + TOLERANCE_SHARE * metres;

/** What was found, with the expected number in place of each that is close enough to it. */
function roundedMetres(found: unknown, expected: number): unknown {
  return isClose(found, expected, metresTolerance(expected)) ? expected : found;
}
function roundedPoint(found: unknown, expected: Point): unknown {
  const point = (typeof found === "object" ? found : undefined) as Partial<Point> | undefined;
  return isClose(point?.latitude, expected.latitude, TOLERANCE_DEGREES) &&
    isClose(point?.longitude, expected.longitude, TOLERANCE_DEGREES)
    ? { ...point, ...pointOf(expected) }
    : found;
}
function roundedPlaces(found: unknown, expected: readonly Near[]): unknown {
  if (!Array.isArray(found)) return found;
  return found.map((one, i) => {
    const near = expected[i];
    return near && roundedMetres(one?.distance, near.distance) === near.distance
      ? { ...one, distance: near.distance }
      : one;
  });
}

const pointOf = ({ latitude, longitude }: Point): Point => ({ latitude, longitude });

/** As nearest and neighbours are to give it, distances in whole metres. */
interface Near {
  readonly name: string;
  readonly distance: number;
}
const nearOf = (centre: Point, places: readonly Place[]): Near[] =>
  places.map((place) => ({ name: place.name, distance: Math.round(metresBetween(centre, place)) }));

/** How many places Redis gave: what the answer asked for is asked again. */
async function placesRead(redis: JudgeRedis, commands: readonly TracedCommand[]): Promise<number> {
  const reads = commands.filter(
    ({ name, byScript }) => !byScript && /^(GEOPOS|GEOSEARCH|GEORADIUS.*|Z(REV)?RANGE.*)$/.test(name),
  );
  const replies = await Promise.all(
    reads.map(({ name, args }) => redis.sendCommand([name, ...args]).catch(() => [])),
  );
  return replies.reduce<number>((sum, reply) => sum + (Array.isArray(reply) ? reply.length : 0), 0);
}

export default {
  title: "Geo: what is near?",
  objectives: ["feature: geospatial indexes with radius queries"],
  form: "module",
  answer: "places.ts",
  proxied: true,
  hints: [
    "Nothing has to be measured or sorted in JavaScript. GEOADD stores, GEOPOS and GEODIST answer for single places, GEOSEARCH finds, sorts and measures in one command.",
    "Redis has the longitude first; your functions get the latitude first. With node-redis you name both: { longitude, latitude, member: name }.",
    "geoPos gives a list with one position for each name, and null where there is none. geoDist gives metres, unless you name another unit, and null where a place is missing.",
    'nearest: client.geoSearchWith(key, { longitude, latitude }, { radius, unit: "m" }, ["WITHDIST"], { SORT: "ASC", COUNT: count }); make { name, distance } of each { member, distance }.',
    "neighbours: look with geoPos whether the place is there ([] if not), then search from its position for count + 1 places. Filter the place out by its name and cut the list to count.",
    "removePlace: a geo index is a sorted set, so client.zRem(key, name) removes a member, and answers how many it removed.",
  ],
  checks: [
    {
      id: "add",
      title: "addPlace stores the place in the geo index places:<kind>, and adding it again moves it",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const [kind, name] = [random.id(), random.text()];
        const [first, second] = [newTown(random), newTown(random)];
        for (const point of [first, awayFrom(second, 5000, 1)]) {
          await answer.callAndWait("addPlace", kind, name, point.latitude, point.longitude);
          await expect.key(`places:${kind}`).hasType("zset", {
            cause: (found) =>
              found === undefined
                ? "Nothing is stored: is geoAdd called, with the key places:<kind>?"
                : "A geo index is a sorted set, which GEOADD makes: use geoAdd.",
          });
          const [found] = await redis.geoPos(`places:${kind}`, name);
          const position = found && { latitude: Number(found.latitude), longitude: Number(found.longitude) };
          expect
            .value(roundedPoint(position, point), `the position of ${name} in Redis`)
            .equals(pointOf(point), { cause: positionCause(point, first) });
        }
      },
    },
    {
      id: "position",
      title: "positionOf gives latitude and longitude, and null for a place that is not there",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const [place, other] = placesAround(random, newTown(random), 5, 700) as [Place, Place];
        const kind = await storePlaces(redis, random, [place, other]);
        const found = await answer.call("positionOf", kind, place.name);
        expect
          .value(roundedPoint(found, place), `the position of ${place.name}`)
          .equals(pointOf(place), { cause: positionCause(place) });
        expect
          .value(
            await answer.call("positionOf", kind, random.id()),
            "the position of a place that is not there",
          )
          .equals(null);
      },
    },
    {
      id: "distance",
      title: "distance gives the metres between two places, and null where one of them is not there",
      points: 2,
      async run({ answer, redis, random, trace, expect }) {
        const places = placesAround(random, newTown(random), 6, random.integer(900, 20_000));
        const kind = await storePlaces(redis, random, places);
        const [from, to] = random.sample(places, 2) as [Place, Place];
        const metres = Math.round(metresBetween(from, to));
        const found = await answer.call("distance", kind, from.name, to.name);
        expect
          .value(roundedMetres(found, metres), `the metres between ${from.name} and ${to.name}`)
          .equals(metres, { cause: metresCause(metres) });
        const commands = (await trace.commands()).filter(({ byScript }) => !byScript);
        expect.commands(commands).exclude(["GEOPOS", "GEOHASH", "GEOSEARCH", "ZSCORE", "ZRANGE"], {
          cause: "Redis measures: GEODIST takes two names and gives the metres.",
        });
        for (const [a, b] of [
          [from.name, random.id()],
          [random.id(), to.name],
        ]) {
          expect
            .value(await answer.call("distance", kind, a, b), "the distance to a place that is not there")
            .equals(null, { cause: "geoDist gives null here; Number(null) would be 0." });
        }
      },
    },
    {
      id: "nearest",
      title:
        "nearest gives the nearest places within the radius, nearest first, with their distance in metres",
      points: 3,
      async run({ answer, redis, random, expect }) {
        const [few, many] = [random.integer(6, 9), 30];
        const count = random.integer(5, 8);
        const { centre, step, places, kind } = await placesInNoOrder(redis, random, many, count);
        const { latitude, longitude } = centre;
        for (const [within, most] of [
          [few, 20],
          [many, count],
        ] as const) {
          const radius = radiusFor(within, step);
          const expected = nearOf(centre, places.slice(0, Math.min(within, most)));
          const found = await answer.call("nearest", kind, latitude, longitude, radius, most);
          expect
            .value(roundedPlaces(found, expected), `the nearest ${most} within ${radius} m`)
            .equals(expected, { cause: nearCause(expected, radius) });
        }
        const nothing = await answer.call("nearest", kind, -latitude, longitude, 50 * step, 5);
        expect
          .value(nothing, "the nearest to a point on the other half of the Earth")
          .equals([], { cause: "Only places within the radius count, which is in metres." });
      },
    },
    {
      id: "neighbours",
      title:
        "neighbours gives the nearest places round a place, without itself, and [] for one that is not there",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const centre = newTown(random);
        const step = random.integer(200, 500);
        // Two at the same spot: the one is the other's neighbour, 0 metres away.
        const [first, second] = random.words(2).map((name) => ({ name: `${name} inn`, ...centre })) as [
          Place,
          Place,
        ];
        const places = placesAround(random, centre, 12, step);
        const kind = await storePlaces(redis, random, [first, second, ...places]);
        const radius = Math.round(9.5 * step);
        for (const [place, twin] of [
          [first, second],
          [second, first],
        ] as const) {
          for (const count of [random.integer(3, 6), 20]) {
            const expected = nearOf(centre, [twin, ...places.slice(0, 9)].slice(0, count));
            const found = await answer.call("neighbours", kind, place.name, radius, count);
            expect
              .value(roundedPlaces(found, expected), `the nearest ${count} round ${place.name}`)
              .equals(expected, { cause: neighboursCause(expected, radius, place.name, twin.name) });
          }
        }
        const ended = await answer.outcome("neighbours", [kind, random.id(), radius, 5]);
        const actual = ended.kind === "threw" ? `an error: ${ended.error.message}` : ended;
        expect
          .value(
            ended.kind === "returned" ? ended.value : actual,
            "what neighbours gives for a place that is not there",
          )
          .equals([], {
            cause:
              ended.kind === "returned"
                ? undefined
                : "A search from a member that is not there is an error in Redis: ask for its position first.",
          });
      },
    },
    {
      id: "crowd",
      title: "neighbours gives at most count places, also where many are at the same spot",
      async run({ answer, redis, random, expect }) {
        const centre = newTown(random);
        const crowd = random.words(8).map((name) => ({ name: `${name} stall`, ...centre }));
        const kind = await storePlaces(redis, random, crowd);
        for (const { name } of crowd) {
          const found = (await answer.call("neighbours", kind, name, 500, 3)) as unknown;
          const names = Array.isArray(found) ? found.map((one) => (one as Near).name) : [];
          expect.that(
            names.length === 3 && !names.includes(name),
            `neighbours of ${name} should give 3 of its 7`,
            {
              expected: `3 places, and ${name} is not one of them`,
              actual: names.join(", ") || found,
              cause:
                "Of places that are equally near, Redis may leave out the very one that you filter away: cut the list to count after that.",
            },
          );
        }
      },
    },
    {
      id: "remove",
      title: "removePlace removes one place, and gives true, or false where there was none",
      async run({ answer, redis, random, expect }) {
        const [place, ...others] = placesAround(random, newTown(random), 4, 800);
        const kind = await storePlaces(redis, random, [place as Place, ...others]);
        const removed = await answer.callAndWait("removePlace", kind, place?.name);
        const names = await redis.zRange(`places:${kind}`, 0, -1);
        expect.value(names, "the places that are left").hasMembers(
          others.map(({ name }) => name),
          {
            cause: "A geo index is a sorted set: zRem removes one member of it, del removes the whole index.",
          },
        );
        const cause = "ZREM answers how many it removed, 1 or 0: compare that with 0 or 1.";
        expect.value(removed, "the answer for a place that was there").equals(true, { cause });
        expect
          .value(await answer.call("removePlace", kind, place?.name), "the answer for a place that is gone")
          .equals(false, { cause });
      },
    },
    {
      id: "frugal",
      title: `Redis searches and measures: only what is given back is read, in at most ${MOST_ROUND_TRIPS} round trips`,
      points: 2,
      after: "nearest",
      async run({ answer, redis, random, trace, proxy, expect }) {
        const centre = newTown(random);
        const [middle, ...places] = placesAround(random, centre, 200, 50) as [Place, ...Place[]];
        const kind = await storePlaces(redis, random, [{ ...middle, ...centre }, ...places]);
        const count = random.integer(7, 12);
        for (const [name, args] of [
          ["nearest", [centre.latitude, centre.longitude, 20_000, count]],
          ["neighbours", [middle.name, 20_000, count]],
        ] as const) {
          await trace.clear();
          proxy.resetRoundTrips();
          const found = await answer.call(name, kind, ...args);
          const trips = proxy.roundTrips();
          const read = await placesRead(redis, await trace.commands());
          const length = Array.isArray(found) ? found.length : 0;
          expect.value(length, `the number of places that ${name} gave`).equals(count);
          expect
            .value(read, `the number of places that ${name} read to give ${count}`)
            .atMost(count + SPARE, {
              cause:
                "There can be a million places: let GEOSEARCH find, measure and sort them, and COUNT stop it.",
            });
          expect.value(trips, `the number of round trips of ${name}`).atMost(MOST_ROUND_TRIPS, {
            cause: "WITHDIST gives all distances with the search: there is nothing to ask place by place.",
          });
        }
      },
    },
  ],
  wrong: [
    {
      name: "one-too-many",
      fails: "crowd",
      why: "Asks for one more and filters the place itself, but does not cut the list: it may not have been in it.",
    },
    {
      name: "swapped",
      fails: "add",
      why: "The latitude is stored as the longitude, and the other way round.",
    },
    {
      name: "a-hash",
      fails: "add",
      why: "Stores the position as text in a hash: Redis cannot search there.",
    },
    { name: "add-not-awaited", fails: "add", why: "No await before geoAdd: the function ends too early." },
    { name: "never-moves", fails: "add", why: "NX: a place that is there already keeps its old position." },
    {
      name: "position-swapped",
      fails: "position",
      why: "Takes the pair that Redis gives for latitude, longitude.",
    },
    {
      name: "position-in-a-list",
      fails: "position",
      why: "Gives the list of geoPos, not the one position in it.",
    },
    { name: "position-of-nothing", fails: "position", why: "Uses the null of a missing place as an object." },
    { name: "position-as-text", fails: "position", why: "Gives coordinates as texts, with toFixed." },
    { name: "kilometres", fails: "distance", why: "Asks for kilometres, where metres are wanted." },
    { name: "distance-zero", fails: "distance", why: "Number(null): a missing place is 0 metres away." },
    {
      name: "distance-in-javascript",
      fails: "distance",
      why: "Reads both positions and computes the distance.",
    },
    {
      name: "degrees",
      fails: "distance",
      why: "Pythagoras on degrees, times 111 km: wrong away from the equator.",
    },
    { name: "radius-in-kilometres", fails: "nearest", why: "The radius in metres is taken for kilometres." },
    { name: "centre-swapped", fails: "nearest", why: "Searches round the point with exchanged coordinates." },
    {
      name: "unsorted",
      fails: "nearest",
      why: "Neither SORT nor COUNT: the places come as they lie in the index.",
    },
    { name: "farthest-first", fails: "nearest", why: "SORT DESC: the farthest places within the radius." },
    {
      name: "any",
      fails: "nearest",
      why: "COUNT … ANY stops at the first places found, not at the nearest.",
    },
    {
      name: "members",
      fails: "nearest",
      why: "Gives what node-redis gives, { member, distance }, as it is.",
    },
    { name: "names-only", fails: "nearest", why: "geoSearch without distances." },
    { name: "distance-as-text", fails: "nearest", why: "Raw replies: the distances are texts." },
    { name: "sorted-as-text", fails: "nearest", why: "sort() without a comparison sorts distances as text." },
    { name: "no-radius", fails: "nearest", why: "Ignores the radius: gives the nearest, however far." },
    { name: "itself-too", fails: "neighbours", why: "The place is the first of its own neighbours." },
    {
      name: "one-too-few",
      fails: "neighbours",
      why: "COUNT counts the place itself, which is filtered out after.",
    },
    {
      name: "not-at-zero",
      fails: "neighbours",
      why: "Drops every place at 0 metres, also the neighbour next door.",
    },
    {
      name: "drops-the-first",
      fails: "neighbours",
      why: "slice(1): the first need not be the place itself.",
    },
    {
      name: "unknown-throws",
      fails: "neighbours",
      why: "FROMMEMBER with a name that is not there is an error.",
    },
    { name: "removes-all", fails: "remove", why: "DEL removes the whole index." },
    {
      name: "remove-not-awaited",
      fails: "remove",
      why: "No await before zRem: the function ends too early.",
    },
    { name: "always-true", fails: "remove", why: "Gives true also where nothing was removed." },
    { name: "gives-a-number", fails: "remove", why: "Gives 1 and 0, where true and false are wanted." },
    {
      name: "all-in-javascript",
      fails: "frugal",
      why: "Reads all positions, measures and sorts in JavaScript.",
    },
    {
      name: "whole-radius",
      fails: "frugal",
      why: "Reads all places within the radius and slices in JavaScript.",
    },
    { name: "one-by-one", fails: "frugal", why: "Asks for each place's distance in a loop." },
  ],
} satisfies ModuleExercise;

function positionCause(expected: Point, former?: Point) {
  return (found: unknown): string | undefined => {
    if (Array.isArray(found)) return "geoPos gives a list, with one position for each name: take the first.";
    if (found === null || found === undefined || typeof found !== "object")
      return "Is it called with the key places:<kind> and the name?";
    const { latitude } = found as Partial<Point>;
    if (typeof latitude === "string") return "latitude and longitude are numbers: Number(…).";
    if (isClose(latitude, expected.longitude, 0.001))
      return "Latitude and longitude are exchanged: Redis has the longitude first, the functions the latitude.";
    if (former && isClose(latitude, former.latitude, 0.001))
      return "The place is still where it was: without NX, GEOADD moves it.";
    return undefined;
  };
}

function metresCause(expected: number) {
  return (found: unknown): string | undefined => {
    if (typeof found === "string") return "The distance is a number: Number(…).";
    if (typeof found !== "number") return undefined;
    if (isClose(found * 1000, expected, metresTolerance(expected)))
      return 'These are kilometres: the unit is "m", which GEODIST takes when you name none.';
    return "Redis measures on the globe: GEODIST takes two names and gives metres.";
  };
}

/** Why a list of places is probably wrong. */
function nearCause(expected: readonly Near[], radius: number) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
    const [first] = found;
    if (!first)
      return "Nothing was found: is the longitude of the centre the longitude, and the key places:<kind>?";
    if (typeof first === "string")
      return 'These are the names alone: geoSearchWith and ["WITHDIST"] give the distances as well.';
    if (first.member !== undefined)
      return "node-redis calls the place member: make { name, distance } of each { member, distance }.";
    if (typeof first.distance === "string") return "The distance is a number: Number(…).";
    if (typeof first.distance !== "number")
      return 'Each place needs its distance: geoSearchWith and ["WITHDIST"].';
    if (isClose(first.distance * 1000, expected[0]?.distance ?? 0, TOLERANCE_METRES))
      return 'These are kilometres, and so is the radius then: the unit is "m".';
    if (found.some((one) => one?.distance > radius))
      return "Some are farther away than the radius, which is in metres.";
    if (found.some((one, i) => one?.distance < found[i - 1]?.distance))
      return 'They are not sorted: SORT: "ASC" puts the nearest first.';
    if (found.length > expected.length) return "There are more than asked for: COUNT.";
    return "Nearer ones are missing: with ANY, COUNT takes the first that are found, and not the nearest.";
  };
}

function neighboursCause(expected: readonly Near[], radius: number, name: string, twin: string) {
  return (found: unknown): string | undefined => {
    if (!Array.isArray(found)) return undefined;
    const names = found.map((one) => one?.name);
    if (names.includes(name))
      return "The place itself is found too, at 0 metres: filter it out by its name, not by its place in the list.";
    if (found.length > 0 && !names.includes(twin))
      return `${twin} has the same position, so it is a neighbour at 0 metres: only ${name} itself is left out.`;
    if (found.length < expected.length)
      return "COUNT counts the place itself too: ask for one more than you need.";
    return nearCause(expected, radius)(found);
  };
}
