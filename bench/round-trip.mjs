// @ts-check
// A floor: what any Node program pays that imports node-redis and asks Redis once.
import { createClient } from "redis";

const client = createClient({ socket: { path: process.argv[2] ?? "", tls: false } });
client.on("error", () => {});
await client.connect();
console.log(await client.ping());
await client.close();
