import { randomInt } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";

/**
 * Below the ports that systems give to outgoing connections (Linux: 32768 and more, others 49152 and more). One that
 * the system chose would be taken by any connection before the program that it is meant for listens there: an answer
 * that is told its port cannot try another one.
 */
const FIRST_PORT = 12_000;
const PORTS = 20_000;
const TRIES = 100;
/** Given by this process: whoever got one may not listen yet. */
const given = new Set<number>();

/** A TCP port on loopback that nothing listens on now, and that nobody else in this process has got. */
export async function freePort(): Promise<number> {
  // Only after so many that the first ones are long free again.
  if (given.size > PORTS / 2) given.clear();
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST_PORT, FIRST_PORT + PORTS);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`of ${TRIES} ports from ${FIRST_PORT} on, none is free`);
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Connects to whoever listens on this port of either loopback address: "localhost" may be the one or the other. */
export function connectLoopback(port: number): Promise<Socket> {
  return connected("127.0.0.1", port).catch(() => connected("::1", port));
}

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
    socket.once("connect", () => resolve(socket)).once("error", reject);
  });
}
