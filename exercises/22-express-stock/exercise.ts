import type { AppExercise, Expect, JudgeRedis, Random, RunningApp } from "redis-learning-lab";

interface Product {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  readonly stock: number;
}

/** Puts a random product into Redis, as the lesson says that a shop keeps it, with a field that no buyer may see. */
async function addProduct(
  redis: JudgeRedis,
  random: Random,
  stock = random.integer(20, 90),
): Promise<Product> {
  const product = { id: random.id(), name: random.text(), price: random.integer(199, 99_999), stock };
  const { name, price } = product;
  const secret = { [random.pick(["supplierPrice", "supplier", "shelf"])]: String(random.integer(100, 999)) };
  await redis.hSet(`product:${product.id}`, { name, price: String(price), stock: String(stock), ...secret });
  await redis.sAdd("products", product.id);
  return product;
}

const pathOf = ({ id }: { readonly id: string }) => `/products/${id}`;
const reservationsOf = (product: { readonly id: string }) => `${pathOf(product)}/reservations`;

const NOT_FOUND = { error: "product not found" };
const SOLD_OUT = { error: "sold out" };
const AWAY = { error: "try again later" };

const TEXT_NUMBERS = "Every value in a hash is text: turn price and stock into numbers with Number().";
const PROMISE =
  "In JSON, a promise becomes {}: await it. For a list of promises, await Promise.all(…) gives their values.";
const MAKES_KEY =
  "HINCRBY makes the hash where there is none: look first, with an await, whether the product exists, and return after the 404.";
const OFFLINE_QUEUE =
  "node-redis keeps commands while Redis is away, and the request waits with them: createClient({ url, disableOfflineQueue: true }) lets them fail at once.";
const FOUR_FIELDS =
  "A product has exactly four fields, whatever else is in its hash: { id, name, price, stock }.";
const SOLD_LATER =
  "After the 503 nothing more may be done for that request: no second try, and no command that waits in a queue.";
const GIVES_UP =
  "node-redis connects again by itself, unless reconnectStrategy is false, or the client is closed or destroyed.";
const NOT_503 = (status: unknown) =>
  status === 500
    ? "An error handler, app.use((error, request, response, next) => …) after all routes, gets what a handler throws: there, answer 503."
    : "Without Redis nobody knows what is in stock: answer 503.";

