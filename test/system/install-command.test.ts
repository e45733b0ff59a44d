/** The command that installs what is missing, for the system it is missing on. */
import { expect, test } from "vitest";
import { installCommand } from "../../src/system/install-command.ts";

const having =
  (...files: string[]) =>
  (file: string) =>
    files.includes(file);

test.each([
  ["redis", "linux", ["/usr/bin/apt-get"], "sudo apt-get install redis-server"],
  ["redis", "linux", ["/usr/bin/dnf"], "sudo dnf install redis"],
  ["docker", "linux", ["/usr/bin/dnf", "/usr/bin/apt-get"], "sudo apt-get install docker.io"],
  ["bubblewrap", "linux", [], "sudo apt-get install bubblewrap"],
  ["docker", "darwin", [], "brew install --cask docker"],
  ["redis", "win32", [], "winget install Docker.DockerDesktop"],
] as const)("%s on %s with %j", (program, platform, files, command) => {
  expect(installCommand(program, platform, having(...files))).toBe(command);
});
