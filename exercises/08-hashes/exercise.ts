import type { ModuleExercise, Random, TracedCommand } from "redis-learning-lab";

/** A school with random fields, whose values break careless quoting; one is empty, one of digits, one with spaces around. */
function randomSchool(random: Random): Record<string, string> {
  const values = [random.text(), random.text(), "", String(random.integer(100, 999)), ` ${random.word()} `];
  return Object.fromEntries(random.words(values.length).map((field, i) => [field, values[i] ?? ""]));
}

/** What the answer sent itself, without what a script or a transaction is made of. */
function sentBy(commands: readonly TracedCommand[]): string[] {
  return commands
    .filter(({ name, byScript }) => !byScript && !["MULTI", "EXEC"].includes(name))
    .map(({ name }) => name);
}

export default {
  title: "Hashes: one record, many fields",
  objectives: ["O4 store hash values", "feature: hashes"],
  form: "module",
  answer: "schools.ts",
  processes: 2,
  proxied: true,
  hints: [
    "A hash is one key with many fields. Its commands begin with H: HSET, HGET, HGETALL, HINCRBY, HKEYS.",
    "node-redis writes them as methods: client.hSet(key, object) stores all fields of an object in one command.",
    "hGetAll gives an object without fields where there is no key. Look at Object.keys(found).length before you return it.",
    "Counting: return client.hIncrBy(key, field, by) — Redis adds and answers the new number, so there is nothing to read first.",
  ],
  checks: [
    {
      id: "save",
      title: "saveSchool stores every field of the school in one hash at school:<id>",
      points: 2,
      async run({ answer, random, expect }) {
        const id = random.id();
        const school = randomSchool(random);
        await answer.callAndWait("saveSchool", id, school);
        await expect.key(`school:${id}`).isHash(school, {
          cause(found) {
            if (typeof found === "string")
              return "JSON text in a string is not a hash: use hSet with the object.";
            if (found !== undefined) return undefined;
            return "The function ended before anything was stored: is hSet called, with the key school:<id>?";
          },
        });
      },
    },
    {
      id: "one-command",
      title: "saveSchool sends one HSET for the whole school",
      after: "save",
      async run({ answer, random, trace, expect }) {
        await answer.call("saveSchool", random.id(), randomSchool(random));
        const sent = sentBy(await trace.commands());
        expect.that(sent.length === 1, "saveSchool should send one command for the whole school", {
          expected: "HSET, once",
          actual: sent.join(", "),
          cause: sent.every((name) => name === "HSET")
            ? "hSet takes the whole object: a loop over the fields costs one round trip each."
            : "HSET alone does it: what is sent besides costs another round trip, or changes more than was asked for.",
        });
      },
    },
    {
      id: "read",
      title: "getSchool gives back the school as an object",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const id = random.id();
        const school = randomSchool(random);
        await redis.hSet(`school:${id}`, school);
        expect.value(await answer.call("getSchool", id), "the school").equals(school, {
          cause: (found) =>
            found === null
              ? "The school is there: is hGetAll called with the key school:<id>, and with await before it?"
              : undefined,
        });
        const moved = { ...school, [random.pick(Object.keys(school))]: random.text() };
        await redis.hSet(`school:${id}`, moved);
        expect
          .value(await answer.call("getSchool", id), "the school, after another program changed it")
          .equals(moved, {
            cause: "Ask Redis each time: what a variable remembers is old as soon as somebody else writes.",
          });
      },
    },
    {
      id: "missing",
      title: "getSchool gives null for a school that does not exist",
      after: "read",
      async run({ answer, random, expect }) {
        expect
          .value(await answer.call("getSchool", random.id()), "the answer for an unknown id")
          .equals(null, {
            cause: (actual) =>
              typeof actual === "object"
                ? "HGETALL answers a missing key with no fields, so you get an empty object: turn it into null."
                : undefined,
          });
      },
    },
    {
      id: "update",
      title: "updateSchool changes one field and leaves the others alone",
      points: 2,
      async run({ answer, redis, random, trace, expect }) {
        const id = random.id();
        const school = randomSchool(random);
        await redis.hSet(`school:${id}`, school);
        const field = random.pick(Object.keys(school));
        const value = random.text();
        await answer.callAndWait("updateSchool", id, field, value);
        await expect
          .key(`school:${id}`)
          .isHash({ ...school, [field]: value }, { cause: "Is hSet called with the field and its value?" });
        expect.commands(await trace.commands()).exclude(["HGETALL", "DEL", "HMGET"], {
          cause:
            "Reading the whole school and writing it back loses what others change meanwhile: HSET sets one field.",
        });
      },
    },
    {
      id: "count",
      title: "addStudents counts up inside the hash and gives the new number, also when many call at once",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const id = random.id();
        const before = random.integer(100, 900);
        await redis.hSet(`school:${id}`, { name: random.text(), students: String(before) });
        const by = random.integer(2, 9);
        expect.value(await answer.call("addStudents", id, by), "the new number").equals(before + by);
        const other = await answer.another();
        const numbers = await Promise.all(
          random.list(40, (i) => (i % 2 ? answer : other).call("addStudents", id, 1)),
        );
        expect
          .value(await redis.hGet(`school:${id}`, "students"), "students after 40 more, by two processes")
          .equals(String(before + by + 40), {
            cause: "Two callers read the same number and both wrote it plus one: HINCRBY adds inside Redis.",
          });
        expect.value(numbers, "the numbers that the 40 callers got").hasMembers(
          random.list(40, (i) => before + by + 1 + i),
          {
            cause:
              "Each caller's number is what HINCRBY answered to it: a HGET afterwards may see the next one's.",
          },
        );
      },
    },
    {
      id: "fields",
      title: "listFields gives the names of the fields",
      async run({ answer, redis, random, trace, expect }) {
        const id = random.id();
        const school = randomSchool(random);
        await redis.hSet(`school:${id}`, school);
        expect.value(await answer.call("listFields", id), "the fields").hasMembers(Object.keys(school));
        expect.commands(await trace.commands()).exclude(["HGETALL", "HSCAN", "HVALS"], {
          cause: "HKEYS gives the names alone, without sending every value.",
        });
      },
    },
  ],
  wrong: [
    {
      name: "json-string",
      fails: "save",
      why: "One JSON text in a string: no field can be changed or counted alone.",
    },
    {
      name: "field-by-field",
      fails: "one-command",
      why: "One HSET for each field: many round trips, and others see half a school.",
    },
    {
      name: "also-expires",
      fails: "one-command",
      why: "EXPIRE besides HSET: a second round trip, and the school vanishes after an hour.",
    },
    {
      name: "remembers",
      fails: "read",
      why: "Keeps schools in a variable: what another program changes is never seen.",
    },
    {
      name: "count-then-read",
      fails: "count",
      why: "HINCRBY, then HGET for the result: under load it is another caller's number.",
    },
    { name: "values-only", fails: "read", why: "Gives the values of the fields without their names." },
    {
      name: "save-not-awaited",
      fails: "save",
      why: "No await before hSet: the function ends before Redis has the school.",
    },
    {
      name: "update-not-awaited",
      fails: "update",
      why: "No await before hSet: the function ends before Redis has the value.",
    },
    { name: "empty-for-missing", fails: "missing", why: "Gives {} where nothing is." },
    {
      name: "read-modify-write",
      fails: "update",
      why: "Reads the whole hash and writes it back to change one field.",
    },
    {
      name: "count-in-javascript",
      fails: "count",
      why: "HGET, plus one in JavaScript, HSET: parallel calls lose counts.",
    },
    { name: "fields-of-everything", fails: "fields", why: "HGETALL only to list the names." },
  ],
} satisfies ModuleExercise;
