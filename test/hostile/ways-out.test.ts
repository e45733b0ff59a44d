import { createSocket } from "node:dgram";
import { createServer, type ListenOptions, type Server } from "node:net";
import { homedir, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ModuleExercise } from "../../src/course/exercise.ts";
import type { ModuleAnswer } from "../../src/course/vocabulary.ts";
import { packageRoot } from "../../src/system/package-root.ts";
import { exerciseOf, folderWith } from "../support/answer.ts";
import { fixture, gradeHostile, longLimits } from "../support/hostile.ts";
import { isStrong } from "../support/place.ts";

const SECRET = "swordfish-of-the-host";

/** Grades 27-explores by one check, and gives what the check saw. */
async function explore<T>(look: (answer: ModuleAnswer) => Promise<T>): Promise<T> {
  let seen: T | undefined;
  const checks: ModuleExercise["checks"] = [
    {
      id: "explore",
      title: "explores",
      async run({ answer }) {
        seen = await look(answer);
      },
    },
  ];
  const exercise = exerciseOf({ form: "module", answer: "answer.ts", checks } as ModuleExercise);
  const graded = await gradeHostile(exercise, folderWith(fixture("27-explores")), longLimits);
  expect(graded.check("explore").message).toBeUndefined();
  expect(graded.result.status).toBe("passed");
  return seen as T;
}

async function listens(options: ListenOptions): Promise<Server> {
  const server = createServer((socket) => socket.end("found"));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(options, resolve));
  onTestFinished(() => void server.close());
  return server;
}

const portOf = (server: Server) => (server.address() as { port: number }).port;

