import express from "express";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL });
client.on("error", (error) => console.error(error.message));
await client.connect();

const app = express();
app.use(express.json());

app.post("/login", async (request, response) => {
  // TODO: count the attempt, compare the code, begin a session and set the cookie sid
  response.status(501).json({ error: "not made yet" });
});

app.get("/me", async (request, response) => {
  // TODO: who is logged in? The session lives for 1800 seconds from now on
  response.status(501).json({ error: "not made yet" });
});

app.post("/logout", async (request, response) => {
  // TODO: end the session in Redis and clear the cookie
  response.status(501).json({ error: "not made yet" });
});

app.listen(Number(process.env.PORT ?? 3000));
