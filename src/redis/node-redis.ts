/** node-redis for the judge, in a module of its own so that it is loaded only when a server is there to talk to. */
export { createClient } from "@redis/client";