export default {
  title: "Express and Redis: a shop that never oversells",
  objectives: ["O7 a basic Express app with a Redis server", "O5 deal with async operations"],
  form: "app",
  answer: "app.ts",
  proxied: true,
  hints: [
    "Begin with GET /products/:id: read the hash product:<id> with hGetAll, and look whether anything came back before you answer.",
    'Values in a hash are text, so JSON needs Number(found.price). For the list, sMembers("products") gives the ids; Promise.all reads their hashes together.',
    'Between hGet and hSet another request can do the same. hIncrBy(key, "stock", -1) is one step and answers what is left: below 0, put the piece back and answer 409. Look first whether the product exists. A Lua script can do all of it in one step.',
    "Create the client with disableOfflineQueue: true, give it an error listener, and add app.use((error, request, response, next) => response.status(503).json(…)) after all routes: Express 5 hands it whatever an async handler throws.",
  ],
  checks: [
    {
      id: "show",
      title: "GET /products/:id answers 200 and the product as JSON, as it is in Redis now",
      points: 2,
      limitMs: 10_000,
      async run({ answer, redis, random, trace, expect }) {
        const apps = await answer.twoInstances();
        const before = await addProduct(redis, random);
        for (const app of apps) {
          const response = await app.request("GET", pathOf(before));
          const received = await trace.commands();
          expect
            .response(response)
            .status(200, { cause: (status) => causeOfStatus(status, received.length) })
            .json(before, { cause: causeOfProduct });
        }
        const after = { ...before, price: before.price + 100, stock: before.stock - 1 };
        await redis.hSet(`product:${after.id}`, { price: String(after.price), stock: String(after.stock) });
        for (const app of apps) {
          expect.response(await app.request("GET", pathOf(after))).json(after, {
            cause: "Somebody else changed the product in Redis: read it there at each request.",
          });
        }
      },
    },
    {
      id: "not-found",
      title: "GET /products/:id answers 404 for a product that does not exist, and the app goes on",
      async run({ answer, redis, random, expect }) {
        const app = await answer.instance();
        expect
          .response(await app.request("GET", pathOf({ id: random.id() })))
          .status(404, {
            cause:
              "For a key that is not there, hGetAll gives an object without fields: look whether one of its fields is there.",
          })
          .json(NOT_FOUND);
        const product = await addProduct(redis, random);
        expect.response(await app.request("GET", pathOf(product))).status(200);
        expectSingleAnswers(app, expect);
      },
    },
    {
      id: "list",
      title: "GET /products answers 200 and all products of the set products, without searching the keys",
      async run({ answer, redis, random, trace, expect }) {
        const app = await answer.instance();
        expect
          .response(await app.request("GET", "/products"))
          .status(200)
          .json([], {
            cause: "An empty catalogue is an empty list.",
          });
        const soldOut = await addProduct(redis, random, 0);
        const others = random.list(random.integer(25, 35), () => addProduct(redis, random));
        const products = [soldOut, ...(await Promise.all(others))];
        const response = await app.request("GET", "/products");
        expect.response(response).status(200);
        expect.value(response.json, "the list").hasMembers(products, {
          cause: (list) => causeOfList(list, products.length, soldOut.id),
        });
        expect.commands(await trace.commands()).exclude(["KEYS", "SCAN"], {
          cause: "KEYS and SCAN walk through every key of the server: SMEMBERS products gives the ids.",
        });
      },
    },
    {
      id: "reserve",
      title: "POST /products/:id/reservations takes one piece from the stock in Redis and answers 201",
      points: 2,
      async run({ answer, redis, random, expect }) {
        const app = await answer.instance();
        const { id, stock } = await addProduct(redis, random);
        const before = await redis.hGetAll(`product:${id}`);
        for (const left of [stock - 1, stock - 2]) {
          expect
            .response(await app.request("POST", reservationsOf({ id })))
            .status(201, { cause: "201 says that something was made; res.json alone answers 200." })
            .json({ product: id, left }, { cause: causeOfReservation });
          await expect.key(`product:${id}`).isHash(
            { ...before, stock: String(left) },
            {
              cause:
                "A variable in one process is unknown to the other instances: take the piece from the stock in Redis.",
            },
          );
        }
      },
    },
    {
      id: "sold-out",
      title: "A reservation answers 409 when nothing is left, the stock stays 0, and new pieces can be sold",
      async run({ answer, redis, random, expect }) {
        const app = await answer.instance();
        const product = await addProduct(redis, random, 1);
        const reserve = () => app.request("POST", reservationsOf(product));
        expect
          .response(await reserve())
          .status(201)
          .json({ product: product.id, left: 0 });
        for (const response of [await reserve(), await reserve()]) {
          expect.response(response).status(409).json(SOLD_OUT);
        }
        expect.value(await redis.hGet(`product:${product.id}`, "stock"), "the stock in Redis").equals("0", {
          cause: "HINCRBY also counts below zero: whoever gets a negative number puts the piece back.",
        });
        const more = random.integer(2, 9);
        await redis.hIncrBy(`product:${product.id}`, "stock", more);
        expect
          .response(await reserve())
          .status(201)
          .json({ product: product.id, left: more - 1 });
        expectSingleAnswers(app, expect);
      },
    },
    {
      id: "reserve-unknown",
      title: "A reservation answers 404 for a product that does not exist, and makes no key for it",
      async run({ answer, redis, random, trace, expect }) {
        const app = await answer.instance();
        const id = random.id();
        expect
          .response(await app.request("POST", reservationsOf({ id })))
          .status(404, { cause: (status) => (status === 409 || status === 201 ? MAKES_KEY : undefined) })
          .json(NOT_FOUND);
        // Whatever the app still does after the 404 comes to Redis before what later requests ask.
        const other = await addProduct(redis, random);
        for (let i = 0; i < 3; i++) await app.request("POST", reservationsOf(other));
        await expect.key(`product:${id}`).isMissing({ cause: MAKES_KEY });
        const writes = (await trace.commands()).filter(
          ({ name, args }) => args[0] === `product:${id}` && /^(HM?SET|HSETNX|HINCRBY)/.test(name),
        );
        expect.that(writes.length === 0, "the key of the unknown product was there for a moment", {
          expected: "no command that makes the key",
          actual: writes.map(({ name, args }) => [name, ...args].join(" ")),
          cause: MAKES_KEY,
        });
        expectSingleAnswers(app, expect);
      },
    },
    {
      id: "two-instances",
      title: "40 buyers at once, at two instances of the app, get exactly the pieces that are there",
      points: 3,
      after: "reserve",
      limitMs: 15_000,
      async run({ answer, redis, random, proxy, expect }) {
        const [one, two] = await answer.twoInstances();
        const product = await addProduct(redis, random, random.integer(5, 12));
        // Commands arrive late until the first buyer has an answer: by then whoever reads first has read the same.
        proxy.delay(100);
        const buyers = random.list(40, (i) =>
          (i % 2 ? one : two).request("POST", reservationsOf(product), { limitMs: 10_000 }),
        );
        await Promise.race(buyers);
        proxy.delay(0);
        const responses = await Promise.all(buyers);
        const sold = responses.filter(({ status }) => status === 201);
        for (const other of responses.filter(({ status }) => status !== 201)) {
          expect.response(other).status(409).json(SOLD_OUT);
        }
        expect
          .value(sold.length, `40 buyers, ${product.stock} pieces: the number of reservations`)
          .equals(product.stock, {
            cause: (count) =>
              Number(count) > product.stock
                ? "Several requests saw the same stock before one of them wrote the next: looking and taking must be one step in Redis."
                : "A buyer was refused while pieces were left: whoever lost a race must try again.",
          });
        expect
          .value(
            sold.map(({ json }) => (json as { left?: unknown }).left),
            "what was left after each reservation",
          )
          .hasMembers([...Array(product.stock).keys()]);
        expect.value(await redis.hGet(`product:${product.id}`, "stock"), "the stock in the end").equals("0");
      },
    },
    {
      id: "outage",
      title: "While Redis cannot be reached, every request is answered 503 within 2 seconds",
      points: 2,
      limitMs: 15_000,
      async run({ answer, redis, random, proxy, expect }) {
        const app = await answer.instance();
        const product = await addProduct(redis, random);
        expect
          .response(await app.request("GET", pathOf(product)))
          .status(200, { cause: "Before anything else, the app must work while Redis is there." });
        proxy.resetRoundTrips();
        proxy.hang();
        const soon = { limitMs: 2_000, cause: OFFLINE_QUEUE };
        const interrupted = app.request("GET", pathOf(product), soon);
        const asked = expect.eventually(proxy.roundTrips, (trips) => trips > 0, "the app should ask Redis");
        await Promise.race([interrupted, asked]);
        proxy.cut();
        expect
          .response(await interrupted)
          .status(503, { cause: NOT_503 })
          .json(AWAY);
        for (const [method, path] of [
          ["GET", pathOf(product)],
          ["GET", "/products"],
          ["POST", reservationsOf(product)],
        ] as const) {
          const response = await app.request(method, path, soon);
          expect.response(response).status(503, { cause: NOT_503 }).json(AWAY);
        }
      },
    },
    {
      id: "recovery",
      title: "Once Redis is back, so is the shop, and what was answered 503 has not happened",
      points: 2,
      after: "outage",
      limitMs: 15_000,
      async run({ answer, redis, random, proxy, expect }) {
        const app = await answer.instance();
        const product = await addProduct(redis, random);
        proxy.cut();
        // Whatever it asks after this was answered, it asks without a connection.
        expect
          .response(await app.request("GET", pathOf(product)))
          .status(503)
          .json(AWAY);
        expect
          .response(await app.request("POST", reservationsOf(product)))
          .status(503)
          .json(AWAY);
        await proxy.heal();
        await expect.eventually(
          async () => (await app.request("GET", pathOf(product))).status,
          (status) => status === 200,
          "GET /products/:id should answer 200 again once Redis is back",
          { withinMs: 5_000, expected: 200, cause: GIVES_UP },
        );
        expect.response(await app.request("GET", pathOf(product))).json(product, {
          cause:
            "The reservation waited in node-redis' queue after its buyer was told 503, and was made when Redis came back.",
        });
        await expect.stays(500, async () => {
          const stock = await redis.hGet(`product:${product.id}`, "stock");
          expect
            .value(stock, "the stock, up to half a second later")
            .equals(String(product.stock), { cause: SOLD_LATER });
        });
      },
    },
  ],
  wrong: [
    { name: "never-connects", fails: "show", why: "No client.connect(): every request is answered 503." },
    { name: "no-await", fails: "show", why: "Looks at the promise of hGetAll instead of its answer." },
    { name: "text-numbers", fails: "show", why: "Gives price and stock as the text that a hash holds." },
    { name: "all-fields", fails: "show", why: "Gives every field of the hash, also what no buyer may see." },
    { name: "fixed-port", fails: "show", why: "Listens on a port of its own choice." },
    {
      name: "catalogue-in-memory",
      fails: "show",
      why: "Remembers each product it has read: what others change is not seen.",
    },
    {
      name: "crash-on-missing",
      fails: "not-found",
      why: "Goes on after the 404, answers twice, and nobody catches the error: the app ends.",
    },
    {
      name: "answers-twice",
      fails: "not-found",
      why: "No return after the 404: it goes on and answers once more, which Express only prints.",
    },
    { name: "empty-for-missing", fails: "not-found", why: "Takes the object without fields for a product." },
    {
      name: "keys",
      fails: "list",
      why: "Looks for keys that begin with product: instead of reading the set.",
    },
    {
      name: "promises-in-the-list",
      fails: "list",
      why: "Sends promises: each becomes an empty object in JSON.",
    },
    {
      name: "hides-sold-out",
      fails: "list",
      why: "Leaves out the products with stock 0, which belong to the catalogue.",
    },
    { name: "first-twenty", fails: "list", why: "Gives only the first 20 products." },
    {
      name: "stock-in-a-variable",
      fails: "reserve",
      why: "Counts the stock in the process; Redis never hears of it.",
    },
    { name: "id-for-product", fails: "reserve", why: "Gives the id in a field id, not product." },
    { name: "status-200", fails: "reserve", why: "Answers 200 where something was made." },
    { name: "below-zero", fails: "sold-out", why: "Counts below zero and never puts the piece back." },
    {
      name: "sold-out-and-sold",
      fails: "sold-out",
      why: "No return after the 409: it goes on to the 201.",
    },
    {
      name: "no-return",
      fails: "reserve-unknown",
      why: "No return after the 404: a moment later the HINCRBY makes the key.",
    },
    {
      name: "exists-without-await",
      fails: "reserve-unknown",
      why: "A promise is always true: every product exists.",
    },
    {
      name: "made-and-deleted",
      fails: "reserve-unknown",
      why: "Takes first and looks later: for a moment the key is there, until it is deleted.",
    },
    {
      name: "phantom-product",
      fails: "reserve-unknown",
      why: "HINCRBY on a key that is not there makes it.",
    },
    {
      name: "get-then-set",
      fails: "two-instances",
      why: "Reads the stock, takes one in JavaScript, writes it back.",
    },
    {
      name: "look-then-take",
      fails: "two-instances",
      why: "Looks first and takes later, in two steps: all look before one has taken.",
    },
    {
      name: "lock-in-one-process",
      fails: "two-instances",
      why: "Serves its own buyers one by one, but the other instance does too.",
    },
    {
      name: "watch-shared-connection",
      fails: "two-instances",
      why: "WATCH on the connection that all requests share.",
    },
    { name: "watch-without-retry", fails: "two-instances", why: "Tells who lost the race that all is sold." },
    { name: "no-error-handler", fails: "outage", why: "Nobody turns the error into a 503." },
    { name: "status-500", fails: "outage", why: "Answers 500, as for a mistake in the program." },
    {
      name: "ready-at-the-beginning",
      fails: "outage",
      why: "Asks isReady first, but Redis may go away in the middle of a request.",
    },
    {
      name: "waits-for-redis",
      fails: "outage",
      why: "Commands wait in the queue of the client, and the request with them.",
    },
    {
      name: "no-error-listener",
      fails: "outage",
      why: "Without an error listener the lost connection ends the process.",
    },
    {
      name: "tries-again-after-503",
      fails: "recovery",
      why: "Answers 503 and goes on trying: the reservation is made later, for nobody.",
    },
    {
      name: "sold-after-503",
      fails: "recovery",
      why: "Answers 503 by a timer, but the reservation still waits in the queue and is made later.",
    },
    { name: "gives-up", fails: "recovery", why: "Never connects again." },
  ],
} satisfies AppExercise;

