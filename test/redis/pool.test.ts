import { describe, expect, test } from "vitest";
import { warmPool } from "../../src/redis/pool.ts";
import { type RedisSource, type Shape, singleServer, type Topology } from "../../src/redis/server.ts";

describe("The warm pool", () => {
  test("starts servers ahead, and never more than will be taken", async () => {
    const { source, started } = countingSource();
    const pool = warmPool(source);
    pool.expect(1, 4);
    expect(started()).toBe(1);
    await pool.take(singleServer);
    await settle();
    expect(started()).toBe(1);
  });

  test("starts the next server once one was taken", async () => {
    const { source, started } = countingSource();
    const pool = warmPool(source);
    pool.expect(5, 2);
    expect(started()).toBe(2);
    await pool.take(singleServer);
    await settle();
    expect(started()).toBe(3);
  });

  test("never gives a server out twice", async () => {
    const { source } = countingSource();
    const pool = warmPool(source);
    pool.expect(6, 3);
    const taken = await Promise.all(Array.from({ length: 6 }, () => pool.take(singleServer)));
    expect(new Set(taken).size).toBe(6);
  });

  test("starts a server of its own where none was expected", async () => {
    const { source, started } = countingSource();
    const pool = warmPool(source);
    await pool.take(singleServer);
    expect(started()).toBe(1);
  });

  test("does not give a single server to whoever needs another shape", async () => {
    const { source } = countingSource();
    const pool = warmPool(source);
    pool.expect(1, 1);
    const cluster: Shape = { kind: "cluster", nodes: 3 };
    expect((await pool.take(cluster)).shape).toEqual(cluster);
  });

  test("tells whoever takes a server why it could not be started", async () => {
    const pool = warmPool({
      ...countingSource().source,
      start: () => Promise.reject(new Error("no memory")),
    });
    pool.expect(1, 1);
    await settle();
    await expect(pool.take(singleServer)).rejects.toThrow("no memory");
  });

  test("stops what was started ahead and not taken, and leaves alone what was taken", async () => {
    const { source, stopped } = countingSource();
    const pool = warmPool(source);
    pool.expect(3, 3);
    const taken = await pool.take(singleServer);
    await pool.drain();
    expect(stopped()).toHaveLength(2);
    expect(stopped()).not.toContain(taken);
  });

  test("knows the version, once any server was started, without starting another", async () => {
    const { source, started, stopped } = countingSource();
    const pool = warmPool(source);
    expect(await pool.version()).toBe("8.0.2");
    expect(stopped()).toHaveLength(1);
    expect(await pool.version()).toBe("8.0.2");
    expect(started()).toBe(1);
  });
});

/** A source of servers that only exist on paper. */
function countingSource() {
  let starts = 0;
  const stops: Topology[] = [];
  const source: RedisSource = {
    name: "local",
    async start(shape) {
      starts++;
      const primary = {
        endpoint: { host: "127.0.0.1", port: starts },
        password: "",
        version: "8.0.2",
        isRunning: true,
        kill: async () => {},
        restart: async () => {},
      };
      const topology: Topology = {
        shape,
        primary,
        servers: [primary],
        async stop() {
          stops.push(topology);
        },
      };
      return topology;
    },
    boot: () => Promise.reject(new Error("not on paper")),
  };
  return { source, started: () => starts, stopped: () => stops };
}

/** Lets what was begun in the background get on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
