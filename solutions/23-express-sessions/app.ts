import { randomUUID } from "node:crypto";
import express, { type Request } from "express";
import { createClient } from "redis";

const SESSION_SECONDS = 1800;
const WINDOW_SECONDS = 60;
const MOST_ATTEMPTS = 5;

const client = createClient({ url: process.env.REDIS_URL ?? "redis://localhost:6379" });
client.on("error", (error) => console.error("Redis:", error.message));
await client.connect();

/** How many attempts there were in this window, with this one, and the seconds until it ends. */
async function countAttempt(name: string) {
  const key = `attempts:${name}`;
  const [, count, secondsLeft] = await client
    .multi()
    .set(key, 0, { condition: "NX", expiration: { type: "EX", value: WINDOW_SECONDS } })
    .incr(key)
    .ttl(key)
    .exec();
  return { count: Number(count), secondsLeft: Number(secondsLeft) };
}

/** The key of the session that the request's cookie names; undefined where there is no such cookie. */
function sessionKey(request: Request): string | undefined {
  const pairs = (request.headers.cookie ?? "").split("; ");
  const id = pairs.find((pair) => pair.startsWith("sid="))?.slice("sid=".length);
  return id && `session:${id}`;
}

const app = express();
app.use(express.json());

app.post("/login", async (request, response) => {
  const { name, code } = request.body ?? {};
  if (typeof name !== "string" || typeof code !== "string") {
    response.status(400).json({ error: "name and code are needed" });
    return;
  }
  const { count, secondsLeft } = await countAttempt(name);
  if (count > MOST_ATTEMPTS) {
    response.set("Retry-After", String(secondsLeft)).status(429).json({ error: "too many attempts" });
    return;
  }
  if (code !== (await client.get(`code:${name}`))) {
    response.status(401).json({ error: "wrong name or code" });
    return;
  }
  const id = randomUUID();
  await client.set(`session:${id}`, name, { expiration: { type: "EX", value: SESSION_SECONDS } });
  response.cookie("sid", id, { httpOnly: true, sameSite: "lax" }).json({ name });
});

app.get("/me", async (request, response) => {
  const key = sessionKey(request);
  const name = key && (await client.getEx(key, { type: "EX", value: SESSION_SECONDS }));
  if (typeof name === "string") response.json({ name });
  else response.status(401).json({ error: "log in first" });
});

app.post("/logout", async (request, response) => {
  const key = sessionKey(request);
  if (key) await client.del(key);
  response.clearCookie("sid").status(204).end();
});

app.listen(Number(process.env.PORT ?? 3000));
