/**
 * Cells whose only way in and out is a supervisor inside: what the bubblewrap and the docker sandbox have in common.
 * An inner sandbox that the answer broke, by ending its supervisor or by not letting itself be killed, is replaced by
 * a fresh one with the same files.
 */
import { startAhead } from "../system/ahead.ts";
import { throwIfInterrupted } from "../system/cleanup.ts";
import { withDeadline } from "../system/waiting.ts";
import { CELL, type Confinement } from "./confinement.ts";
import { type Instance, startInstance } from "./instance.ts";
import type { Address, Cell, Sandbox, Service } from "./sandbox.ts";

/** For ending an answer's processes; then the whole sandbox is ended. */
const KILL_LIMIT_MS = 3_000;

/** A sandbox with a few cells started ahead. */
export function supervisedSandbox(confinement: Confinement): Sandbox {
  const { expect, take, drain } = startAhead(
    () => startInstance(confinement),
    (instance) => instance.destroy(),
  );
  return { name: confinement.name, open: async () => openCell(confinement, take), expect, drain };
}

function openCell(confinement: Confinement, take: () => Promise<Instance>): Cell {
  const files = new Map<string, Buffer>();
  const services = new Map<Service, ReachedService>();
  let current = take();
  current.catch(() => {});
  let disposed = false;

  const alive = async (): Promise<Instance> => {
    const wanted = current;
    const instance = await wanted.catch(() => undefined);
    if (disposed) throw new Error("this cell was disposed of");
    return instance && !instance.hasEnded ? instance : replace(wanted);
  };
  /** Once for whoever comes at the same time. */
  const replace = (broken: Promise<Instance>): Promise<Instance> => {
    if (current !== broken) return current;
    const fresh = broken
      .then(
        (instance) => instance.destroy(),
        () => {},
      )
      .then(() => startInstance(confinement))
      .then(async (instance) => {
        try {
          await Promise.all([...files].map(([path, content]) => writeInto(instance, path, content)));
          await Promise.all([...services].map(([service, { port }]) => follow(instance, service, port)));
          return instance;
        } catch (error) {
          await instance.destroy();
          throw error;
        }
      });
    fresh.catch(() => {});
    current = fresh;
    return fresh;
  };

  return {
    async write(path, content) {
      const bytes = Buffer.from(content);
      files.set(path, bytes);
      await writeInto(await alive(), path, bytes);
    },
    async reach(service): Promise<Address> {
      const known = services.get(service);
      if (known) {
        await known.listening;
        return { host: "127.0.0.1", port: known.port };
      }
      const port = CELL.firstPort + services.size;
      const changed = async () => {
        const instance = await current.catch(() => undefined);
        // One that ends meanwhile is replaced, and follows then.
        if (instance && !instance.hasEnded) await follow(instance, service, port).catch(() => {});
      };
      const listening = alive().then((instance) => follow(instance, service, port));
      services.set(service, { port, listening, unwatch: service.watch(changed) });
      await listening;
      return { host: "127.0.0.1", port };
    },
    async start(plan) {
      throwIfInterrupted();
      return (await alive()).start(plan, confinement.path);
    },
    async flush() {
      await (await alive()).request({ kind: "flush" });
    },
    async killAll() {
      const wanted = current;
      const instance = await wanted.catch(() => undefined);
      if (!instance?.hasStarted) return;
      try {
        await withDeadline(KILL_LIMIT_MS, instance.request({ kind: "kill all" }), "ending the answer");
        await instance.hangUp();
      } catch {
        // Ended, or kept from answering by what it should have killed.
        await instance.destroy();
      }
      if (instance.hasEnded && !disposed) void replace(wanted);
    },
    async dispose() {
      disposed = true;
      for (const { unwatch } of services.values()) unwatch();
      await (await current.catch(() => undefined))?.destroy();
    },
  };
}

interface ReachedService {
  readonly port: number;
  /** Settles once the cell takes connections for it. */
  readonly listening: Promise<void>;
  unwatch(): void;
}

async function writeInto(instance: Instance, path: string, content: Buffer): Promise<void> {
  await instance.request({ kind: "write", path, base64: content.toString("base64") });
}

/** Lets the cell take connections for a service exactly while the service does. */
async function follow(instance: Instance, service: Service, port: number): Promise<void> {
  instance.services.set(port, service);
  await instance.request({ kind: service.isOpen ? "listen" : "stop listening", port });
}
