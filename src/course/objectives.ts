/**
 * What a course on Redis teaches: learning objectives, definitions, features and uses. Each exercise of the lab's own
 * course names those that it grades.
 */
export const objectives = [
  "O1 run a Redis server on your machine",
  "O2 simple operations with the Redis client, redis-cli",
  "O3 a Redis client with Node JS for basic operations",
  "O4 store hash values",
  "O5 deal with async operations",
  "O6 Kue as a queue system",
  "O7 a basic Express app with a Redis server",
  "O8 a basic Express app with a Redis server and a queue",
  "definition: Entity",
  "definition: Schema",
  "feature: in-memory storage",
  "feature: persistence, dump to disk and command log",
  "feature: strings",
  "feature: lists",
  "feature: sets",
  "feature: sorted sets with range queries",
  "feature: hashes",
  "feature: bitmaps and bitfields",
  "feature: hyperloglogs",
  "feature: geospatial indexes with radius queries",
  "feature: atomic operations",
  "feature: pub/sub",
  "feature: replication",
  "feature: Sentinel",
  "feature: Cluster",
  "use: caching",
  "use: session storage",
  "use: real-time analytics",
  "use: message queuing",
  "use: general-purpose NoSQL database",
] as const;

/** As it reads beside an exercise: "O4 store hash values", "hashes", "caching". */
export function shortObjective(objective: string): string {
  return objective.replace(/^[a-z]+: /, "");
}
