import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../../src/system/ports.ts";

test("a port is given once, below those of outgoing connections, and can be listened on", async () => {
  const ports = await Promise.all(Array.from({ length: 300 }, freePort));
  expect(new Set(ports).size).toBe(ports.length);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  const servers = await Promise.all(
    ports.slice(0, 50).map(
      (port) =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once("error", reject);
          server.listen(port, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  for (const server of servers) server.close();
});
