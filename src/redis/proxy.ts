/** The fault proxy: stands in front of a Redis and delays, hangs, cuts and counts what goes through. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { onRelease } from "../system/cleanup.ts";
import { poll } from "../system/waiting.ts";
import type { Endpoint } from "./server.ts";

export interface FaultProxy {
  readonly endpoint: Endpoint;
  delay(ms: number): void;
  hang(): void;
  /** What the answer sends from now on is held back, until `release` or `heal`; replies pass. */
  hold(): void;
  /** Passes on what is held back now, but nothing that is sent later. */
  release(): void;
  isHolding(): boolean;
  /**
   * Nothing listens from now on: connections that are accepted and closed at once would be another thing to
   * node-redis, which then throws away its offline queue instead of keeping it.
   */
  cut(): void;
  /** Settles once new connections are accepted again. */
  heal(): Promise<void>;
  /** Exact for bursts below 64 KiB: a longer one reaches the proxy in pieces, between which replies may pass. */
  roundTrips(): number;
  resetRoundTrips(): void;
  /** Without faults, as at the start. What was held back for a live connection goes on its way. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

interface Link {
  /** True while the answer has sent something that was not yet replied to. */
  awaiting: boolean;
  isHolding(): boolean;
  /** Passes on what may go by now. */
  advance(): void;
  release(): void;
  drop(): void;
}

/** Bytes that one direction of a connection may hold back; beyond it the sender waits, as TCP makes it wait. */
const HELD_LIMIT_BYTES = 1024 * 1024;
const LISTEN_AGAIN_LIMIT_MS = 3_000;

/**
 * Listens on loopback, on a port the system chose. `target` is read at each new connection, because a server
 * that was restarted may be elsewhere. `onListening` is told when it stops and begins again to take connections.
 */
