import express, { type NextFunction, type Request, type Response } from "express";
import kue from "kue";
import { createClient } from "redis";

const url = process.env.REDIS_URL ?? "redis://localhost:6379";
const client = createClient({ url, disableOfflineQueue: true });
/** Whom to tell when Redis is lost: each wish whose job is being saved. Kue itself would wait. */
const saving = new Set<(error: Error) => void>();
client.on("error", (error: Error) => {
  console.error(`Redis: ${error.message}`);
  for (const giveUp of saving) giveUp(error);
});
await client.connect();

const queue = kue.createQueue({ redis: url });
queue.on("error", (error: Error) => console.error(`Kue: ${error.message}`));

/** Decides a wish that waits, and counts its seat, in one step; gives its status, nothing where there is no wish. */
const DECIDE = `
  local status = redis.call("HGET", KEYS[1], "status")
  if status ~= "waiting" then return status end
  local left = tonumber(redis.call("GET", KEYS[2]) or "0")
  status = left > 0 and "reserved" or "refused"
  if status == "reserved" then redis.call("DECR", KEYS[2]) end
  redis.call("HSET", KEYS[1], "status", status)
  return status
`;

queue.process("seat", (job, done) => {
  const { wish } = job.data as { wish: string };
  client.eval(DECIDE, { keys: [`wish:${wish}`, "seats"] }).then(
    (status) => (status ? done(null, { wish, status }) : done(new Error(`no such wish: ${wish}`))),
    (error) => done(error),
  );
});

async function saveJob(wish: string): Promise<void> {
  let giveUp = (_error: Error) => {};
  const saved = new Promise<void>((resolve, reject) => {
    giveUp = reject;
    queue.create("seat", { wish }).save((error) => (error ? reject(error) : resolve()));
  });
  const timer = setTimeout(() => giveUp(new Error("the job was not saved in time")), 2000);
  saving.add(giveUp);
  await saved.finally(() => {
    saving.delete(giveUp);
    clearTimeout(timer);
  });
}

async function findWish(id: string) {
  const { name, status } = await client.hGetAll(`wish:${id}`);
  return status === undefined ? undefined : { id, name, status };
}

const seatsLeft = async () => Number(await client.get("seats"));

/** Both fields in one step, and none that is there already: it may have been decided since. */
async function addWish(id: string, name: string): Promise<void> {
  const key = `wish:${id}`;
  await client.multi().hSetNX(key, "name", name).hSetNX(key, "status", "waiting").exec();
}

const app = express();
app.use(express.json());

app.get("/seats", async (_request, response) => {
  response.json({ left: await seatsLeft() });
});

app.get("/wishes/:id", async (request, response) => {
  const wish = await findWish(request.params.id);
  if (wish) response.json(wish);
  else response.status(404).json({ error: "wish not found" });
});

app.put("/wishes/:id", async (request, response) => {
  const { id } = request.params;
  const name = request.body?.name;
  if (typeof name !== "string" || name === "") {
    response.status(400).json({ error: "a name is needed" });
    return;
  }
  const known = await findWish(id);
  if (!known) {
    if ((await seatsLeft()) <= 0) {
      response.status(409).json({ error: "sold out" });
      return;
    }
    await Promise.all([addWish(id, name), saveJob(id)]);
    response.status(202).location(`/wishes/${id}`).json({ id, name, status: "waiting" });
    return;
  }
  const wish = await findWish(id);
  if (wish?.status !== "waiting") {
    response.json(wish);
    return;
  }
  // For a wish of before.
  await saveJob(id);
  response.status(202).location(`/wishes/${id}`).json(wish);
});

app.use((error: Error & { status?: number }, _request: Request, response: Response, _next: NextFunction) => {
  console.error(`request failed: ${error.message}`);
  // From express.json: the body is no JSON.
  if (error.status === 400) response.status(400).json({ error: "a name is needed" });
  else response.status(503).set("Retry-After", "1").json({ error: "try again later" });
});

app.listen(Number(process.env.PORT ?? 3000));
