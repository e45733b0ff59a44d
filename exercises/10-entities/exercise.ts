import type { ModuleExercise, TracedCommand } from "redis-learning-lab";
import {
  causeOfFound,
  causeOfStored,
  emptySample,
  keyOf,
  newName,
  randomDefinition,
  randomSample,
  sampleOf,
  without,
} from "./samples.ts";

/** Milliseconds that the proxy holds a command back, so that what is not awaited is not there yet. */
const SLOW_MS = 40;
/** By each of two processes. */
const SAVED_AT_ONCE = 100;
const REMOVED_AT_ONCE = 10;

const READS = ["HGETALL", "HKEYS", "HGET", "HMGET", "HLEN", "HEXISTS", "EXISTS", "TYPE", "WATCH"];
const SCRIPTS = ["EVAL", "EVALSHA", "FCALL"];

/** In how many steps a key was changed: one command, a whole transaction or what scripts did. */
function stepsOn(key: string, commands: readonly TracedCommand[]): Set<string> {
  const transactions = new Map<string, number>();
  const steps = new Set<string>();
  for (const [at, { name, args, connection, byScript }] of commands.entries()) {
    if (name === "MULTI") transactions.set(connection, at);
    else if (name === "EXEC") transactions.delete(connection);
    else if (args.includes(key) && ![...READS, ...SCRIPTS].includes(name))
      steps.add(byScript ? "a script" : `step ${transactions.get(connection) ?? at}`);
  }
  return steps;
}

