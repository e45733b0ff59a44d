/** The fault proxy: stands in front of a Redis and delays, hangs, cuts and counts what goes through. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { onRelease } from "../system/cleanup.ts";
import type { Endpoint } from "./server.ts";

export interface FaultProxy {
  readonly endpoint: Endpoint;
  delay(ms: number): void;
  hang(): void;
  cut(): void;
  heal(): void;
  roundTrips(): number;
  resetRoundTrips(): void;
  /** Without faults, as at the start. Connections that are open stay open. */
  reset(): void;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  /** True while the answer has sent something that was not yet replied to. */
  awaiting: boolean;
}

/**
 * Listens on loopback, on a port the system chose. `target` is read at each new connection, because a server
 * that was restarted may be elsewhere.
 */
export async function startFaultProxy(target: () => Endpoint, host = "127.0.0.1"): Promise<FaultProxy> {
  const links = new Set<Link>();
  const held: (() => void)[] = [];
  let delayMs = 0;
  let mode: "pass" | "hang" | "cut" = "pass";
  let trips = 0;

  /** Passes on now, or when the hang is over. Order is kept: held pieces leave in the order they came. */
  const passOn = (write: () => void) => {
    if (mode === "hang" || held.length > 0) held.push(write);
    else write();
  };

  const server: Server = createServer({ noDelay: true }, (client) => {
    if (mode === "cut") {
      client.destroy();
      return;
    }
    const upstream = connect({ ...target(), noDelay: true });
    const link: Link = { client, upstream, awaiting: false };
    links.add(link);
    client.on("data", (chunk) => {
      // A burst of commands sent without waiting is one round trip, in however many pieces TCP cuts it.
      if (!link.awaiting) {
        link.awaiting = true;
        trips++;
      }
      const forward = () => passOn(() => void upstream.write(chunk));
      if (delayMs > 0) setTimeout(forward, delayMs);
      else forward();
    });
    upstream.on("data", (chunk) => {
      passOn(() => {
        link.awaiting = false;
        client.write(chunk);
      });
    });
    const end = () => {
      links.delete(link);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on("close", end).on("error", end);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("the fault proxy has no port");

  const dropAll = () => {
    for (const link of links) {
      link.client.destroy();
      link.upstream.destroy();
    }
    links.clear();
  };
  const heal = () => {
    mode = "pass";
    for (const write of held.splice(0)) write();
  };
  const close = onRelease(
    () =>
      new Promise<void>((resolve) => {
        dropAll();
        server.close(() => resolve());
      }),
  );
  return {
    endpoint: { host, port: address.port },
    delay(ms) {
      delayMs = ms;
    },
    hang() {
      mode = "hang";
    },
    cut() {
      mode = "cut";
      held.length = 0;
      dropAll();
    },
    heal,
    roundTrips: () => trips,
    resetRoundTrips() {
      trips = 0;
    },
    reset() {
      delayMs = 0;
      trips = 0;
      heal();
    },
    close,
  };
}
