import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { binariesOnPath, placedConfiguration } from "../../src/redis/local.ts";
import { RedisDidNotStart } from "../../src/redis/server.ts";
import { clientForTest, machineSource, startForTest } from "../support/redis.ts";

describe("A local Redis", () => {
  const source = machineSource();

  test("answers with its password and says its version", async () => {
    const { primary } = await startForTest(source);
    expect(await (await clientForTest(primary)).ping()).toBe("PONG");
    expect(primary.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(primary.isRunning).toBe(true);
  });

  test("refuses a wrong password", async () => {
    const { primary } = await startForTest(source);
    await expect(clientForTest({ endpoint: primary.endpoint, password: "wrong" })).rejects.toThrow(
      "WRONGPASS",
    );
  });

  test("listens on loopback only, each on a port of its own", async () => {
    const [one, other] = await Promise.all([startForTest(source), startForTest(source)]);
    expect(one.primary.endpoint.port).not.toBe(other.primary.endpoint.port);
    const client = await clientForTest(one.primary);
    expect({ ...(await client.configGet("bind")) }).toEqual({ bind: "127.0.0.1" });
  });

  test("refuses writes beyond its memory, and persists nothing", async () => {
    const client = await clientForTest((await startForTest(source)).primary);
    expect({ ...(await client.configGet(["maxmemory-policy", "save", "appendonly"])) }).toEqual({
      "maxmemory-policy": "noeviction",
      save: "",
      appendonly: "no",
    });
  });

  test("is gone after kill and answers again after restart", async () => {
    const { primary } = await startForTest(source);
    await primary.kill();
    expect(primary.isRunning).toBe(false);
    await expect(clientForTest(primary)).rejects.toThrow();
    await primary.restart();
    expect(primary.isRunning).toBe(true);
    expect(await (await clientForTest(primary)).ping()).toBe("PONG");
  });

  test("leaves no process and no folder after stop, however often it is called", async () => {
    const topology = await startForTest(source);
    const client = await clientForTest(topology.primary);
    const { dir } = await client.configGet("dir");
    expect(existsSync(String(dir))).toBe(true);
    await topology.stop();
    await topology.stop();
    expect(topology.primary.isRunning).toBe(false);
    expect(existsSync(String(dir))).toBe(false);
    // The port is free again: nothing listens there any more.
    const probe = createServer();
    await new Promise<void>((resolve, reject) => {
      probe.once("error", reject).listen(topology.primary.endpoint.port, "127.0.0.1", resolve);
    });
    probe.close();
  });

  test("boots a student's configuration, in a folder and on a port of its own", async () => {
    const server = await source.boot(
      "port 1\ndir /nowhere\nmaxmemory 10mb\ndaemonize yes\nlogfile /nowhere/log\n",
    );
    onTestFinished(() => server.stop());
    expect(await server.cli(["CONFIG", "GET", "maxmemory"])).toBe("maxmemory\n10485760\n");
    expect(server.log).toContain("Ready to accept connections");
    expect(await server.cli(["NONSENSE"])).toContain("ERR unknown command");
  });

  test("keeps a configured server's data over kill and restart", async () => {
    const server = await source.boot("appendonly yes\nappendfsync always\n");
    onTestFinished(() => server.stop());
    await server.cli(["SET", "greeting", "hello"]);
    await server.kill();
    expect(await server.cli(["PING"])).toContain("Could not connect");
    await server.restart();
    expect(await server.cli(["GET", "greeting"])).toBe("hello\n");
  });

  test("rejects a configuration that redis-server refuses, with its log", async () => {
    const boot = source.boot("maxmemory lots\n");
    await expect(boot).rejects.toThrow(RedisDidNotStart);
    await expect(boot).rejects.toMatchObject({ log: expect.stringContaining("maxmemory lots") });
  });

  test("gives no other shape than a single server yet", async () => {
    await expect(source.start({ kind: "replicas", replicas: 1 })).rejects.toThrow("single servers only");
  });
});

describe("A student's configuration", () => {
  test("loses its own folder but keeps its line numbers", () => {
    const placed = placedConfiguration(
      "# mine\n  dir /var/lib/redis\nmaxmemory 1mb\ndirectory x\n",
      7000,
      "/fresh",
    );
    expect(placed.split("\n").slice(0, 4)).toEqual([
      "# mine",
      "#   dir /var/lib/redis",
      "maxmemory 1mb",
      "directory x",
    ]);
    expect(placed).toContain('\nport 7000\ndir "/fresh"\ndaemonize no\n');
  });
});

describe("Binaries on the PATH", () => {
  test("are Redis' own before Valkey's, wherever they stand", () => {
    const valkey = folderWith("valkey-server", "valkey-cli");
    const redis = folderWith("redis-server", "redis-cli");
    expect(binariesOnPath([valkey, redis].join(delimiter))?.server).toBe(join(redis, "redis-server"));
    expect(binariesOnPath(valkey)?.cli).toBe(join(valkey, "valkey-cli"));
  });

  test("count only when server and command line are both there", () => {
    expect(binariesOnPath(folderWith("redis-server"))).toBeUndefined();
    expect(binariesOnPath("")).toBeUndefined();
  });
});

function folderWith(...programs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "lab-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const program of programs) {
    writeFileSync(join(folder, program), "");
    chmodSync(join(folder, program), 0o755);
  }
  return folder;
}
