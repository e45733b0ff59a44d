import { connect, createServer, type Socket } from "node:net";

/** A TCP port on loopback that nothing listens on now. Whoever takes it must retry if somebody else was faster. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address && typeof address === "object") resolve(address.port);
        else reject(new Error("the system gave no port"));
      });
    });
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