export async function startFaultProxy(
  target: () => Endpoint,
  onListening: (isListening: boolean) => Promise<void> = async () => {},
): Promise<FaultProxy> {
  const host = "127.0.0.1";
  const links = new Set<Link>();
  let delayMs = 0;
  let mode: "pass" | "hold" | "hang" | "cut" = "pass";
  let trips = 0;
  const holdsRequests = () => mode === "hang" || mode === "hold";
  const holdsReplies = () => mode === "hang";

  const accept = (client: Socket) => {
    if (mode === "cut") {
      // Was waiting to be accepted when the proxy stopped listening.
      client.destroy();
      return;
    }
    const upstream = connect({ ...target(), noDelay: true, allowHalfOpen: true });
    const requests = pump(client, upstream, { isHeld: holdsRequests, delayMs: () => delayMs });
    const replies = pump(upstream, client, { isHeld: holdsReplies, delayMs: () => 0 }, () => {
      link.awaiting = false;
    });
    const link: Link = {
      awaiting: false,
      isHolding: requests.isHolding,
      release: requests.release,
      advance() {
        requests.advance();
        replies.advance();
      },
      drop() {
        links.delete(link);
        requests.stop();
        replies.stop();
        client.destroy();
        upstream.destroy();
      },
    };
    links.add(link);
    client.on("data", () => {
      // A burst of commands sent without waiting is one round trip, in however many pieces TCP cuts it.
      if (!link.awaiting) {
        link.awaiting = true;
        trips++;
      }
    });
    client.on("end", () => {
      // Who hung up can no longer be answered: what is held back must not reach Redis later.
      if (holdsRequests()) link.drop();
    });
    for (const socket of [client, upstream]) {
      socket.on("error", () => link.drop());
      socket.on("close", () => {
        if (client.closed && upstream.closed) links.delete(link);
      });
    }
  };
  const server: Server = createServer({ noDelay: true, allowHalfOpen: true }, accept);
  // One that cannot be accepted, for want of descriptors, is the sender's trouble.
  server.on("error", () => {});
  await listen(server, 0, host);
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("the fault proxy has no port");
  const { port } = address;
  let listening = Promise.resolve();

  const dropAll = () => {
    for (const link of links) link.drop();
  };
  const advanceAll = () => {
    for (const link of links) link.advance();
  };
  const heal = () => {
    const wasCut = mode === "cut";
    mode = "pass";
    advanceAll();
    if (wasCut) {
      listening = listening.then(() => listenAgain(server, port, host)).then(() => onListening(true));
    }
    // Who heals without waiting is told by the next reset.
    listening.catch(() => {});
    return listening;
  };
  const resetRoundTrips = () => {
    trips = 0;
    // Whoever still waits for an old reply makes a round trip of its own with what it sends from now on.
    for (const link of links) link.awaiting = false;
  };
  const close = onRelease(
    () =>
      new Promise<void>((resolve) => {
        dropAll();
        server.close(() => resolve());
      }),
  );
  return {
    endpoint: { host, port },
    delay(ms) {
      delayMs = ms;
      advanceAll();
    },
    hang() {
      mode = "hang";
    },
    hold() {
      mode = "hold";
    },
    release() {
      for (const link of links) link.release();
    },
    isHolding: () => [...links].some((link) => link.isHolding()),
    cut() {
      mode = "cut";
      // First: whoever connects again after its connection was dropped must find nobody.
      void onListening(false);
      server.close();
      dropAll();
    },
    heal,
    roundTrips: () => trips,
    resetRoundTrips,
    async reset() {
      // Lets the proxy notice first which answers have ended.
      await new Promise((resolve) => setImmediate(resolve));
      delayMs = 0;
      await heal();
      resetRoundTrips();
    },
    close,
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** On the port of before, which somebody may have got from the system for a moment. */
async function listenAgain(server: Server, port: number, host: string): Promise<void> {
  let failure: unknown;
  const isOpen = await poll(LISTEN_AGAIN_LIMIT_MS, async () => {
    if (server.listening) return true;
    return listen(server, port, host).then(
      () => true,
      (error) => {
        failure = error;
        return undefined;
      },
    );
  });
  if (!isOpen) throw failure;
}

interface Pump {
  advance(): void;
  /** Passes on what is held now, and no more. */
  release(): void;
  isHolding(): boolean;
  stop(): void;
}

/** One direction of a connection: passes pieces on in their order, each once it was delayed and is not held. */
function pump(
  from: Socket,
  to: Socket,
  faults: { isHeld(): boolean; delayMs(): number },
  onPass: () => void = () => {},
): Pump {
  /** Without bytes: the sender's end. */
  const held: { readonly bytes: Buffer | undefined; readonly arrivedAt: number }[] = [];
  let heldBytes = 0;
  /** How many of the held ones may go. */
  let released = 0;
  let timer: NodeJS.Timeout | undefined;
  const isFull = () => heldBytes + to.writableLength >= HELD_LIMIT_BYTES;

  const advance = () => {
    clearTimeout(timer);
    for (let first = held[0]; first && (released > 0 || !faults.isHeld()); first = held[0]) {
      const leftMs = first.arrivedAt + faults.delayMs() - performance.now();
      if (leftMs > 0) {
        timer = setTimeout(advance, Math.ceil(leftMs));
        break;
      }
      held.shift();
      released = Math.max(0, released - 1);
      if (!first.bytes) {
        to.end();
        continue;
      }
      heldBytes -= first.bytes.length;
      onPass();
      to.write(first.bytes);
    }
    if (!isFull()) from.resume();
  };
  const hold = (bytes?: Buffer) => {
    held.push({ bytes, arrivedAt: performance.now() });
    heldBytes += bytes?.length ?? 0;
    advance();
    if (isFull()) from.pause();
  };
  from.on("data", hold).on("end", () => hold());
  to.on("drain", advance);
  return {
    advance,
    release() {
      released = held.length;
      advance();
    },
    isHolding: () => held.length > released,
    stop() {
      clearTimeout(timer);
      held.length = 0;
    },
  };
}
