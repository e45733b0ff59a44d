/**
 * Loads a module answer inside the sandbox and calls it for the judge. It decides nothing: what it sends is data.
 * Standard output is the channel; what the answer prints goes to standard error, with the rest of its output.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { createClient as CreateClient } from "redis";
import { decode, encode, NotData, plainError } from "./codec.ts";
import { type FromRunner, MESSAGE_LIMIT_BYTES, type ToRunner } from "./protocol.ts";

// Before the answer is there, which may replace them.
const { setImmediate, setTimeout } = globalThis;
const { exit } = process;
const channel = process.stdout;
const write = channel.write.bind(channel);
Object.defineProperty(process, "stdout", { get: () => process.stderr, configurable: true });

// From the cell's own packages, so that the answer and the runner share one copy.
const fromCell = createRequire(join(process.cwd(), "answer.mjs"));
const { createClient } = fromCell("redis") as { createClient: typeof CreateClient };

// While the judge still prepares: the first client and the first ES module are the slow ones. node-redis makes a
// class of 400 commands for each new set of options (35 ms); a duplicate shares the class.
const template = createClient();
const emptyModule: string = "data:text/javascript,";
void import(emptyModule);

type Client = ReturnType<typeof createClient>;
type AnyFunction = (...args: unknown[]) => unknown;

let exported: Readonly<Record<string, unknown>> = {};
let client: Client | undefined;
const callbacks = new Map<number, (reply: { ok: boolean; value: unknown }) => void>();
let nextCallback = 1;

function send(message: FromRunner): void {
  write(`${encode(message)}\n`);
}

function judgeFunction(fn: number): AnyFunction {
  return (...args) =>
    new Promise((resolve, reject) => {
      const id = nextCallback++;
      callbacks.set(id, (reply) => (reply.ok ? resolve(reply.value) : reject(reply.value)));
      send({ kind: "callback", id, fn, args });
    });
}

async function load(file: string, redisUrl: string): Promise<void> {
  process.env.REDIS_URL = redisUrl;
  const connecting = template.duplicate({ url: redisUrl });
  // Without a listener an unreachable server would end the process (node-redis).
  connecting.on("error", () => {});
  const connected = connecting.connect();
  connected.catch(() => {});
  process.setSourceMapsEnabled(true);
  try {
    exported = await import(pathToFileURL(join(process.cwd(), file)).href);
    client = (await connected) as Client;
    send({
      kind: "loaded",
      exports: Object.keys(exported).filter((name) => typeof exported[name] === "function"),
    });
  } catch (error) {
    send({ kind: "load failed", error: asPlain(error) });
  }
}

async function call(id: number, name: string, args: readonly unknown[]): Promise<void> {
  try {
    const fn = exported[name];
    if (typeof fn !== "function") throw new TypeError(`there is no exported function ${name}`);
    const value: unknown = await fn(client, ...args);
    reply(id, value);
  } catch (error) {
    send({ kind: "threw", id, error: asPlain(error) });
  }
}

function reply(id: number, value: unknown): void {
  let line: string;
  try {
    line = encode({ kind: "returned", id, value } satisfies FromRunner);
  } catch (error) {
    if (!(error instanceof NotData)) throw error;
    send({ kind: "refused", id, reason: error.message });
    return;
  }
  if (Buffer.byteLength(line) > MESSAGE_LIMIT_BYTES)
    send({ kind: "refused", id, reason: "it is larger than 8 MiB" });
  else write(`${line}\n`);
}

function asPlain(error: unknown) {
  try {
    return plainError(
      error instanceof Error ? error : new Error(`a value that is no Error: ${String(error)}`),
    );
  } catch {
    return { name: "Error", message: "an error that cannot be read" };
  }
}

function crash(error: unknown, origin: "uncaughtException" | "unhandledRejection"): void {
  try {
    send({ kind: "crashed", error: asPlain(error), origin });
  } finally {
    exit.call(process, 1);
  }
}

/**
 * Two turns of the event loop, and up to `graceMs` while a timer is set: what a finished call left behind gets its
 * chance to fail first.
 */
async function settle(graceMs: number): Promise<void> {
  const end = performance.now() + graceMs;
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  while (performance.now() < end && process.getActiveResourcesInfo().includes("Timeout")) {
    // Unref'd, so that it does not count itself.
    await new Promise((resolve) => setTimeout(resolve, 5).unref());
  }
}

process.on("uncaughtException", (error) => crash(error, "uncaughtException"));
process.on("unhandledRejection", (reason) => crash(reason, "unhandledRejection"));

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const message = decode(line, judgeFunction) as ToRunner;
    switch (message.kind) {
      case "load":
        return void load(message.file, message.redisUrl);
      case "call":
        return void call(message.id, message.name, message.args);
      case "reply":
        callbacks.get(message.id)?.(message);
        callbacks.delete(message.id);
        return;
      case "settle":
        return void settle(message.graceMs).then(() => send({ kind: "settled", id: message.id }));
    }
  })
  // The judge is gone: so is the reason to live.
  .on("close", () => exit.call(process, 0));
