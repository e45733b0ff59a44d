/** A redis-server that sees nothing but itself and its folder: for a configuration that a stranger wrote. */
import { findBubblewrap, insideOf, isRoot, withLibraries } from "../system/bubblewrap.ts";
import { LabError } from "../system/errors.ts";
import { limitedCommand } from "../system/process-tree.ts";
import { environmentFor, type RedisBinaries, SERVER_LIMITS, type ServerProgram } from "./local.ts";

const FOLDER = "/data";
/** In a network of its own every port is free. */
const PORT = 6379;

/** @throws LabError (environment) where bubblewrap cannot be used. */
export async function confinedServer(binaries: RedisBinaries): Promise<ServerProgram> {
  const bubblewrap = await findBubblewrap();
  if ("unavailable" in bubblewrap) {
    throw new LabError(
      "environment",
      `a stranger's redis.conf needs a sandbox for its server, and bubblewrap cannot be used: ${bubblewrap.unavailable}`,
      bubblewrap.mend,
    );
  }
  const env = environmentFor(binaries);
  const shown = await withLibraries(binaries.server, env);
  return {
    command(folder) {
      const view = {
        readable: binaries.libraryPath ? [...shown, binaries.libraryPath] : shown,
        writable: { from: folder, to: FOLDER },
        memory: [],
        devices: ["/dev/null", "/dev/urandom"],
        folder: FOLDER,
        env: binaries.libraryPath ? { LD_LIBRARY_PATH: binaries.libraryPath } : {},
      };
      return limitedCommand(...bubblewrap.command(view, [binaries.server, "-"]), SERVER_LIMITS);
    },
    cli(args, pid) {
      // redis-cli of this machine joins the server's network, never another one.
      const server = insideOf(pid);
      if (server === undefined) return undefined;
      const into = isRoot ? [] : ["--user", "--preserve-credentials"];
      return ["nsenter", ["--target", String(server), ...into, "--net", "--", binaries.cli, ...args], env];
    },
    env: {},
    folderInside: () => FOLDER,
    port: async () => PORT,
  };
}
