// The vitest peer's test of the lab's own solution of 08-hashes: check by check what the exercise asks for, on a
// Redis of its own. Copied beside the fetched packages as `schools.test.mjs`; under that name our own test run
// would pick it up.
import { randomBytes, randomInt } from "node:crypto";
import { RedisContainer } from "@testcontainers/redis";
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addStudents, getSchool, listFields, saveSchool, updateSchool } from "./schools.ts";

let container;
let client;
let judge;

beforeAll(async () => {
  // A home-made image needs protected mode off; the official one has it off already.
  container = await new RedisContainer(process.env.BENCH_REDIS_IMAGE)
    .withCommand(["redis-server", "--protected-mode", "no"])
    .withLabels({ [process.env.BENCH_LABEL]: "" })
    .start();
  client = await connect();
  judge = await connect();
}, 60_000);

afterAll(async () => {
  await client?.close();
  await judge?.close();
  await container?.stop();
});

beforeEach(async () => {
  await judge.flushAll();
  await judge.configResetStat();
});

test("saveSchool stores every field of the school in one hash", async () => {
  const [id, school] = [word(), randomSchool()];
  await saveSchool(client, id, school);
  expect(await judge.type(`school:${id}`)).toBe("hash");
  expect({ ...(await judge.hGetAll(`school:${id}`)) }).toEqual(school);
});

test("saveSchool sends one HSET for the whole school", async () => {
  await saveSchool(client, word(), randomSchool());
  expect(await callsOf("hset")).toBe(1);
});

test("getSchool gives back the school as an object", async () => {
  const [id, school] = [word(), randomSchool()];
  await judge.hSet(`school:${id}`, school);
  expect({ ...(await getSchool(client, id)) }).toEqual(school);
});

test("getSchool gives null for a school that does not exist", async () => {
  expect(await getSchool(client, word())).toBeNull();
});

test("updateSchool changes one field and leaves the others alone", async () => {
  const [id, school, value] = [word(), randomSchool(), text()];
  await judge.hSet(`school:${id}`, school);
  const [field = ""] = Object.keys(school);
  await updateSchool(client, id, field, value);
  for (const command of ["hgetall", "del", "hmget"]) expect(await callsOf(command)).toBe(0);
  expect({ ...(await judge.hGetAll(`school:${id}`)) }).toEqual({ ...school, [field]: value });
});

test("addStudents counts up inside the hash, also when many call at once", async () => {
  const [id, before, by] = [word(), randomInt(100, 900), randomInt(2, 9)];
  await judge.hSet(`school:${id}`, { name: text(), students: String(before) });
  expect(await addStudents(client, id, by)).toBe(before + by);
  // Where the lab takes a second process, this takes a second connection, as such tests do.
  const other = await connect();
  await Promise.all(Array.from({ length: 40 }, (_, i) => addStudents(i % 2 ? client : other, id, 1)));
  await other.close();
  expect(await judge.hGet(`school:${id}`, "students")).toBe(String(before + by + 40));
});

test("listFields gives the names of the fields", async () => {
  const [id, school] = [word(), randomSchool()];
  await judge.hSet(`school:${id}`, school);
  expect((await listFields(client, id)).sort()).toEqual(Object.keys(school).sort());
  expect(await callsOf("hgetall")).toBe(0);
});

async function connect() {
  const connection = createClient({ url: container.getConnectionUrl() });
  connection.on("error", () => {});
  return await connection.connect();
}

function word() {
  return randomBytes(6).toString("hex");
}

function text() {
  return `"${word()}" ünï ${word()}`;
}

function randomSchool() {
  return Object.fromEntries(Array.from({ length: randomInt(3, 6) }, () => [word(), text()]));
}

/** How often Redis was asked for a command since the test began. */
async function callsOf(command) {
  const stats = await judge.info("commandstats");
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}
