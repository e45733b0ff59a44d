import { createServer } from "node:net";
import { PassThrough } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Inside } from "../../src/sandbox/confinement.ts";
import type { Service } from "../../src/sandbox/sandbox.ts";
import { supervisedSandbox } from "../../src/sandbox/supervised.ts";
import { openLink } from "../../src/sandbox/supervisor/link.ts";
import type { ToSupervisor } from "../../src/sandbox/supervisor/protocol.ts";
import { LabError } from "../../src/system/errors.ts";

/** An inner sandbox without processes: it notes what it is asked, and answers as it is told to. */
function fakeInside(options: { silentOn?: string; whyEnded?: () => Promise<string | undefined> } = {}) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const asked: ToSupervisor[] = [];
  let destroyed = 0;
  const link = openLink(input, output, {
    messageLimit: 1_000_000,
    onMessage(message) {
      const request = message as ToSupervisor;
      asked.push(request);
      if (request.kind !== options.silentOn) link.send({ kind: "done", id: request.id });
    },
    onEnd() {},
  });
  const inside: Inside = {
    input,
    output,
    complaints: new PassThrough(),
    prepared: Promise.resolve(),
    whyEnded: options.whyEnded ?? (async () => undefined),
    async destroy() {
      destroyed++;
      output.end();
    },
  };
  link.send({ kind: "ready" });
  return { inside, asked, link, end: () => output.end(), timesDestroyed: () => destroyed };
}

type Fake = ReturnType<typeof fakeInside>;

function sandboxOf(...fakes: Fake[]) {
  const left = [...fakes];
  return supervisedSandbox({
    name: "docker",
    path: ["/bin"],
    async start() {
      const next = left.shift();
      if (!next) throw new Error("started too often");
      return next.inside;
    },
  });
}

const exitOf = (process: number) => ({ kind: "exited", process, code: 0, signal: null, outOfMemory: false });

const runner = { entry: { kind: "runner" }, stdout: "channel" } as const;
const openService: Service = { address: { host: "127.0.0.1", port: 1 }, isOpen: true, watch: () => () => {} };

