/** The one command that installs a program on this machine. */
import { existsSync } from "node:fs";

const PACKAGES = {
  redis: { apt: "redis-server", dnf: "redis", brew: "redis" },
  docker: { apt: "docker.io", dnf: "moby-engine", brew: "--cask docker" },
  bubblewrap: { apt: "bubblewrap", dnf: "bubblewrap", brew: "" },
} as const;

/** Neither Redis nor a sandbox runs on Windows itself. */
const WINDOWS = "winget install Docker.DockerDesktop";

export function installCommand(
  program: keyof typeof PACKAGES,
  platform: NodeJS.Platform = process.platform,
  isThere: (file: string) => boolean = existsSync,
): string {
  const { apt, dnf, brew } = PACKAGES[program];
  if (platform === "darwin") return `brew install ${brew}`;
  if (platform === "win32") return WINDOWS;
  const isFedora = isThere("/usr/bin/dnf") && !isThere("/usr/bin/apt-get");
  return isFedora ? `sudo dnf install ${dnf}` : `sudo apt-get install ${apt}`;
}