/** Express prints it when a route answers once more; what was printed is there before later requests are answered. */
function expectSingleAnswers(app: RunningApp, expect: Expect) {
  const printed = /^.*(ERR_HTTP_HEADERS_SENT|Cannot set headers after they are sent).*$/m.exec(app.output());
  expect.that(!printed, "the app answered a request twice", {
    expected: "one answer to each request",
    actual: printed?.[0],
    cause: "After response.json the function goes on: write return after it, or use else.",
  });
}

function causeOfStatus(status: unknown, commands: number): string | undefined {
  if (status === 404)
    return "The product is in Redis: is the key product:<id>, and is the answer of hGetAll awaited?";
  if (status === 503 && commands === 0)
    return "No command of the app came to Redis: is await client.connect() missing?";
  if (status === 503)
    return "Redis was there, but something threw: let the error handler print it with console.error.";
  if (status === 500) return undefined;
  return "Does the route read the hash product:<id> from the Redis at REDIS_URL?";
}

function causeOfProduct(body: unknown): string | undefined {
  const { name, price, stock } = (body ?? {}) as Partial<Record<keyof Product, unknown>>;
  if (typeof price === "string" || typeof stock === "string") return TEXT_NUMBERS;
  if (name === undefined) return "No fields of the hash arrived: is the answer of hGetAll awaited?";
  return Object.keys(body ?? {}).length > 4 ? FOUR_FIELDS : undefined;
}

function causeOfList(list: unknown, count: number, soldOutId: string): string {
  const products = list as { readonly id?: unknown }[];
  if (products.some(isPromiseInJson)) return PROMISE;
  if (products.length === count - 1 && products.every(({ id }) => id !== soldOutId))
    return "A product with stock 0 belongs to the list too.";
  return "Give every product of the set, just as GET /products/:id gives it.";
}

function causeOfReservation(body: unknown): string {
  const { product, left } = (body ?? {}) as { product?: unknown; left?: unknown };
  if (isPromiseInJson(left)) return PROMISE;
  return product === undefined || left === undefined
    ? "The body has the fields product, which is the id, and left."
    : "left is the stock after this reservation, as a number.";
}

function isPromiseInJson(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
