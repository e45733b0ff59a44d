// @ts-check
/** What is measured: the table of the design, its peers and the floor below both. */
import { mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chooseExercise, exercise, makeWorkspace, openLab } from "./lab.mjs";
import { containerEnvironment, learnyounodePeer, vitestPeer } from "./peers.mjs";
import { sandboxPlans } from "./sandboxes.mjs";
import { saveToVerdict } from "./watch.mjs";

/** @typedef {import("./measure.mjs").Run} Run */
/**
 * @typedef {object} Row
 * @property {string} name For `--only`.
 * @property {string} what
 * @property {number} [bound] Seconds that the median may take at most.
 * @property {number} [boundTimes] How many times the first peer's median it may take at most.
 * @property {readonly string[]} [peers] Names of the candidates to compare with.
 * @property {number} [atMostRounds] For what takes long.
 * @property {string} [among] Of the rows with the same word here, only the slowest five are reported.
 * @property {Readonly<Record<string, string>>} [versions]
 * @property {string} [documentFile] Where its last run leaves its result document.
 */
/**
 * A process to time, for which `prepare` runs before each sample, off the clock; or what takes its time itself, in seconds.
 * @typedef {Row & ({ prepare: () => Run | Promise<Run> } | { time: (signal: AbortSignal) => Promise<number> })} Measurable
 */
/** @typedef {Measurable | (Row & { missing: string })} Candidate */
/** @typedef {Row & { find: () => Promise<{ missing: string } | { run: Run } | { prepare: () => Run } | { time: (signal: AbortSignal) => Promise<number> }> }} Plan */
/**
 * Where and with what the bench runs.
 * @typedef {object} Setting
 * @property {string} root The package's folder.
 * @property {string} cli The built lab.
 * @property {string} scratch A temporary folder of this run.
 * @property {import("./containers.mjs").Containers} containers
 * @property {import("./floor-redis.mjs").FloorRedis} floorRedis
 * @property {AbortSignal} signal
 * @property {(line: string) => void} say
 */

/** What `lab check` shows of a right answer: "11 of 11 points". */
const fullScore = /(\d+) of \1 points/;

/**
 * The rows, in the order in which they are reported. Nothing is looked up before a plan's `find`.
 * @param {Setting} setting
 * @returns {Plan[]}
 */
