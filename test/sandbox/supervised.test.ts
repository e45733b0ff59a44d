import { createServer } from "node:net";
import { PassThrough } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Service } from "../../src/sandbox/sandbox.ts";
import { type Inside, supervisedSandbox } from "../../src/sandbox/supervised.ts";
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

  test("that says what nobody understands is ended", async () => {
    const fake = fakeInside();
    const cell = await sandboxOf(fake).open();
    const process = await cell.start(runner);
    fake.link.send({ kind: "exited", process: "all of them" });
    expect((await process.exit).signal).toBe("SIGKILL");
    expect(fake.timesDestroyed()).toBe(1);
    await cell.dispose();
  });

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
