import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { findTestcontainers } from "../../src/redis/testcontainers.ts";
import { freePort } from "../../src/system/ports.ts";

beforeEach(() => {
  vi.stubEnv("LAB_REDIS_IMAGE", "corner/redis:1");
  vi.stubEnv("TESTCONTAINERS_RYUK_DISABLED", "true");
  return () => vi.unstubAllEnvs();
});

describe("Without a Docker that works, the reason says what is wrong and how to mend it", () => {
  test("no socket", async () => {
    vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
    expect(await find()).toMatchObject({ unavailable: "there is no Docker socket at /nowhere/docker.sock" });
  });

  test("nothing listens", async () => {
    vi.stubEnv("DOCKER_HOST", `tcp://127.0.0.1:${await freePort()}`);
    expect(await find()).toMatchObject({ unavailable: expect.stringContaining("Docker is not running") });
  });

  const isRoot = process.getuid?.() === 0;
  test.skipIf(isRoot)(
    `the socket may not be used${isRoot ? " (skipped: root may use every socket)" : ""}`,
    async () => {
      const socket = await listen(() => {}, { mode: 0 });
      vi.stubEnv("DOCKER_HOST", `unix://${socket}`);
      expect(await find()).toMatchObject({
        unavailable: expect.stringContaining("permission denied"),
        mend: expect.stringContaining("usermod -aG docker"),
      });
    },
  );

  test("no answer within a second", async () => {
    vi.stubEnv("DOCKER_HOST", `unix://${await listen(() => {})}`);
    expect(await find()).toMatchObject({ unavailable: expect.stringContaining("longer than 1000 ms") });
  });

  test("an answer that says no", async () => {
    vi.stubEnv("DOCKER_HOST", await api({ "GET /_ping": [500, '{"message":"still waking up"}'] }));
    expect(await find()).toMatchObject({ unavailable: expect.stringContaining("500: still waking up") });
  });

  test("an address that is none", async () => {
    vi.stubEnv("DOCKER_HOST", "docker");
    expect(await find()).toMatchObject({ unavailable: expect.stringContaining("DOCKER_HOST is no address") });
  });
});

describe("An image that is missing is pulled, after a line that says so", () => {
  const missing = {
    "GET /_ping": [200, "OK"],
    "GET /images/corner/redis:1/json": [404, '{"message":"No such image"}'],
  } as const;

  test("and when Docker refuses, the reason is Docker's own", async () => {
    const refused = {
      ...missing,
      "POST /images/create?fromImage=corner%2Fredis%3A1": [404, '{"message":"pull access denied"}'],
    } as const;
    vi.stubEnv("DOCKER_HOST", await api(refused));
    const said: string[] = [];
    expect(await findTestcontainers((line) => said.push(line))).toEqual({
      unavailable: "the image corner/redis:1 is missing and could not be pulled: pull access denied",
      mend: "docker pull corner/redis:1",
    });
    expect(said).toEqual([expect.stringContaining("Downloading the image corner/redis:1")]);
  });

  test("and when the download breaks off, the reason is what the stream said last", async () => {
    const broken = {
      ...missing,
      "POST /images/create?fromImage=corner%2Fredis%3A1": [
        200,
        '{"status":"Pulling"}\n{"error":"unexpected EOF"}\n',
      ],
    } as const;
    vi.stubEnv("DOCKER_HOST", await api(broken));
    expect(await find()).toMatchObject({ unavailable: expect.stringContaining("unexpected EOF") });
  });

  test("and without a tag only the latest is asked for", async () => {
    vi.stubEnv("LAB_REDIS_IMAGE", "redis");
    const asked: string[] = [];
    vi.stubEnv("DOCKER_HOST", await api({ "GET /_ping": [200, "OK"] }, asked));
    await find();
    expect(asked).toContain("POST /images/create?fromImage=redis%3Alatest");
  });
});

test("An image that is there makes the source available without a word", async () => {
  vi.stubEnv(
    "DOCKER_HOST",
    await api({ "GET /_ping": [200, "OK"], "GET /images/corner/redis:1/json": [200, "{}"] }),
  );
  const said: string[] = [];
  expect(await findTestcontainers((line) => said.push(line))).toMatchObject({ name: "testcontainers" });
  expect(said).toEqual([]);
});

function find() {
  return findTestcontainers(() => {});
}

/** A Docker that knows these answers and nothing else; gives its DOCKER_HOST. */
async function api(
  answers: Readonly<Record<string, readonly [status: number, body: string]>>,
  asked: string[] = [],
): Promise<string> {
  const socket = await listen((request, response) => {
    const question = `${request.method} ${request.url}`;
    asked.push(question);
    const [status, body] = answers[question] ?? [404, '{"message":"page not found"}'];
    response.writeHead(status).end(body);
  });
  return `unix://${socket}`;
}

/** Listens on a socket until the test ends; gives its path. */
async function listen(answer: RequestListener, options: { mode?: number } = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "lab-test-"));
  const path = join(folder, "docker.sock");
  const server = createServer(answer);
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  if (options.mode !== undefined) chmodSync(path, options.mode);
  return path;
}
