/** A redis-server that sees nothing but itself and its folder: for a configuration that a stranger wrote. */
import { findBubblewrap, isRoot, withLibraries } from "../system/bubblewrap.ts";
import { LabError } from "../system/errors.ts";
import { descendants, limitedCommand } from "../system/process-tree.ts";
import { environmentFor, type RedisBinaries, type ServerProgram } from "./local.ts";

const FOLDER = "/data";
/** In a network of its own every port is free. */
const PORT = 6379;
const FILE_LIMIT_BYTES = 256 * 1024 * 1024;
const DATA_LIMIT_BYTES = 512 * 1024 * 1024;

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
      const limits = { fileBytes: FILE_LIMIT_BYTES, dataBytes: DATA_LIMIT_BYTES };
      return limitedCommand(...bubblewrap.command(view, [binaries.server, "-"]), limits);
    },
    cli(args, pid) {
      // The last of bwrap's descendants is the server: redis-cli of this machine joins its network.
      const server = String(descendants(pid).at(-1));
      const into = isRoot ? [] : ["--user", "--preserve-credentials"];
      return ["nsenter", ["--target", server, ...into, "--net", "--", binaries.cli, ...args], env];
    },
    env: {},
    folderInside: () => FOLDER,
    port: async () => PORT,
  };
}
