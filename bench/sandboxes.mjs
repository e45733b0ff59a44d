// @ts-check
/** What a strong sandbox costs: an exercise of each form, and the whole course, in each one. */
import { containerEnvironment } from "./peers.mjs";

/** One exercise of each form that there is. */
const EXERCISES = [
  ["config", "01-server"],
  ["redis-cli", "04-cli-basics"],
  ["module", "08-hashes"],
  ["program", "06-connect"],
  ["app", "22-express-stock"],
  ["worker", "24-kue-jobs"],
];
/** Each takes seconds. */
const ROUNDS = 7;
const COURSE_ROUNDS = 3;

/**
 * The rows: bubblewrap beside the process sandbox with a local Redis, docker beside it with one in a container.
 * @param {import("./candidates.mjs").Setting} setting
 * @param {import("./lab.mjs").Lab} lab
 * @param {(args: readonly string[], cwd?: string, env?: Readonly<Record<string, string>>) => import("./measure.mjs").Run} node
 * @returns {import("./candidates.mjs").Plan[]}
 */
export function sandboxPlans({ cli, containers }, lab, node) {
  const nodeImage = process.env.LAB_NODE_IMAGE ?? `lab-test-node:${process.versions.node.split(".")[0]}`;

  /**
   * @param {string} sandbox
   * @param {"local" | "container"} redis
   * @param {string} [exercise] All where left out.
   */
  const find = async (sandbox, redis, exercise) => {
    const missing = await lab.lacking("grade");
    if (missing) return { missing };
    const args = [cli, "grade", lab.solutions, "--sandbox", sandbox];
    const chosen = exercise ? ["--exercise", exercise, "--jobs", "1"] : ["--jobs", "2"];
    /** @type {Record<string, string>} */
    let env = { LAB_REDIS: "local" };
    if (redis === "container") {
      if ("missing" in containers) return containers;
      if (sandbox === "docker" && !(await containers.has(nodeImage)))
        return { missing: `Docker has no image ${nodeImage}` };
      env = {
        LAB_REDIS: "testcontainers",
        LAB_REDIS_IMAGE: containers.image,
        LAB_NODE_IMAGE: nodeImage,
        ...containerEnvironment(containers),
      };
    }
    return { run: { ...node([...args, ...chosen], undefined, env), prints: /100 %/ } };
  };
  /** @param {string} what @param {string} [exercise] */
  const rows = (what, exercise) => {
    const row = { atMostRounds: exercise ? ROUNDS : COURSE_ROUNDS };
    return [
      {
        ...row,
        name: `${what}-process`,
        what: `${what}: process, local Redis`,
        find: () => find("process", "local", exercise),
      },
      {
        ...row,
        name: `${what}-bubblewrap`,
        what: `${what}: bubblewrap, local Redis`,
        boundTimes: 1.3,
        peers: [`${what}-process`],
        find: () => find("bubblewrap", "local", exercise),
      },
      {
        ...row,
        name: `${what}-process-container`,
        what: `${what}: process, Redis in a container`,
        find: () => find("process", "container", exercise),
      },
      {
        ...row,
        name: `${what}-docker`,
        what: `${what}: docker, Redis in a container`,
        boundTimes: 2,
        peers: [`${what}-process-container`],
        find: () => find("docker", "container", exercise),
      },
    ];
  };
  return [
    ...EXERCISES.flatMap(([form, exercise]) => rows(form ?? "", exercise)),
    ...rows("course", undefined),
  ];
}
