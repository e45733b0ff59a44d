import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type FaultProxy, startFaultProxy } from "../../src/redis/proxy.ts";
import type { RedisServer } from "../../src/redis/server.ts";
import { clientForTest, machineSource, startForTest } from "../support/redis.ts";

const DELAY_MS = 60;

describe("The fault proxy", () => {
  test("passes commands through unchanged", async () => {
    const { client } = await behindProxy();
    const value = "é".repeat(100_000);
    await client.set("long", value);
    expect(await client.get("long")).toBe(value);
  });

  test("counts commands that wait for each other as a round trip each", async () => {
    const { proxy, client } = await behindProxy();
    proxy.resetRoundTrips();
    for (let i = 0; i < 3; i++) await client.ping();
    expect(proxy.roundTrips()).toBe(3);
  });

  test("counts pipelined commands as one round trip", async () => {
    const { proxy, client } = await behindProxy();
    proxy.resetRoundTrips();
    await Promise.all(Array.from({ length: 50 }, () => client.ping()));
    expect(proxy.roundTrips()).toBe(1);
  });

  test("delays each command that waits for the one before", async () => {
    const { proxy, client } = await behindProxy();
    proxy.delay(DELAY_MS);
    const tookMs = await timeOf(async () => {
      for (let i = 0; i < 3; i++) await client.ping();
    });
    expect(tookMs).toBeGreaterThanOrEqual(3 * DELAY_MS);
  });

  test("delays pipelined commands once, together", async () => {
    const { proxy, client } = await behindProxy();
    proxy.delay(DELAY_MS);
    const one = await timeOf(() => client.ping());
    const fifty = await timeOf(() => Promise.all(Array.from({ length: 50 }, () => client.ping())));
    expect(one).toBeGreaterThanOrEqual(DELAY_MS);
    // One delay and some work, where one after another they would take fifty: 3 s.
    expect(fifty).toBeGreaterThanOrEqual(DELAY_MS);
    expect(fifty).toBeLessThan(10 * DELAY_MS);
  });

  test("holds commands back while it hangs and passes them on in their order once healed", async () => {
    const { proxy, client, server } = await behindProxy();
    const judge = await clientForTest(server);
    proxy.hang();
    const pushed = Promise.all(["a", "b", "c"].map((item) => client.rPush("list", item)));
    let settled = false;
    void pushed.finally(() => {
      settled = true;
    });
    // The judge's own connection does not hang, and sees that nothing arrived.
    expect(await judge.exists("list")).toBe(0);
    expect(settled).toBe(false);
    proxy.heal();
    await pushed;
    expect(await judge.lRange("list", 0, -1)).toEqual(["a", "b", "c"]);
  });

  test("holds back commands until they are released, one step after the other", async () => {
    const { proxy, client, server } = await behindProxy();
    const judge = await clientForTest(server);
    proxy.hold();
    const first = client.rPush("list", "a");
    await vi.waitUntil(() => proxy.isHolding());
    expect(await judge.exists("list")).toBe(0);
    proxy.release();
    await first;
    expect(proxy.isHolding()).toBe(false);
    const second = client.rPush("list", "b");
    await vi.waitUntil(() => proxy.isHolding());
    expect(await judge.lRange("list", 0, -1)).toEqual(["a"]);
    await proxy.heal();
    await second;
    expect(await judge.lRange("list", 0, -1)).toEqual(["a", "b"]);
  });

  test("drops connections when it is cut, refuses new ones, and accepts again once healed", async () => {
    const { proxy, client, server } = await behindProxy();
    proxy.cut();
    await expect(client.ping()).rejects.toThrow();
    await expect(connect(proxy, server)).rejects.toThrow("ECONNREFUSED");
    await proxy.heal();
    expect(await (await connect(proxy, server)).ping()).toBe("PONG");
  });

  test("is without faults after reset, and counts from zero", async () => {
    const { proxy, client } = await behindProxy();
    proxy.delay(10_000);
    const answer = client.ping();
    await proxy.reset();
    expect(await answer).toBe("PONG");
    expect(proxy.roundTrips()).toBeLessThanOrEqual(1);
  });

  test("keeps the order of commands when the delay becomes shorter", async () => {
    const { proxy, client } = await behindProxy();
    proxy.resetRoundTrips();
    proxy.delay(10_000);
    const first = client.rPush("list", "a");
    await vi.waitUntil(() => proxy.roundTrips() === 1);
    proxy.delay(0);
    await Promise.all([first, client.rPush("list", "b")]);
    expect(await client.lRange("list", 0, -1)).toEqual(["a", "b"]);
  });

  test("counts what is sent after a reset, also while an older command is not yet answered", async () => {
    const { proxy, client } = await behindProxy();
    proxy.resetRoundTrips();
    proxy.hang();
    const older = client.ping();
    await vi.waitUntil(() => proxy.roundTrips() === 1);
    proxy.resetRoundTrips();
    const newer = client.ping();
    await vi.waitUntil(() => proxy.roundTrips() === 1);
    proxy.heal();
    await Promise.all([older, newer]);
    expect(proxy.roundTrips()).toBe(1);
  });

  test("holds back more than it stores, and passes on all of it once healed", async () => {
    const { proxy, client, server } = await behindProxy();
    const judge = await clientForTest(server);
    const value = "x".repeat(8 * 1024 * 1024);
    proxy.hang();
    const stored = client.set("large", value);
    expect(await judge.exists("large")).toBe(0);
    proxy.heal();
    await stored;
    expect(await judge.strLen("large")).toBe(value.length);
  });

  test("forgets the commands of a client that hung up while it was hanging", async () => {
    const { proxy, client, server } = await behindProxy();
    const other = await connect(proxy, server);
    proxy.resetRoundTrips();
    proxy.hang();
    client.rPush("list", "late").catch(() => {});
    await vi.waitUntil(() => proxy.roundTrips() === 1);
    client.destroy();
    await proxy.reset();
    expect(await other.exists("list")).toBe(0);
  });

  test("follows a server that was restarted", async () => {
    const { proxy, server } = await behindProxy();
    await server.kill();
    await server.restart();
    expect(await (await connect(proxy, server)).ping()).toBe("PONG");
  });

  test("ends its connections when it is closed", async () => {
    const { proxy, client } = await behindProxy();
    await proxy.close();
    await expect(client.ping()).rejects.toThrow();
  });
});

async function behindProxy() {
  const { primary: server } = await startForTest(machineSource());
  const proxy = await startFaultProxy(() => server.endpoint);
  onTestFinished(() => proxy.close());
  return { server, proxy, client: await connect(proxy, server) };
}

function connect(proxy: FaultProxy, server: RedisServer) {
  return clientForTest({ endpoint: proxy.endpoint, password: server.password });
}

/** Milliseconds. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