export function plans(setting) {
  const { root, cli, scratch, containers, floorRedis, signal, say } = setting;
  const lab = openLab(root, cli, scratch, signal);
  const workspace = once(() => makeWorkspace(lab, join(scratch, "workspace"), signal));
  const courseDocument = join(scratch, "course.json");
  const watchedWorkspace = () => makeWorkspace(lab, join(scratch, "watched"), signal);

  /**
   * @param {readonly string[]} args The first one is the command.
   * @param {RegExp} prints
   * @param {Readonly<Record<string, string>>} env
   */
  const inWorkspace = async ([command = "", ...args], prints, env = {}) => {
    const missing = await lab.lacking(command);
    if (missing) return { missing };
    const made = await workspace();
    if ("missing" in made) return made;
    return { run: { ...node([cli, command, ...args], made.workspace, env), prints } };
  };
  /**
   * @param {readonly string[]} args
   * @param {string} cwd
   * @param {Readonly<Record<string, string>>} env
   * @returns {Run}
   */
  const node = (args, cwd = scratch, env = {}) => ({ command: process.execPath, args, cwd, env });

  return [
    {
      name: "check-local",
      what: `lab check ${exercise}, local Redis`,
      bound: 0.4,
      peers: ["vitest", "learnyounode-hello", "learnyounode-http"],
      find: () => inWorkspace(["check", exercise], fullScore, { LAB_REDIS: "local" }),
    },
    {
      name: "check-testcontainers",
      what: `lab check ${exercise}, Testcontainers`,
      bound: 0.9,
      peers: ["vitest"],
      find: async () => {
        if ("missing" in containers) return containers;
        const env = { LAB_REDIS: "testcontainers", LAB_REDIS_IMAGE: containers.image };
        return inWorkspace(["check", exercise], fullScore, { ...env, ...containerEnvironment(containers) });
      },
    },
    {
      name: "watch",
      what: "save to verdict in lab watch",
      bound: 0.15,
      find: async () => {
        const missing = await lab.lacking("watch");
        if (missing) return { missing };
        const made = await watchedWorkspace();
        if ("missing" in made) return made;
        const env = { LAB_REDIS: "local" };
        return {
          time: (signal) => {
            chooseExercise(made.workspace);
            return saveToVerdict({ cli, ...made, verdict: fullScore, env }, signal);
          },
        };
      },
    },
    {
      name: "list",
      what: "lab list",
      bound: 0.12,
      peers: ["node"],
      find: () => inWorkspace(["list"], /hashes/i),
    },
    {
      name: "hint",
      what: `lab hint ${exercise}`,
      bound: 0.12,
      peers: ["node"],
      find: () => inWorkspace(["hint", exercise], /\S/),
    },
    {
      name: "help",
      what: "lab --help",
      bound: 0.12,
      peers: ["node"],
      find: async () => {
        // Every command's own help needs the program; any of them tells whether it is built.
        const missing = await lab.lacking("check");
        return missing ? { missing } : { run: { ...node([cli, "--help"]), prints: /Usage:/i } };
      },
    },
    {
      name: "course",
      what: "lab grade solutions --jobs 2, local Redis",
      bound: 12,
      atMostRounds: 5,
      documentFile: courseDocument,
      find: async () => {
        const missing = await lab.lacking("grade");
        if (missing) return { missing };
        const reports = ["--report", "terminal", "--report", `json=${courseDocument}`];
        const args = [cli, "grade", lab.solutions, "--jobs", "2", ...reports];
        // A fresh folder each time: grading resumes what it finds half done.
        const env = { LAB_REDIS: "local" };
        return {
          prepare: () => ({ ...node(args, mkdtempSync(join(scratch, "grade-")), env), prints: /100 %/ }),
        };
      },
    },
    ...readdirSync(lab.solutions)
      .filter((name) => /^\d\d-/.test(name))
      .sort()
      .map((id) => ({
        name: `solution-${id}`,
        what: `lab grade solutions --exercise ${id}, local Redis`,
        bound: 1.5,
        among: "solutions",
        atMostRounds: 5,
        find: async () => {
          const missing = await lab.lacking("grade");
          if (missing) return { missing };
          const args = [cli, "grade", lab.solutions, "--exercise", id, "--sandbox", "process"];
          return { run: { ...node(args, scratch, { LAB_REDIS: "local" }), prints: /100 %/ } };
        },
      })),
    {
      name: "vitest",
      what: "vitest + Testcontainers, the same answer",
      find: () => vitestPeer(join(lab.solutions, exercise, "schools.ts"), containers, signal, say),
    },
    {
      name: "learnyounode-hello",
      what: "learnyounode verify, HELLO WORLD",
      find: () => learnyounodePeer("HELLO WORLD", scratch, signal, say),
    },
    {
      name: "learnyounode-http",
      what: "learnyounode verify, HTTP JSON API SERVER",
      find: () => learnyounodePeer("HTTP JSON API SERVER", scratch, signal, say),
    },
    {
      name: "node",
      what: "floor: node -e 0",
      find: async () => ({ run: node(["-e", "0"]) }),
    },
    {
      name: "node-redis",
      what: "floor: node, import redis, one round trip",
      find: async () => {
        if ("missing" in floorRedis) return floorRedis;
        const program = fileURLToPath(new URL("./round-trip.mjs", import.meta.url));
        return { run: { ...node([program, floorRedis.socket]), prints: /PONG/ } };
      },
    },
    ...sandboxPlans(setting, lab, node),
  ];
}

/**
 * Looks each plan's program up, one after the other.
 * @param {readonly Plan[]} chosen
 * @returns {Promise<Candidate[]>}
 */
export async function findCandidates(chosen) {
  /** @type {Candidate[]} */
  const candidates = [];
  for (const { find, ...row } of chosen) {
    const found = await find();
    if ("run" in found) candidates.push({ ...row, ...found, prepare: () => found.run });
    else candidates.push({ ...row, ...found });
  }
  return candidates;
}

/**
 * @template T
 * @param {() => Promise<T>} make
 * @returns {() => Promise<T>}
 */
function once(make) {
  /** @type {Promise<T> | undefined} */
  let made;
  return () => {
    made ??= make();
    return made;
  };
}
