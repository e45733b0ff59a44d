import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { RedisDidNotStart, type RedisSource, singleServer } from "../../src/redis/server.ts";
import { findTestcontainers } from "../../src/redis/testcontainers.ts";
import { CONTAINER_LABEL, sweepContainers } from "../../src/system/docker/testcontainers.ts";
import { containersWith, redisImages, whyNotInDocker } from "../support/docker.ts";
import { clientForTest, startForTest } from "../support/redis.ts";

/** Milliseconds: a container starts in 0.3 s on an idle machine. */
const LIMIT_MS = 60_000;

describe.each(redisImages)("Redis in a container", ({ image, version }) => {
  const reason = whyNotInDocker(image);
  describe.skipIf(reason)(
    reason ? `from ${image} (skipped: ${reason})` : `from ${image}`,
    { timeout: LIMIT_MS },
    () => {
      let source: RedisSource;
      beforeAll(async () => {
        vi.stubEnv("LAB_REDIS_IMAGE", image);
        const found = await findTestcontainers(() => {});
        if ("unavailable" in found) throw new Error(found.unavailable);
        source = found;
      }, LIMIT_MS);

      test("what a lab that was killed left is removed by the next one, and what others use is not", async () => {
        const create = (owner: string) =>
          execFileSync("docker", ["create", "--label", `${CONTAINER_LABEL}=${owner}`, image], {
            encoding: "utf8",
          }).trim();
        // Beyond the largest process id of Linux.
        const abandoned = create(`${hostname()}/4194305`);
        const others = [create(`${hostname()}/${process.pid}`), create("another-machine/4194305")];
        onTestFinished(() => void execFileSync("docker", ["rm", "-f", ...others], { stdio: "ignore" }));
        await sweepContainers();
        const left = containersWith(`label=${CONTAINER_LABEL}`);
        expect(left).not.toContain(abandoned);
        expect(left).toEqual(expect.arrayContaining(others));
      });

      test("answers with its password and says its version", async () => {
        const { primary } = await startForTest(source);
        expect(await (await clientForTest(primary)).ping()).toBe("PONG");
        expect(primary.version).toMatch(version);
        expect(primary.isRunning).toBe(true);
      });

      test("refuses a wrong password and none", async () => {
        const { primary } = await startForTest(source);
        await expect(clientForTest({ endpoint: primary.endpoint, password: "wrong" })).rejects.toThrow(
          "WRONGPASS",
        );
        const stranger = await clientForTest({ endpoint: primary.endpoint, password: "" }).catch(
          (error: Error) => error,
        );
        const answer =
          stranger instanceof Error ? stranger : await stranger.ping().catch((error: Error) => error);
        expect(String(answer)).toContain("NOAUTH");
      });

      test("has the settings of every answer's server, and no persistence", async () => {
        const client = await clientForTest((await startForTest(source)).primary);
        const settings = await client.configGet(["maxmemory", "maxmemory-policy", "save", "appendonly"]);
        expect({ ...settings }).toEqual({
          maxmemory: String(256 * 1024 * 1024),
          "maxmemory-policy": "noeviction",
          save: "",
          appendonly: "no",
        });
      });

      test("is gone after kill and answers again after restart, wherever its port is then", async () => {
        const { primary } = await startForTest(source);
        await primary.kill();
        expect(primary.isRunning).toBe(false);
        await expect(clientForTest(primary)).rejects.toThrow();
        await primary.restart();
        expect(primary.isRunning).toBe(true);
        expect(await (await clientForTest(primary)).ping()).toBe("PONG");
      });

      test("leaves no container after stop, however often it is called", async () => {
        const topology = await source.start(singleServer);
        const [id] = containersWith(`publish=${topology.primary.endpoint.port}`);
        expect(id).toBeDefined();
        await topology.stop();
        await topology.stop();
        expect(containersWith(`id=${id}`)).toEqual([]);
      });

      test("leaves no container after stop when it was killed before", async () => {
        const topology = await source.start(singleServer);
        const [id] = containersWith(`publish=${topology.primary.endpoint.port}`);
        await topology.primary.kill();
        await topology.stop();
        expect(containersWith(`id=${id}`)).toEqual([]);
      });

      test("boots a student's configuration, in a folder and on a port of its own", async () => {
        const server = await source.boot(
          "port 1\ndir /nowhere\nbind 127.0.0.1\nmaxmemory 10mb\ndaemonize yes\n",
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
        expect(await server.cli(["PING"])).not.toContain("PONG");
        await server.restart();
        expect(await server.cli(["GET", "greeting"])).toBe("hello\n");
      });

      test("rejects a configuration that redis-server refuses, with its log", async () => {
        const boot = source.boot("maxmemory lots\n");
        await expect(boot).rejects.toThrow(RedisDidNotStart);
        await expect(boot).rejects.toMatchObject({ log: expect.stringContaining("maxmemory lots") });
      });

      test("gives no other shape than a single server yet", async () => {
        await expect(source.start({ kind: "cluster", nodes: 3 })).rejects.toThrow("single servers only");
      });

      test("leaves no container when interrupted while starting", async () => {
        const program = await compile(startTwo);
        for (const afterMs of [0, 60, 120, 200, 280]) {
          const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
          await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
          // What is tested is an interrupt at any moment of a start.
          await new Promise((resolve) => setTimeout(resolve, afterMs));
          child.kill("SIGTERM");
          const code = await new Promise((resolve) => child.once("close", resolve));
          expect(
            containersWith(`label=${CONTAINER_LABEL}=${hostname()}/${child.pid}`),
            `${afterMs} ms`,
          ).toEqual([]);
          expect(code, `${afterMs} ms`).toBe(130);
        }
      });
    },
  );
});

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A program that says when it begins to start two servers, and then waits. */
const startTwo = `
  import { findTestcontainers } from "./src/redis/testcontainers.ts";
  import { releaseOnInterrupt } from "./src/system/cleanup.ts";
  releaseOnInterrupt();
  const source = await findTestcontainers(() => {});
  if ("unavailable" in source) throw new Error(source.unavailable);
  console.log("starting");
  await Promise.allSettled([source.start({ kind: "single" }), source.boot("")]);
  setInterval(() => {}, 1000);
`;

/** Bundles TypeScript, since Node.js 20 does not run it; gives the file. */
async function compile(contents: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "lab-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const outfile = join(folder, "program.mjs");
  await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["*.node", "cpu-features"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); const __dirname = "";',
    },
    logLevel: "error",
  });
  return outfile;
}
