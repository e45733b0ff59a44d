// @ts-check
/** What the numbers were measured on, without anything that names the machine or its user. */
import { readFileSync } from "node:fs";
import { cpus, loadavg, platform, release, totalmem } from "node:os";

/**
 * @typedef {object} Machine
 * @property {string} cpu
 * @property {number} cores
 * @property {number} memoryGiB
 * @property {string} kernel
 * @property {string} distribution
 * @property {string} node
 * @property {string} redis
 * @property {string} docker
 * @property {string} image The Redis image that containers were started from.
 * @property {string} ryuk
 * @property {number} load The load average of the last minute, before the bench began.
 */

/**
 * @param {import("./containers.mjs").Containers} containers
 * @param {string | undefined} redisVersion Of the local redis-server.
 * @returns {Machine}
 */
export function describeMachine(containers, redisVersion) {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim().replace(/\s+/g, " ") ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${platform()} ${release()}`,
    distribution: distribution(),
    node: process.version,
    redis: redisVersion ?? "none",
    docker: containers.version ?? "none",
    image: "image" in containers ? containers.image : "none",
    ryuk: "image" in containers ? (containers.ryuk ? "on" : "off") : "none",
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/**
 * A file name's part that tells kinds of machine apart: "intel-xeon-processor-2-cores-node-20".
 * @param {Machine} machine
 */
export function machineSlug(machine) {
  const cpu = machine.cpu.replace(/\((r|tm|c)\)/gi, "").replace(/@.*/, "");
  return `${cpu} ${machine.cores} cores node ${machine.node.slice(1).split(".")[0]}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

function distribution() {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}