describe("A cell with a supervisor inside", () => {
  test("whose sandbox fails by itself is the lab's trouble, not the answer's", async () => {
    const trouble = new LabError("environment", "Docker is gone", "lab doctor");
    const fake = fakeInside({ whyEnded: () => Promise.reject(trouble) });
    const cell = await sandboxOf(fake).open();
    const process = await cell.start(runner);
    fake.end();
    await expect(process.exit).rejects.toBe(trouble);
    expect(process.hasEnded).toBe(true);
    await cell.dispose();
  });

  test("that the answer has ended is the answer's doing", async () => {
    const fake = fakeInside();
    const cell = await sandboxOf(fake).open();
    const process = await cell.start(runner);
    fake.end();
    expect(await process.exit).toMatchObject({ reason: "it ended the sandbox that it ran in" });
    await cell.dispose();
  });

  test.each([
    ["a message of an unknown form", { kind: "exited", process: "all of them" }],
    ["that it is ready, twice", { kind: "ready" }],
    ["to nothing that was asked", { kind: "done", id: 4_711 }],
    ["the end of a process that does not run", exitOf(4_711)],
    ["a channel that is not its own", { kind: "accepted", channel: 2, port: 6379 }],
  ])("whose supervisor says %s is ended, and so it is told", async (what, message) => {
    const fake = fakeInside();
    const cell = await sandboxOf(fake).open();
    const process = await cell.start(runner);
    fake.link.send(message);
    expect(await process.exit).toMatchObject({ signal: "SIGKILL", reason: `it sent the judge ${what}` });
    await expect.poll(() => fake.timesDestroyed()).toBe(1);
    await cell.dispose();
  });

  test("whose supervisor names one channel again and again gets one connection", async () => {
    let connections = 0;
    const server = createServer(() => connections++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const fake = fakeInside();
    const cell = await sandboxOf(fake).open();
    await cell.reach({ ...openService, address: { host: "127.0.0.1", port } });
    const process = await cell.start(runner);
    for (let time = 0; time < 100; time++) fake.link.send({ kind: "accepted", channel: 1, port: 6379 });
    expect(await process.exit).toMatchObject({ reason: "it sent the judge a channel that is in use" });
    expect(connections).toBeLessThan(2);
    await cell.dispose();
  });

  test("that is asked to be quiet and is not is ended from outside", async () => {
    const fake = fakeInside();
    const cell = await sandboxOf(fake).open();
    const process = await cell.start({ entry: { kind: "file", path: "a.mjs" }, stdout: "output" });
    const start = fake.asked.find(({ kind }) => kind === "start") as Extract<ToSupervisor, { kind: "start" }>;
    const noise = fake.link.channel(start.stderr);
    const piece = Buffer.alloc(60_000, "x");
    const print = () => void (noise.destroyed || noise.write(piece, () => setImmediate(print)));
    print();
    expect((await process.exit).reason).toBe("it printed more than 64.0 MiB");
    await expect.poll(() => fake.timesDestroyed()).toBe(1);
    await cell.dispose();
  }, 20_000);

  test("that cannot be cleared is replaced by one with the same files and services", async () => {
    const [broken, fresh] = [fakeInside({ silentOn: "kill all" }), fakeInside()];
    const cell = await sandboxOf(broken, fresh).open();
    await cell.write("answer.mjs", "export {};");
    expect(await cell.reach(openService)).toEqual({ host: "127.0.0.1", port: 6379 });
    await cell.start(runner);
    await cell.killAll();
    expect(broken.timesDestroyed()).toBe(1);
    await cell.start(runner);
    const [write, listen] = fresh.asked;
    expect(write).toMatchObject({ kind: "write", path: "answer.mjs" });
    expect(listen).toMatchObject({ kind: "listen", port: 6379 });
    expect(fresh.asked.at(-1)?.kind).toBe("start");
    await cell.dispose();
    expect(fresh.timesDestroyed()).toBe(1);
  }, 10_000);

  test("takes connections for a service exactly while the service does", async () => {
    const fake = fakeInside();
    const cell = await sandboxOf(fake).open();
    let changed = async () => {};
    const service = {
      ...openService,
      isOpen: true,
      watch(told: () => Promise<void>) {
        changed = told;
        return () => {};
      },
    };
    await cell.reach(service);
    service.isOpen = false;
    await changed();
    service.isOpen = true;
    await changed();
    expect(fake.asked.map(({ kind }) => kind)).toEqual(["listen", "stop listening", "listen"]);
    await cell.dispose();
  });

  test("connects to the services that it was given, whatever port it names", async () => {
    const served: string[] = [];
    const server = createServer((socket) => socket.on("data", (text) => served.push(String(text))));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const fake = fakeInside();
    const cell = await sandboxOf(fake).open();
    await cell.reach({ ...openService, address: { host: "127.0.0.1", port } });
    for (const [channel, named] of [
      [1, port],
      [3, 22],
      [5, 6379],
    ] as const) {
      fake.link.send({ kind: "accepted", channel, port: named });
      fake.link.channel(channel).write(`to ${named}`);
    }
    await expect.poll(() => served).toEqual(["to 6379"]);
    await cell.dispose();
  });

  test("is started ahead as often as it will be needed, and ended where it was not", async () => {
    const fakes = [fakeInside(), fakeInside(), fakeInside()];
    const sandbox = sandboxOf(...fakes);
    sandbox.expect(3, 2);
    const cell = await sandbox.open();
    await cell.flush();
    await cell.dispose();
    await sandbox.drain();
    expect(fakes.map((fake) => fake.timesDestroyed())).toEqual([1, 1, 1]);
  });
});
