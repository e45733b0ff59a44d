import express from "express";

const app = express();
app.use(express.json());

// TODO: connect a node-redis client and a Kue queue to process.env.REDIS_URL, each with an "error" listener

// TODO: process the jobs of the type "seat": each decides the wish that its data names

app.put("/wishes/:id", async (request, response) => {
  // TODO: save the wish, then a job for it, and answer 202
  response.status(501).json({ error: "not made yet" });
});

app.get("/wishes/:id", async (request, response) => {
  // TODO: the wish request.params.id, with its status
  response.status(501).json({ error: "not made yet" });
});

app.get("/seats", async (request, response) => {
  // TODO: how many seats are left
  response.status(501).json({ error: "not made yet" });
});

// TODO: answer 503 when Redis cannot be reached

app.listen(Number(process.env.PORT ?? 3000));
