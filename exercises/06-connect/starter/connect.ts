import { createClient } from "redis";

/** The name of the list that the message comes in: what stands behind `connect.ts` on the command line. */
const list = process.argv[2] ?? "";

// TODO: make a client for the address in process.env.REDIS_URL, and listen to its "error" event
// TODO: connect, ask for the version with INFO, print "connected to Redis <version>"
// TODO: wait for a message in the list, print "message: <text>", close the connection
// TODO: when Redis cannot be reached or is lost: "Redis: <reason>" to standard error, and an exit code other than 0
console.log(`TODO: ${createClient.name} is not called yet, and nothing is taken from ${list}`);
