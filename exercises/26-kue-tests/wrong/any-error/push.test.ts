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
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 10));

before(() => queue.testMode.enter());
beforeEach(() => {
  printed = [];
  mock.method(console, "log", (line: string) => printed.push(line));
});
afterEach(() => {
  mock.restoreAll();
  queue.testMode.clear();
});
after(async () => {
  queue.testMode.exit();
  await new Promise<void>((resolve) => queue.shutdown(1000, () => resolve()));
});

/** The jobs that the function saves for this list, once it has had time to report them. */
async function savedJobs(list = notifications) {
  createPushNotificationsJobs(list, queue);
  await aMoment();
  return queue.testMode.jobs;
}

describe("createPushNotificationsJobs", () => {
  test("refuses what is no array, and makes no job", () => {
    for (const wrong of ["notifications", { phone: "1", message: "x" }, 7, null, undefined]) {
      assert.throws(() => createPushNotificationsJobs(wrong as never, queue));
    }
    assert.equal(queue.testMode.jobs.length, 0);
  });

  test("makes one job for each notification, in their order", async () => {
    const jobs = await savedJobs();
    assert.deepEqual(
      jobs.map(({ type }) => type),
      notifications.map(() => "push_notification"),
    );
    assert.deepEqual(
      jobs.map(({ data }) => data),
      notifications,
    );
  });

  test("makes none for an empty list", async () => {
    assert.deepEqual(await savedJobs([]), []);
    assert.deepEqual(printed, []);
  });

  test("reports each job once it is saved", async () => {
    const jobs = await savedJobs();
    assert.deepEqual(
      printed,
      jobs.map(({ id }) => `job ${id} created`),
    );
  });

  test("reports the progress of a job", async () => {
    const [first, second] = await savedJobs();
    printed = [];
    second?.emit("progress", 60);
    first?.emit("progress", 5);
    assert.deepEqual(printed, [`job ${second?.id} progress: 60%`, `job ${first?.id} progress: 5%`]);
  });

  test("reports the end of a job, with the reason where it failed", async () => {
    const [first, second] = await savedJobs();
    printed = [];
    first?.emit("failed", "no such phone");
    second?.emit("complete");
    assert.deepEqual(printed, [`job ${first?.id} failed: no such phone`, `job ${second?.id} completed`]);
  });
});
