import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import kue from "kue";
import { createPushNotificationsJobs } from "./push.ts";

const queue = kue.createQueue({ redis: process.env.REDIS_URL });

// TODO: enter Kue's test mode before the tests, and leave it after the last one
after(async () => {
  await new Promise<void>((resolve) => queue.shutdown(1000, () => resolve()));
});

describe("createPushNotificationsJobs", () => {
  // TODO: a test for each line of the task's table
});
