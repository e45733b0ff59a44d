import express, { type NextFunction, type Request, type Response } from "express";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL, disableOfflineQueue: true });
client.on("error", (error) => console.error(error.message));
await client.connect();

const app = express();

function show(id: string, hash: Record<string, string>) {
  return { id, name: hash.name, price: Number(hash.price), stock: Number(hash.stock) };
}

app.get("/products", async (request, response) => {
  const ids = await client.sMembers("products");
  const hashes = await Promise.all(ids.map((id) => client.hGetAll(`product:${id}`)));
  response.json(ids.map((id, i) => show(id, hashes[i])));
});

app.get("/products/:id", async (request, response) => {
  const { id } = request.params;
  const hash = await client.hGetAll(`product:${id}`);
  if (hash.name === undefined) {
    response.status(404).json({ error: "product not found" });
    return;
  }
  response.json(show(id, hash));
});

app.post("/products/:id/reservations", async (request, response) => {
  const { id } = request.params;
  const key = `product:${id}`;
  const left = await client.hIncrBy(key, "stock", -1);
  if (!(await client.hExists(key, "name"))) {
    await client.del(key);
    return void response.status(404).json({ error: "product not found" });
  }
  if (left < 0) {
    await client.hIncrBy(key, "stock", 1);
    return void response.status(409).json({ error: "sold out" });
  }
  response.status(201).json({ product: id, left });
});

app.use((error: Error, request: Request, response: Response, next: NextFunction) => {
  console.error(error.message);
  response.status(503).json({ error: "try again later" });
});

app.listen(Number(process.env.PORT ?? 3000));
