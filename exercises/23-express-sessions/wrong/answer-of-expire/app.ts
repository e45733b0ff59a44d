import { randomUUID } from "node:crypto";
import express from "express";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL });
client.on("error", (error) => console.error(error.message));
await client.connect();

function cookieOf(request: express.Request, name: string) {
  for (const pair of (request.headers.cookie ?? "").split("; ")) {
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1);
  }
  return null;
}

const app = express();
app.use(express.json());

app.post("/login", async (request, response) => {
  const { name, code } = request.body ?? {};
  if (typeof name !== "string" || typeof code !== "string") {
    response.status(400).json({ error: "name and code are needed" });
    return;
  }

  const counter = `attempts:${name}`;
  const [count, left] = await client.multi().incr(counter).expire(counter, 60, "NX").ttl(counter).exec();
  if (Number(count) > 5) {
    response.status(429).set("Retry-After", String(left)).json({ error: "too many attempts" });
    return;
  }

  const stored = await client.get(`code:${name}`);
  if (stored !== code) {
    response.status(401).json({ error: "wrong name or code" });
    return;
  }

  const id = randomUUID();
  await client.set(`session:${id}`, name, { EX: 1800 });
  response.cookie("sid", id, { httpOnly: true });
  response.json({ name });
});

app.get("/me", async (request, response) => {
  const id = cookieOf(request, "sid");
  const name = id ? await client.get(`session:${id}`) : null;
  if (name === null) {
    response.status(401).json({ error: "log in first" });
    return;
  }
  await client.expire(`session:${id}`, 1800);
  response.json({ name });
});

app.post("/logout", async (request, response) => {
  const id = cookieOf(request, "sid");
  if (id) await client.del(`session:${id}`);
  response.clearCookie("sid");
  response.status(204).end();
});

app.listen(process.env.PORT);
