import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, mock, test } from "node:test";
import kue from "kue";
import { createPushNotificationsJobs } from "./push.ts";

const queue = kue.createQueue({ redis: process.env.REDIS_URL });
const notifications = [
  { phone: "0155501", message: "Your order is on its way" },
  { phone: "0155502", message: "Your code is 4711" },
  { phone: "0155503", message: "" },
];

let printed: string[] = [];
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 20));

before(() => queue.testMode.enter());
beforeEach(() => {
  printed = [];
  mock.method(console, "log", (line: string) => printed.push(line));
});
afterEach(async () => {
  await aMoment();
  mock.restoreAll();
  queue.testMode.clear();
});
after(async () => {
  queue.testMode.exit();
  await new Promise<void>((resolve) => queue.shutdown(1000, () => resolve()));
});

/** The jobs of all notifications, once what was printed at their start is forgotten. */
async function createdJobs() {
  createPushNotificationsJobs(notifications, queue);
  await aMoment();
  printed = [];
  return queue.testMode.jobs;
}

describe("createPushNotificationsJobs", () => {
  test("refuses what is no array, and makes no job", () => {
    for (const wrong of ["notifications", { phone: "1", message: "x" }, 7, null, undefined]) {
      assert.throws(() => createPushNotificationsJobs(wrong as never, queue), { message: "jobs is not an array" });
    }
    assert.equal(queue.testMode.jobs.length, 0);
  });

  test("makes one job for each notification, in their order", () => {
    createPushNotificationsJobs(notifications, queue);
    const jobs = queue.testMode.jobs;
    assert.deepEqual(
      jobs.map(({ type }) => type),
      notifications.map(() => "push_notification"),
    );
    assert.deepEqual(
      jobs.map(({ data }) => data),
      notifications,
    );
  });

  test("makes none for an empty list", () => {
    createPushNotificationsJobs([], queue);
    assert.equal(queue.testMode.jobs.length, 0);
  });

  test("reports each job once it is saved", async () => {
    createPushNotificationsJobs(notifications, queue);
    await aMoment();
    assert.deepEqual(printed, queue.testMode.jobs.map(({ id }) => `job ${id} created`));
  });

  test("reports the progress of a job", async () => {
    const last = (await createdJobs()).at(-1);
    last?.emit("progress", 60);
    assert.deepEqual(printed, [`job ${last?.id} progress: 60%`]);
  });

  test("reports the end of a job, with the reason where it failed", async () => {
    const last = (await createdJobs()).at(-1);
    last?.emit("failed", "no such phone");
    last?.emit("complete");
    assert.deepEqual(printed, [`job ${last?.id} failed: no such phone`, `job ${last?.id} completed`]);
  });
});
