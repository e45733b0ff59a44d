import express, { type NextFunction, type Request, type Response } from "express";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL, disableOfflineQueue: true });
client.on("error", (error) => console.error(error.message));
await client.connect();

const app = express();

function show(id: string, hash: Record<string, string>) {
  return { id, ...hash, price: Number(hash.price), stock: Number(hash.stock) };
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

const take = `
  local stock = redis.call("HGET", KEYS[1], "stock")
  if not stock then return -2 end
  if tonumber(stock) < 1 then return -1 end
  return redis.call("HINCRBY", KEYS[1], "stock", -1)
`;

app.post("/products/:id/reservations", async (request, response) => {
  const { id } = request.params;
  const left = Number(await client.eval(take, { keys: [`product:${id}`] }));
  if (left === -2) response.status(404).json({ error: "product not found" });
  else if (left === -1) response.status(409).json({ error: "sold out" });
  else response.status(201).json({ product: id, left });
});

app.use((error: Error, request: Request, response: Response, next: NextFunction) => {
  console.error(error.message);
  response.status(503).json({ error: "try again later" });
});

app.listen(Number(process.env.PORT ?? 3000));