describe.runIf(isStrong)("12, 27, 29. inside a strong sandbox", () => {
  test("no file of the host can be read, whether its path is known or everything is searched", async () => {
    const other = folderWith({ "08-hashes/schools.ts": `// ${SECRET}\n`, secret: SECRET });
    process.env.LAB_TEST_SECRET = SECRET;
    onTestFinished(() => {
      delete process.env.LAB_TEST_SECRET;
    });
    const paths = [
      other,
      join(other, "08-hashes", "schools.ts"),
      packageRoot,
      join(packageRoot, "package.json"),
      join(packageRoot, "solutions"),
      join(packageRoot, "solutions", "08-hashes", "schools.ts"),
      join(packageRoot, "exercises", "08-hashes", "exercise.ts"),
      join(packageRoot, "dist", "cli.js"),
      homedir(),
      tmpdir() === "/tmp" ? other : tmpdir(),
      "/etc/shadow",
      "/root",
      "/home",
      "/var",
      "/var/run/docker.sock",
      `/proc/${process.pid}/environ`,
      `/proc/${process.pid}/root`,
      `/proc/${process.ppid}/environ`,
    ];
    const seen = await explore(async (answer) => ({
      paths: await answer.call("readPaths", paths),
      search: (await answer.call("searchEverywhere", SECRET)) as { found: string[]; files: number },
    }));
    // A container's image has folders of these names, which are its own.
    const ofImage = ["/root", "/home", "/var", "/etc/shadow"];
    expect((seen.paths as string[]).filter((path) => !ofImage.includes(path))).toEqual([]);
    expect(seen.search.found).toEqual([]);
    expect(seen.search.files).toBeGreaterThan(0);
  });

  test("nothing but its own folders can be written to", async () => {
    const places = await explore((answer) => answer.call("writeEverywhere") as Promise<string[]>);
    expect(places.filter((place) => !/^\/(answer|tmp|dev\/(shm|mqueue))(\/|$)/.test(place))).toEqual([]);
    expect(places).toContain("/answer");
  });

  test("no process of the host can be seen or signalled", async () => {
    process.env.LAB_TEST_SECRET = SECRET;
    onTestFinished(() => {
      delete process.env.LAB_TEST_SECRET;
    });
    const seen = await explore(
      (answer) =>
        answer.call("lookAtProcesses", "LAB_TEST_SECRET", process.pid) as Promise<{
          seen: string[];
          count: number;
          signalled: boolean;
        }>,
    );
    expect(seen).toMatchObject({ seen: [], signalled: false });
    expect(seen.count).toBeLessThan(10);
  });

  test("it is nobody, without rights and without a network", async () => {
    const me = await explore(
      (answer) => answer.call("whoAmI") as Promise<{ uid: number; interfaces: string[]; status: string[] }>,
    );
    expect(me.uid).not.toBe(0);
    expect(me.interfaces.filter((name) => name !== "lo")).toEqual([]);
    expect(me.status).toEqual(["0000000000000000", "1"]);
  });

  test("nobody gets a user namespace, in which it would have every right", async () => {
    expect(await explore((answer) => answer.call("newNamespace"))).not.toBe(0);
  });

  test("no address is reached through Redis either", async () => {
    const met: string[] = [];
    const server = createServer((socket) => {
      met.push("somebody");
      socket.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    onTestFinished(() => void server.close());
    const said = await explore((answer) => answer.call("throughRedis", portOf(server)) as Promise<string[]>);
    expect(said).toHaveLength(5);
    expect(said.filter((line) => line.endsWith(": OK"))).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(met).toEqual([]);
  });

  test("no address, port, socket or name is reached but its own Redis", async () => {
    const reachable = [
      await listens({ host: "0.0.0.0", port: 0 }),
      await listens({ host: "::", port: 0, ipv6Only: true }),
      await listens({ host: "127.0.0.1", port: 0 }),
    ].map(portOf);
    const folder = folderWith({});
    const paths = [join(folder, "a.sock"), "\0lab-test-abstract", "/var/run/docker.sock", "/run/docker.sock"];
    for (const path of paths.slice(0, 2)) await listens({ path });
    const hosts = [
      "127.0.0.1",
      "::1",
      ...Object.values(networkInterfaces()).flatMap((all) =>
        (all ?? []).map(({ address, scopeid }) => (scopeid ? `${address}%${scopeid}` : address)),
      ),
      ...["172.17.0.1", "192.168.65.254", "169.254.169.254", "10.0.0.1", "1.1.1.1"],
    ];
    const ports = [...reachable, 22, 53, 80, 2375, 2376, 6380];
    const names = ["localhost.localdomain", "host.docker.internal", "gateway.docker.internal", "example.com"];
    const heard: string[] = [];
    const udp = createSocket("udp4").on("message", (text) => heard.push(String(text)));
    await new Promise<void>((resolve) => udp.bind(0, "0.0.0.0", resolve));
    onTestFinished(() => void udp.close());

    const seen = await explore(async (answer) => {
      await answer.outcome("shout", [
        hosts.filter((host) => !host.includes(":")),
        udp.address().port,
        "hello",
      ]);
      return {
        reached: (await answer.call("knock", hosts, ports, paths, names)) as string[],
        loopback: (await answer.call("scanLoopback", 1, 65_535)) as number[],
      };
    });
    expect(seen.reached).toEqual([]);
    expect(seen.loopback).toEqual([6379]);
    expect(heard).toEqual([]);
  });

  test("its supervisor can be spoken for, which earns nothing and ends only its own sandbox", async () => {
    const checks: ModuleExercise["checks"] = [
      { id: "tap", title: "taps", run: async ({ answer }) => void (await answer.call("tapSupervisor")) },
      {
        id: "next",
        title: "works again",
        async run({ answer, redis, expect: check }) {
          await redis.set("k", "v");
          check.value(typeof (await answer.call("whoAmI"))).equals("object");
        },
      },
    ];
    const exercise = exerciseOf({ form: "module", answer: "answer.ts", checks } as ModuleExercise);
    const graded = await gradeHostile(exercise, folderWith(fixture("27-explores")), longLimits);
    expect(["passed", "crashed"]).toContain(graded.statuses.tap);
    expect(graded.statuses.next).toBe("passed");
  });
});
