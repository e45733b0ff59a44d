import express from "express";

const app = express();

// TODO: connect a node-redis client to process.env.REDIS_URL, with an "error" listener

app.get("/products", async (request, response) => {
  // TODO: all products of the set "products"
  response.status(501).json({ error: "not made yet" });
});

app.get("/products/:id", async (request, response) => {
  // TODO: the product request.params.id
  response.status(501).json({ error: "not made yet" });
});

app.post("/products/:id/reservations", async (request, response) => {
  // TODO: take one piece of the product, if there is one
  response.status(501).json({ error: "not made yet" });
});

// TODO: answer 503 when Redis cannot be reached

app.listen(Number(process.env.PORT ?? 3000));
