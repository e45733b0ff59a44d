// @ts-check
/** A local Redis for the floor rows, on a socket of its own. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/**
 * @typedef {{ missing: string } | { version: string, socket: string, stop: () => Promise<void> }} FloorRedis
 */

/**
 * @param {string} folder
 * @returns {Promise<FloorRedis>}
 */
export async function startFloorRedis(folder) {
  const version = /v=([\d.]+)/.exec(
    spawnSync("redis-server", ["--version"], { encoding: "utf8" }).stdout ?? "",
  )?.[1];
  if (!version) return { missing: "no redis-server on the PATH" };

  const socket = join(folder, "redis.sock");
  const args = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder];
  const server = spawn("redis-server", args, { stdio: "ignore" });
  const ended = once(server, "exit");
  const stop = async () => {
    server.kill("SIGKILL");
    await ended;
  };
  const deadline = Date.now() + 5000;
  while (!existsSync(socket)) {
    if (server.exitCode !== null || Date.now() > deadline) {
      await stop();
      return { missing: "redis-server did not start" };
    }
    await pause(5);
  }
  return { version, socket, stop };
}
