import express, { type NextFunction, type Request, type Response } from "express";
import { createClient } from "redis";

// Without the offline queue, a command fails at once while Redis is away, instead of waiting for it.
const client = createClient({
  url: process.env.REDIS_URL ?? "redis://localhost:6379",
  disableOfflineQueue: true,
});
client.on("error", (error) => console.error("Redis:", error.message));
await client.connect();

/** Looks and takes in one step: -2 no such product, -1 sold out, otherwise what is left. */
const RESERVE = `
  local stock = redis.call("HGET", KEYS[1], "stock")
  if not stock then return -2 end
  if tonumber(stock) <= 0 then return -1 end
  return redis.call("HINCRBY", KEYS[1], "stock", -1)
`;

async function findProduct(id: string) {
  const found = await client.hGetAll(`product:${id}`);
  if (found.name === undefined) return null;
  return { id, name: found.name, price: Number(found.price), stock: Number(found.stock) };
}

const app = express();

app.get("/products", async (_request, response) => {
  const ids = await client.sMembers("products");
  const products = await Promise.all(ids.map(findProduct));
  response.json(products.filter((product) => product !== null));
});

app.get("/products/:id", async (request, response) => {
  const product = await findProduct(request.params.id);
  if (product) response.json(product);
  else response.status(404).json({ error: "product not found" });
});

app.post("/products/:id/reservations", async (request, response) => {
  const { id } = request.params;
  const left = Number(await client.eval(RESERVE, { keys: [`product:${id}`] }));
  if (left === -2) response.status(404).json({ error: "product not found" });
  else if (left === -1) response.status(409).json({ error: "sold out" });
  else response.status(201).json({ product: id, left });
});

// Express 5 hands here what an async handler throws. It knows this function by its four parameters.
app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
  console.error("request failed:", error.message);
  response.status(503).json({ error: "try again later" });
});

app.listen(Number(process.env.PORT ?? 3000));
