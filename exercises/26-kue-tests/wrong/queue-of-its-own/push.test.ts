import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, mock, test } from "node:test";
import { createPushNotificationsJobs } from "./push.ts";

class Job extends EventEmitter {
  id = 1;
  constructor(
    readonly type: string,
    readonly data: unknown,
  ) {
    super();
  }
  save(callback: (error?: Error) => void) {
    callback();
  }
}

describe("createPushNotificationsJobs", () => {
  test("refuses an object", () => {
    assert.throws(() => createPushNotificationsJobs({} as never, {} as never), { message: "jobs is not an array" });
  });
  test("makes a job with type and data, and reports it", () => {
    const made: Job[] = [];
    const queue = {
      create(type: string, data: unknown) {
        const job = new Job(type, data);
        made.push(job);
        return job;
      },
    };
    const log = mock.method(console, "log", () => {});
    createPushNotificationsJobs([{ phone: "1", message: "x" }], queue as never);
    assert.deepEqual(made[0]?.data, { phone: "1", message: "x" });
    assert.equal(log.mock.calls[0]?.arguments[0], "job 1 created");
    log.mock.restore();
  });
  test("makes none for an empty list", () => {
    createPushNotificationsJobs([], {} as never);
  });
});
