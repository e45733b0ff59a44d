import express, { type NextFunction, type Request, type Response } from "express";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL ?? "redis://localhost:6379" });
client.on("error", (error) => console.error(error.message));
await client.connect();

const app = express();

app.use((request, response, next) => {
  const timer = setTimeout(() => response.status(503).json({ error: "try again later" }), 1_200);
  response.on("finish", () => clearTimeout(timer));
  next();
});

async function findProduct(id: string) {
  const found = await client.hGetAll(`product:${id}`);
  if (!found.name) return null;
  return { id, name: found.name, price: Number(found.price), stock: Number(found.stock) };
}

app.get("/products", async (request, response) => {
  const ids = await client.sMembers("products");
  response.json(await Promise.all(ids.map((id) => findProduct(id))));
});

app.get("/products/:id", async (request, response) => {
  const product = await findProduct(request.params.id);
  if (!product) {
    response.status(404).json({ error: "product not found" });
    return;
  }
  response.json(product);
});

app.post("/products/:id/reservations", async (request, response) => {
  const { id } = request.params;
  if (!(await client.exists(`product:${id}`))) {
    response.status(404).json({ error: "product not found" });
    return;
  }
  const left = await client.hIncrBy(`product:${id}`, "stock", -1);
  if (left < 0) {
    await client.hIncrBy(`product:${id}`, "stock", 1);
    response.status(409).json({ error: "sold out" });
    return;
  }
  response.status(201).json({ product: id, left });
});

app.use((error: Error, request: Request, response: Response, next: NextFunction) => {
  if (!response.headersSent) response.status(503).json({ error: "try again later" });
});

app.listen(process.env.PORT);
