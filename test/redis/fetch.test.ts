import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { fetchRedis } from "../../src/redis/fetch.ts";
import { clientForTest, startForTest } from "../support/redis.ts";

/** Milliseconds: the download takes 2 s where the mirror is near. */
const LIMIT_MS = 200_000;
const reason = whyNot();

describe.skipIf(reason)(
  `Redis from the distribution's packages${reason ? ` (skipped: ${reason})` : ""}`,
  () => {
    let home: string;
    let cache: string;
    const said: string[] = [];
    const fetch = () => fetchRedis((line) => said.push(line));

    beforeAll(() => {
      home = mkdtempSync(join(tmpdir(), "lab-test-"));
      cache = join(home, "redis-learning-lab", "redis");
    });
    afterAll(() => rmSync(home, { recursive: true, force: true }));
    beforeEach(() => {
      said.length = 0;
      vi.stubEnv("XDG_CACHE_HOME", home);
      return () => vi.unstubAllEnvs();
    });

    test("is not downloaded with LAB_REDIS_FETCH=0, and nothing is written", async () => {
      vi.stubEnv("LAB_REDIS_FETCH", "0");
      expect(await fetch()).toMatchObject({
        unavailable: "LAB_REDIS_FETCH=0 turns the download off",
        mend: "unset LAB_REDIS_FETCH",
      });
      expect(said).toEqual([]);
      expect(readdirSync(home)).toEqual([]);
    });

    test("says why when the cache folder cannot be written to", async () => {
      const file = join(home, "a-file");
      writeFileSync(file, "");
      vi.stubEnv("XDG_CACHE_HOME", file);
      expect(await fetch()).toMatchObject({
        unavailable: expect.stringContaining(`cannot write to the cache folder ${file}`),
        mend: expect.stringContaining("XDG_CACHE_HOME"),
      });
      rmSync(file);
    });

    test("says what failed when the packages cannot be had, and leaves nothing behind", async () => {
      const tools = fakeTools({
        "apt-get": "echo 'E: no mirror answers' >&2; exit 100",
        "apt-cache": "exit 100",
      });
      vi.stubEnv("PATH", `${tools}:${process.env.PATH}`);
      expect(await fetch()).toMatchObject({ unavailable: expect.stringContaining("no mirror answers") });
      expect(readdirSync(cache)).toEqual([]);
    });

    test(
      "is downloaded after a line that says from where and how to turn it off, and runs",
      async () => {
        const source = await fetch();
        if ("unavailable" in source) throw new Error(source.unavailable);
        expect(said).toEqual([expect.stringMatching(/packages of .*LAB_REDIS_FETCH=0/)]);
        const { primary } = await startForTest(source);
        expect(await (await clientForTest(primary)).ping()).toBe("PONG");
        expect(readdirSync(cache), "the folders used on the way are gone").toHaveLength(1);
      },
      LIMIT_MS,
    );

    test("is used from the cache the next time, without network and without a word", async () => {
      const tools = fakeTools({ "apt-get": "exit 1", "apt-cache": "exit 1", "dpkg-deb": "exit 1" });
      vi.stubEnv("PATH", tools);
      vi.stubEnv("LAB_REDIS_FETCH", "0");
      expect(await fetch()).toMatchObject({ name: "local" });
      expect(said).toEqual([]);
    });

    test(
      "is downloaded again when what is in the cache does not run",
      async () => {
        const [name = ""] = readdirSync(cache);
        const server = join(cache, name, "usr/bin/redis-server");
        rmSync(server);
        writeFileSync(server, "#!/bin/false\n", { mode: 0o755 });
        const [one, other] = await Promise.all([fetch(), fetch()]);
        expect([one, other], "two labs at once").toMatchObject([{ name: "local" }, { name: "local" }]);
        expect(readdirSync(cache)).toEqual([name]);
      },
      LIMIT_MS,
    );

    function fakeTools(scripts: Readonly<Record<string, string>>): string {
      const folder = join(home, "tools");
      mkdirSync(folder, { recursive: true });
      for (const [program, script] of Object.entries(scripts)) {
        writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`);
        chmodSync(join(folder, program), 0o755);
      }
      return folder;
    }
  },
);

function whyNot(): string | undefined {
  if (!existsSync("/etc/os-release")) return "neither Debian nor Ubuntu";
  const release = readFileSync("/etc/os-release", "utf8");
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release) ? undefined : "neither Debian nor Ubuntu";
}