export default {
  title: "Entities: objects in, hashes out",
  objectives: [
    "O4 store hash values",
    "feature: hashes",
    "definition: Entity",
    "definition: Schema",
    "use: general-purpose NoSQL database",
  ],
  form: "module",
  answer: "entities.ts",
  // Two of them first save in "ids": what a process remembers of Redis for its ids must not outlive a keyspace.
  processes: 3,
  proxied: true,
  hints: [
    "Begin with the Schema, which needs no Redis: one method makes a hash of an entity, another an entity of a hash. Both go through Object.entries(definition.fields), so that each field comes with its type.",
    "A switch over the type holds one line for each: text for a value in one direction, value for a text in the other. Try them on true and false, 0, an empty text and a Date.",
    "A field is missing when it is undefined, and only then. Where a record is missing, hGetAll gives an object without fields (08).",
    "The Repository has the client and the Schema. Its find is hGetAll and the Schema; its remove is del, which answers how many keys it removed; its save is one client.multi() … .exec().",
    'save: const key = name + ":" + id; await client.multi().del(key).hSet(key, hash).exec(); the id is data.id ?? randomUUID(), with import { randomUUID } from "node:crypto".',
  ],
  checks: [
    {
      id: "save",
      title:
        "save stores a new entity as the hash <name>:<id>, each field as the text of its type, and gives the id",
      points: 2,
      async run({ answer, random, expect }) {
        const sample = randomSample(random);
        const stranger = { [newName(random)]: random.text() };
        const id = await answer.callAndWait("save", sample.definition, { ...stranger, ...sample.values });
        expect.that(
          typeof id === "string" && id !== "",
          "save should give the id of the new entity, a text",
          {
            expected: "a text that is not empty",
            actual: id === "" ? "an empty text" : id,
            cause:
              typeof id === "number"
                ? "INCR answers a number: String(number) makes a text of it."
                : undefined,
          },
        );
        await expect.key(keyOf(sample, String(id))).isHash(sample.hash, { cause: causeOfStored(sample) });
      },
    },
    {
      id: "find",
      title: "find gives the entity with its id, and each value in the type that the schema says",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const id = random.id();
        const stranger = { [newName(random)]: random.text() };
        const sample = randomSample(random);
        await redis.hSet(keyOf(sample, id), { ...stranger, ...sample.hash });
        expect
          .value(await answer.call("find", sample.definition, id), "what find gives")
          .equals({ id, ...sample.values }, { cause: causeOfFound(sample) });
        const later = randomSample(random, sample.definition);
        await redis.hSet(keyOf(later, id), later.hash);
        expect
          .value(
            await answer.call("find", later.definition, id),
            "what find gives, after another program changed it,",
          )
          .equals(
            { id, ...later.values },
            {
              cause: "Ask Redis each time: what a variable remembers is old as soon as somebody else writes.",
            },
          );
      },
    },
    {
      id: "kinds",
      title: "Kinds are kept apart: each call goes by its own definition, also when several run at once",
      after: "find",
      async run({ answer, redis, random, proxy, expect }) {
        const id = random.id();
        const first = randomSample(random);
        const names = random.shuffle(Object.keys(first.definition.fields));
        const types = Object.values(first.definition.fields);
        const fields = Object.fromEntries(names.map((field, i) => [field, types[i] ?? "string"]));
        const second = randomSample(random, { ...randomDefinition(random), fields });
        const samples = [first, second];
        await Promise.all(samples.map((sample) => redis.hSet(keyOf(sample, id), sample.hash)));
        proxy.delay(SLOW_MS);
        const ended = await Promise.all(
          samples.map(({ definition }) => answer.outcome("find", [definition, id])),
        );
        for (const [i, { values }] of samples.entries()) {
          const one = ended[i];
          const found = one?.kind === "threw" ? `${one.error.name}: ${one.error.message}` : one;
          expect
            .value(
              one?.kind === "returned" ? one.value : found,
              "what find gives, while it runs for another kind,",
            )
            .equals(
              { id, ...values },
              {
                cause:
                  "While one call waits, another begins: what belongs to one call (schema, client, id) must not be kept in a variable outside of it.",
              },
            );
        }
      },
    },
    {
      id: "left-out",
      title: 'save leaves out what is missing or undefined, and nothing else: "", 0, false and [] are stored',
      after: "save",
      async run({ answer, random, expect }) {
        const { sample, leftOut } = emptySample(random);
        const data = { ...sample.values, [leftOut[0] ?? ""]: undefined };
        const id = await answer.call("save", sample.definition, data);
        await expect.key(keyOf(sample, String(id))).isHash(sample.hash, { cause: causeOfStored(sample) });
      },
    },
    {
      id: "not-in-hash",
      title: "find makes no property for what is not in the hash, and keeps what is empty",
      after: "find",
      async run({ answer, redis, random, expect }) {
        const id = random.id();
        const { sample } = emptySample(random);
        await redis.hSet(keyOf(sample, id), sample.hash);
        expect
          .value(await answer.call("find", sample.definition, id), "what find gives")
          .equals({ id, ...sample.values }, { cause: causeOfFound(sample) });
      },
    },
    {
      id: "missing",
      title: "find gives null for an id that no entity of this kind has",
      after: "find",
      async run({ answer, redis, random, expect }) {
        const id = random.id();
        const other = randomSample(random);
        await redis.hSet(keyOf(other, id), other.hash);
        expect
          .value(await answer.call("find", randomDefinition(random), id), "the answer for an unknown id")
          .equals(null, {
            cause: (found) =>
              typeof found === "object"
                ? "HGETALL answers a missing key with no fields, so you get an empty object: turn it into null before the schema gets it."
                : undefined,
          });
      },
    },
    {
      id: "again",
      title: "save with an id puts the entity in place of what is there, under the same id",
      points: 2,
      after: "save",
      async run({ answer, redis, random, expect }) {
        const id = random.id();
        const old = randomSample(random);
        const changed = randomSample(random, old.definition);
        const dropped = random.pick(Object.keys(changed.values));
        const sample = sampleOf(old.definition, without(changed.values, dropped));
        await redis.hSet(keyOf(old, id), old.hash);
        expect
          .value(
            await answer.callAndWait("save", sample.definition, { id, ...sample.values }),
            "what save gives",
          )
          .equals(id, {
            cause: "An entity that comes with an id keeps it: only one without gets a new one.",
          });
        await expect.key(keyOf(sample, id)).isHash(sample.hash, {
          cause: (found) =>
            typeof found === "object" && found !== null && dropped in found
              ? `HSET keeps the fields that it does not name: ${dropped}, which was left out this time, has to go.`
              : causeOfStored(sample)(found),
        });
      },
    },
    {
      id: "one-step",
      title: "save changes the hash in one step, so that nobody reads half an entity",
      after: "again",
      async run({ answer, redis, random, trace, expect }) {
        const old = randomSample(random);
        const known = random.id();
        await redis.hSet(keyOf(old, known), old.hash);
        const kept = without(old.values, random.pick(Object.keys(old.values)));
        for (const data of [old.values, { id: known, ...kept }]) {
          await trace.clear();
          const key = keyOf(old, String(await answer.call("save", old.definition, data)));
          const sent = await trace.commands();
          const steps = stepsOn(key, sent);
          expect.that(steps.size === 1, `save changed the hash ${key} in ${steps.size} steps`, {
            expected: "one command, or one transaction",
            actual: sent.map(({ name }) => name).join(", "),
            cause:
              "Between two steps others read half an entity, or none: hSet takes a whole object, and what goes between client.multi() and .exec() is one step.",
          });
        }
      },
    },
    {
      id: "ids",
      title: "New entities get different ids, also when two processes save many at once",
      points: 2,
      after: "save",
      async run({ answer, redis, random, proxy, expect }) {
        const definition = { name: newName(random), fields: { [random.word()]: "string" } } as const;
        const [field = ""] = Object.keys(definition.fields);
        const save = (process: typeof answer, text: string) =>
          process.call("save", definition, { [field]: text });
        const [one, other] = [await answer.another(), await answer.another()];
        const removed = String(await save(one, random.text()));
        await redis.del(`${definition.name}:${removed}`);
        const next = await save(one, random.text());
        expect.that(next !== removed, "the id of a removed entity was given to a new one", {
          expected: `another id than '${removed}'`,
          actual: next,
          cause:
            "Whoever still knows the old id would find the wrong entity. A count of what is there goes down again; INCR on a counter never does.",
        });
        const texts = random.list(2 * SAVED_AT_ONCE, () => random.id());
        proxy.delay(SLOW_MS);
        const ids = await Promise.all(texts.map((text, i) => save(i < SAVED_AT_ONCE ? one : other, text)));
        const different = new Set(ids).size;
        const inOne = new Set(ids.slice(0, SAVED_AT_ONCE)).size;
        expect.that(
          different === ids.length,
          `${ids.length} entities were saved, by two processes at once, under ${different} different ids`,
          {
            expected: `${ids.length} different ids`,
            actual: ids.slice(0, 5).concat("…", ids.slice(SAVED_AT_ONCE, SAVED_AT_ONCE + 5), "…"),
            cause:
              inOne < SAVED_AT_ONCE
                ? "Within one process ids came twice: a clock, a short random number, or a number that is read first and written afterwards, is the same for several calls."
                : "A variable lives in one process, and each process counts for itself: let Redis count (INCR), or use randomUUID().",
          },
        );
        const stored = await Promise.all(ids.map((id) => redis.hGet(`${definition.name}:${id}`, field)));
        expect.value(stored, "what is stored under the ids, in their order,").equals(texts);
      },
    },
    {
      id: "remove",
      title: "remove removes the entity and gives true, to one of many, and false where there is none",
      points: 2,
      async run({ answer, redis, random, proxy, expect }) {
        const [id, neighbour] = [random.id(), random.id()];
        const sample = randomSample(random);
        const stranger = { [newName(random)]: random.text() };
        for (const one of [id, neighbour])
          await redis.hSet(keyOf(sample, one), { ...sample.hash, ...stranger });
        const removed = await answer.callAndWait("remove", sample.definition, id);
        await expect.key(keyOf(sample, id)).isMissing({
          cause: (found) =>
            Object.keys(found ?? {}).length < Object.keys(sample.hash).length
              ? "The whole key has to go, also what the schema does not know: DEL."
              : "Is del called with the key <name>:<id>?",
        });
        expect.value(removed, "what remove gives for an entity that was there").equals(true, {
          cause: "DEL answers how many keys it removed, a number: compare it with 1.",
        });
        expect
          .value(await answer.call("remove", sample.definition, id), "what remove gives the second time")
          .equals(false);
        await expect.key(keyOf(sample, neighbour)).isHash(
          { ...sample.hash, ...stranger },
          {
            cause: "This is another entity of the same kind: it stays.",
          },
        );
        const other = await answer.another();
        proxy.delay(SLOW_MS);
        const answers = await Promise.all(
          random.list(2 * REMOVED_AT_ONCE, (i) =>
            (i % 2 ? answer : other).call("remove", sample.definition, neighbour),
          ),
        );
        const winners = answers.filter((one) => one === true).length;
        expect
          .value(winners, `the number of true, for ${answers.length} who remove the same entity at once,`)
          .equals(1, {
            cause:
              "Whoever looks first and removes afterwards is not alone: DEL itself answers whether it removed something.",
          });
      },
    },
  ],
  wrong: [
    {
      name: "json-blob",
      fails: "save",
      why: "One JSON text in a string: no field can be read or counted alone.",
    },
    {
      name: "boolean-words",
      fails: "save",
      why: "Stores the words true and false, where 1 and 0 are agreed.",
    },
    {
      name: "date-as-words",
      fails: "save",
      why: "String(date) is text for people: it loses the milliseconds.",
    },
    { name: "comma-list", fails: "save", why: "Joins lists with a comma, which may be in an item too." },
    { name: "latitude-first", fails: "save", why: "Latitude and longitude swapped." },
    {
      name: "whole-data",
      fails: "save",
      why: "Goes through the fields of the data: what the schema does not know is stored too.",
    },
    { name: "id-in-the-hash", fails: "save", why: "Stores the id a second time, as a field." },
    {
      name: "save-not-awaited",
      fails: "save",
      why: "No await before exec: the function ends before Redis has the entity.",
    },
    {
      name: "counted-not-awaited",
      fails: "save",
      why: "Awaits the new id, but not what is stored under it.",
    },
    { name: "number-id", fails: "save", why: "Gives the number of INCR, where an id is a text." },
    { name: "drops-zero", fails: "left-out", why: "Lets false through, but loses 0 and the empty text." },
    { name: "skips-falsy", fails: "save", why: '`if (value)` leaves out "", 0 and false.' },
    { name: "stores-undefined", fails: "left-out", why: 'Makes a text of what is missing: "undefined".' },
    {
      name: "only-texts",
      fails: "find",
      why: "Gives the texts of the hash as they are: booleans and numbers come back as strings.",
    },
    {
      name: "boolean-of-text",
      fails: "find",
      why: 'Boolean("0") is true: every boolean comes back as true.',
    },
    { name: "date-as-text", fails: "find", why: "Dates come back as text." },
    { name: "invalid-date", fails: "find", why: "new Date(digits as a text) is an invalid date." },
    { name: "whole-numbers", fails: "find", why: "parseInt loses the fraction." },
    { name: "point-of-texts", fails: "find", why: "The two numbers of a point stay texts." },
    {
      name: "guesses-types",
      fails: "find",
      why: "Guesses types from the texts, instead of asking the schema.",
    },
    {
      name: "whole-hash",
      fails: "find",
      why: "Gives every field of the hash, also those that the schema does not name.",
    },
    {
      name: "without-id",
      fails: "find",
      why: "Gives the fields without the id: nobody can save the entity again.",
    },
    {
      name: "remembers",
      fails: "find",
      why: "Keeps entities in a variable: what another program changes is never seen.",
    },
    {
      name: "all-fields",
      fails: "not-in-hash",
      why: "Makes a property for every field of the schema, undefined where the hash has none.",
    },
    {
      name: "missing-as-nothing",
      fails: "not-in-hash",
      why: "Takes a missing field for false, 0 or an empty text.",
    },
    { name: "drops-empty-text", fails: "not-in-hash", why: "`if (text)` loses the empty text." },
    { name: "empty-for-missing", fails: "missing", why: "Gives an entity without fields where nothing is." },
    { name: "undefined-for-missing", fails: "missing", why: "Gives undefined, where null is asked for." },
    { name: "always-new", fails: "again", why: "Every save makes a new entity: changing one leaves two." },
    { name: "only-hset", fails: "again", why: "HSET alone keeps the fields that were left out." },
    {
      name: "deletes-first",
      fails: "one-step",
      why: "DEL, then HSET: in between there is no entity, and a program that dies there loses it.",
    },
    {
      name: "sent-together",
      fails: "one-step",
      why: "Promise.all sends both commands together, but others may come between them.",
    },
    {
      name: "field-by-field",
      fails: "one-step",
      why: "One HSET for each field: others read half an entity.",
    },
    {
      name: "counter-in-memory",
      fails: "ids",
      why: "A counter in a variable: two processes give the same ids.",
    },
    {
      name: "clock",
      fails: "ids",
      why: "The milliseconds of the clock: many entities are saved in the same one.",
    },
    { name: "short-random", fails: "ids", why: "A random number below 1000 comes again soon." },
    {
      name: "get-then-set",
      fails: "ids",
      why: "Reads the counter, adds one, writes it: several callers read the same number.",
    },
    {
      name: "counts-keys",
      fails: "ids",
      why: "One more than there are: after a removal an id is given a second time.",
    },
    {
      name: "schema-in-a-global",
      fails: "kinds",
      why: "Keeps the schema in a variable of the module, which the next call replaces.",
    },
    {
      name: "one-repository",
      fails: "find",
      why: "Makes the repository once: every later kind is taken for the first.",
    },
    {
      name: "removes-fields",
      fails: "remove",
      why: "Removes the fields of the schema: what else is in the hash keeps it alive.",
    },
    {
      name: "number-of-removed",
      fails: "remove",
      why: "Gives DEL's number, where true or false is asked for.",
    },
    { name: "always-true", fails: "remove", why: "Says true whether there was something or not." },
    {
      name: "looks-first",
      fails: "remove",
      why: "EXISTS, then DEL: several callers see it, and all are told that they removed it.",
    },
    {
      name: "remove-not-awaited",
      fails: "remove",
      why: "No await before del: the function ends before the entity is gone.",
    },
    { name: "empties-the-kind", fails: "remove", why: "Removes every entity of the kind." },
  ],
} satisfies ModuleExercise;
