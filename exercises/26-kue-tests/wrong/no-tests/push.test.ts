import assert from "node:assert/strict";
import kue from "kue";
import { createPushNotificationsJobs } from "./push.ts";

const queue = kue.createQueue({ redis: process.env.REDIS_URL });
queue.testMode.enter();
createPushNotificationsJobs([{ phone: "1", message: "x" }], queue);
assert.equal(queue.testMode.jobs.length, 1);
queue.testMode.exit();
queue.shutdown(1000, () => {});
