import type { AppExercise, HttpResponse } from "redis-learning-lab";
import {
  BROUGHT_BACK,
  COPIED,
  causeOfAccess,
  causeOfAnswer,
  causeOfBody,
  causeOfLogin,
  causeOfLogout,
  causeOfOpenDoor,
  causeOfUnknownSession,
  ENDED,
  NO_ATTEMPT,
  NOT_DELETED,
  ONE_STEP,
  READS_ONLY,
  REFUSED_ALL_THE_SAME,
  SENT_TOGETHER,
  WINDOW_ENDED,
} from "./causes.ts";
import {
  addMember,
  addSession,
  betweenSteps,
  cookieOf,
  expectAllEnd,
  expectCookie,
  expectCount,
  expectFullTime,
  expectIds,
  expectNoCookie,
  expectSessions,
  expectSingleAnswers,
  expectTooMany,
  expectUnguessable,
  expectWindow,
  isCleared,
  LATE_SECONDS,
  logIn,
  looseWrites,
  MOST_ATTEMPTS,
  PATIENCE_MS,
  SESSION_SECONDS,
  seeItTurn,
  setCookie,
  stepByStep,
  WINDOW_SECONDS,
} from "./sessions.ts";

const REFUSED = { error: "wrong name or code" };
const INCOMPLETE = { error: "name and code are needed" };
const STRANGER = { error: "log in first" };

/** What Node loads before the app: chance and clock stand still, so an id made of them is the same again. */
const STANDING_STILL = "--import=data:text/javascript,Math.random=()=>.5;Date.now=()=>1e12";

export default {
  title: "Sessions in Redis, and a limit for log-ins",
  objectives: ["O7 a basic Express app with a Redis server", "use: session storage"],
  form: "app",
  answer: "app.ts",
  proxied: true,
  hints: [
    "Begin with POST /login for a right code: get code:<name>, compare, make an id with randomUUID(), set session:<id> with an expiration, and response.cookie.",
    'GET /me takes the id from the cookie and asks Redis, each time: getEx("session:<id>", { type: "EX", value: 1800 }) reads the name and gives the session its full time again, and gives null where there is no session.',
    "Count before you look at the code: the answer of INCR says which attempt this is, so no GET is needed. INCR makes a counter without a time to live; in one MULTI with it, EXPIRE … NX gives it one.",
    'const [count, , left] = await client.multi().incr(key).expire(key, 60, "NX").ttl(key).exec(). When count is above 5, answer 429 with Retry-After left.',
  ],
  checks: [
    {
      id: "login",
      title: "POST /login with the right code answers 200, and begins a session of 1800 seconds in Redis",
      points: 2,
      limitMs: 20_000,
      async run({ answer, redis, random, proxy, trace, expect }) {
        const [app] = await answer.twoInstances();
        const member = await addMember(redis, random);
        // What the app does not wait for has not come to Redis when the answer is here.
        const response = await stepByStep(
          { proxy, expect },
          () => logIn(app, member, {}, PATIENCE_MS),
          () => seeItTurn({ proxy, expect }, app),
        );
        const received = await trace.commands();
        expect
          .response(response)
          .status(200, { cause: (status) => causeOfLogin(status, received.length) })
          .json({ name: member.name }, { cause: causeOfAnswer });
        const { id } = cookieOf(response, expect);
        expectCookie(response, expect);
        await expect.key(`session:${id}`).isString(member.name, {
          cause: (found) =>
            found === undefined
              ? "Once the log-in is answered, other instances look for the session in Redis: await the SET of session:<id>, with the id that is in the cookie."
              : "The session holds the name of who logged in, and nothing else.",
        });
        await expect.key(`session:${id}`).hasTtl(SESSION_SECONDS - LATE_SECONDS, SESSION_SECONDS, {
          cause: "Give the session its 1800 seconds in the same SET: EX counts seconds, PX milliseconds.",
        });
        await expect.key(`code:${member.name}`).isString(member.code, { cause: NOT_DELETED });
        proxy.delay(0);
        const ids = [id];
        // Two of three base64 texts of 24 bytes hold a + or a /: of a dozen, none does six times in a million.
        while (ids.length < 12) {
          await redis.flushAll();
          const response = await logIn(app, await addMember(redis, random), {}, PATIENCE_MS);
          ids.push(cookieOf(response, expect).id);
        }
        expectIds(ids, expect);
      },
    },
    {
      id: "refused",
      title:
        "A wrong code and an unknown name are answered 401, a body without both texts 400, without a session",
      limitMs: 20_000,
      async run({ answer, redis, random, expect }) {
        const app = await answer.instance();
        const { name, code } = await addMember(redis, random);
        const stranger = random.text();
        const responses: HttpResponse[] = [];
        for (const body of [{ name: stranger }, { name: stranger, code: null }, { code }, undefined]) {
          const response = await app.request("POST", "/login", { body });
          expect.response(response).status(400, { cause: causeOfBody }).json(INCOMPLETE);
          responses.push(response);
        }
        // It is answered after Redis has received what the app sent before.
        const member = await addSession(redis, random, name);
        await app.request("GET", "/me", { headers: member.header });
        expect
          .value(await redis.keys("attempts*"), "the list of counters in Redis")
          .hasMembers([], { cause: NO_ATTEMPT });
        for (const [who, what] of [
          [name, `0${Number(code) + 1}`],
          [name, String(Number(code))],
          [name, ""],
          [stranger, code],
        ] as const) {
          const response = await logIn(app, { name: who, code: what });
          expect.response(response).status(401, { cause: causeOfAccess }).json(REFUSED);
          responses.push(response);
        }
        expectNoCookie(responses, expect);
        // Answered after Redis has received what the app sends although it has refused.
        await app.request("GET", "/me", { headers: member.header });
        await expectSessions(redis, expect, [member.id], REFUSED_ALL_THE_SAME);
        expectSingleAnswers(app, expect);
      },
    },
    {
      id: "me",
      title: "GET /me answers 200 at every instance while the session is in Redis, otherwise 401",
      points: 2,
      limitMs: 20_000,
      async run({ answer, redis, random, expect }) {
        const apps = await answer.twoInstances();
        const name = random.text();
        const { id } = await addSession(redis, random, name);
        const unknown = random.id() + random.id();
        const others = { cookie: `lastsid=${unknown}; sid=${id}; theme=dark` };
        for (const app of apps) {
          expect
            .response(await app.request("GET", "/me", { headers: others }))
            .status(200, { cause: causeOfUnknownSession })
            .json({ name });
        }
        await redis.del(`session:${id}`);
        for (const app of apps) {
          for (const headers of [others, { cookie: "theme=dark" }, { cookie: `sid=${unknown}` }, {}]) {
            const response = await app.request("GET", "/me", { headers });
            expect
              .response(response)
              .status(401, { cause: (status) => causeOfOpenDoor(status, response.json) })
              .json(STRANGER);
            await expectSessions(redis, expect, [], READS_ONLY);
          }
          expectSingleAnswers(app, expect);
        }
      },
    },
    {
      id: "slides",
      title: "Each GET /me gives the session 1800 seconds again, and never brings back one that has ended",
      points: 3,
      limitMs: 20_000,
      async run({ answer, redis, random, proxy, expect }) {
        const apps = await answer.twoInstances();
        const name = random.text();
        const { id, header: headers } = await addSession(redis, random, name);
        const key = `session:${id}`;
        for (const app of apps) {
          await redis.expire(key, random.integer(100, 900));
          const options = { headers, limitMs: PATIENCE_MS };
          const response = await stepByStep(
            { proxy, expect },
            () => app.request("GET", "/me", options),
            () => seeItTurn({ proxy, expect }, app),
          );
          expect.response(response).status(200);
          await expectFullTime(redis, expect, key);
          proxy.delay(0);
        }
        await expect.key(key).isString(name);
        // Somebody logs out while the app stands between two commands, or has just answered.
        await betweenSteps({ proxy, expect }, async () => {
          const session = await addSession(redis, random, name);
          const options = { headers: session.header, limitMs: PATIENCE_MS };
          const ask = () => apps[0].request("GET", "/me", options);
          return {
            send: ask,
            interrupt: () => redis.del(`session:${session.id}`),
            verify: async () => {
              expect.response(await ask()).status(401, { cause: BROUGHT_BACK });
            },
          };
        });
      },
    },
    {
      id: "logout",
      title: "POST /logout answers 204, ends this session everywhere and clears the cookie",
      points: 2,
      limitMs: 20_000,
      async run({ answer, redis, random, proxy, expect }) {
        const [one, two] = await answer.twoInstances();
        const member = await addMember(redis, random);
        const { id, header: headers } = cookieOf(await logIn(one, member), expect);
        const elsewhere = await addSession(redis, random, member.name);
        expect.response(await one.request("GET", "/me", { headers })).status(200);
        const response = await stepByStep(
          { proxy, expect },
          () => two.request("POST", "/logout", { headers, limitMs: PATIENCE_MS }),
          () => seeItTurn({ proxy, expect }, two),
        );
        expect.response(response).status(204, { cause: causeOfLogout });
        await expect.key(`session:${id}`).isMissing({ cause: COPIED });
        proxy.delay(0);
        for (const app of [one, two]) {
          expect.response(await app.request("GET", "/me", { headers })).status(401, { cause: ENDED });
        }
        expect.that(isCleared(setCookie(response)), "the browser should forget the cookie sid", {
          expected: "Set-Cookie: sid=; with a date that is over",
          actual: response.headers["set-cookie"] ?? "no Set-Cookie",
          cause: 'response.clearCookie("sid") sends it.',
        });
        await expectSessions(redis, expect, [elsewhere.id], READS_ONLY);
        for (const again of [headers, {}]) {
          expect.response(await one.request("POST", "/logout", { headers: again })).status(204, {
            cause: "Whoever is logged out already is logged out: 204 again.",
          });
        }
      },
    },
    {
      id: "new-id",
      title: "A log-in makes a new id, whatever cookie comes with it",
      limitMs: 20_000,
      async run({ answer, redis, random, expect }) {
        const app = await answer.instance();
        const cause =
          "Session fixation: somebody put this cookie into the browser before, and knows its id. Only an id that was made at this log-in is known to nobody else.";
        const invented = random.id() + random.id();
        const { id: others } = await addSession(redis, random, random.text());
        for (const known of [invented, others]) {
          const member = await addMember(redis, random);
          const { id } = cookieOf(await logIn(app, member, { cookie: `sid=${known}` }), expect);
          expect.that(id !== known, "the id of the new session came with the request", {
            expected: "another id than that of the cookie",
            actual: `sid=${id}`,
            cause,
          });
          const found = await redis.get(`session:${known}`);
          expect.that(found !== member.name, "the old id is logged in, too", { actual: found, cause });
        }
      },
    },
    {
      id: "limit",
      title: "The sixth attempt for a name within 60 seconds is answered 429 with Retry-After",
      points: 3,
      limitMs: 20_000,
      async run({ answer, redis, random, trace, expect }) {
        const apps = await answer.twoInstances();
        const member = await addMember(redis, random);
        const key = `attempts:${member.name}`;
        const wrong = { ...member, code: "" };
        const left = random.integer(25, 40);
        for (let count = 1; count <= MOST_ATTEMPTS; count++) {
          const isRight = count % 2 === 0;
          const response = await logIn(apps[count % 2 ? 0 : 1], isRight ? member : wrong);
          expect.response(response).status(isRight ? 200 : 401, {
            cause: (status) =>
              status === 429 ? "Five attempts are allowed; the sixth is too many." : undefined,
          });
          await expectCount(redis, trace, expect, key, count);
          if (count > 1) await expectWindow(redis, expect, key, 1, left);
          else await expectWindow(redis, expect, key, WINDOW_SECONDS - LATE_SECONDS, WINDOW_SECONDS);
          if (count === 1) await redis.expire(key, left);
        }
        const sessions = await redis.keys("session:*");
        for (const [index, one] of [member, wrong].entries()) {
          const response = await logIn(apps[index ? 0 : 1], one);
          expectTooMany(response, expect, left - LATE_SECONDS, left + 1);
          expectNoCookie([response], expect);
        }
        await expectWindow(redis, expect, key, 1, left);
        // Where an app goes on after its 429, it has come to the end of that before it answers another log-in.
        for (const app of apps) {
          const response = await logIn(app, await addMember(redis, random));
          expect.response(response).status(200, { cause: "Each name has a counter of its own." });
          sessions.push(`session:${cookieOf(response, expect).id}`);
        }
        expect
          .value(await redis.keys("session:*"), "the list of sessions")
          .hasMembers(sessions, { cause: REFUSED_ALL_THE_SAME });
        for (const app of apps) expectSingleAnswers(app, expect);
        const incomplete = await apps[0].request("POST", "/login", { body: { name: member.name } });
        expect.response(incomplete).status(400, { cause: causeOfBody });
        await redis.del(key);
        expect.response(await logIn(apps[0], member)).status(200, {
          cause: "Once attempts:<name> is gone, a new window begins: keep nothing else about it.",
        });
        await expectWindow(redis, expect, key, WINDOW_SECONDS - LATE_SECONDS, WINDOW_SECONDS);
      },
    },
    {
      id: "never-for-ever",
      title: "At no moment is there a counter or a session without a time to live",
      points: 3,
      limitMs: 20_000,
      async run({ answer, redis, random, proxy, trace, expect }) {
        const app = await answer.instance();
        const member = await addMember(redis, random);
        const response = await stepByStep(
          { proxy, expect },
          () => logIn(app, member, {}, PATIENCE_MS),
          () => expectAllEnd(redis, expect, ONE_STEP),
        );
        expect.response(response).status(200);
        proxy.delay(0);
        // The window ends while the app stands between two commands.
        await betweenSteps({ proxy, expect }, async () => {
          const member = await addMember(redis, random);
          const key = `attempts:${member.name}`;
          await redis.set(key, "1", { expiration: { type: "EX", value: WINDOW_SECONDS } });
          return {
            send: () => logIn(app, member, {}, PATIENCE_MS),
            interrupt: () => redis.del(key),
            verify: () => expectAllEnd(redis, expect, WINDOW_ENDED),
          };
        });
        const loose = looseWrites(await trace.commands());
        expect.that(loose.length === 0, "a key and its time to live came to Redis in two commands", {
          expected: "one command, or MULTI … EXEC, or a script",
          actual: loose[0],
          cause: SENT_TOGETHER,
        });
      },
    },
    {
      id: "burst",
      title: "Of 30 log-ins for one name at once, at two instances of the app, exactly five are let in",
      points: 3,
      limitMs: 20_000,
      async run({ answer, redis, random, proxy, expect }) {
        const [one, two] = await answer.twoInstances();
        const member = await addMember(redis, random);
        proxy.resetRoundTrips();
        proxy.hang();
        const attempts = random.list(30, (i) => logIn(i % 2 ? one : two, member, {}, PATIENCE_MS));
        const all = Promise.all(attempts);
        all.catch(() => {});
        await expect.eventually(proxy.roundTrips, (trips) => trips > 1, "both instances should ask Redis", {
          withinMs: PATIENCE_MS,
        });
        // Commands arrive late until the first one has an answer: by then whoever looks first has seen the same.
        proxy.delay(100);
        await proxy.heal();
        await Promise.race(attempts);
        proxy.delay(0);
        const responses = await all;
        const isIn = ({ status }: HttpResponse) => status === 200;
        for (const response of responses.filter((one) => !isIn(one)))
          expectTooMany(response, expect, WINDOW_SECONDS - LATE_SECONDS, WINDOW_SECONDS + 1);
        expect
          .value(responses.filter(isIn).length, "the number of log-ins that were let in")
          .equals(MOST_ATTEMPTS, {
            cause: (count) =>
              Number(count) > MOST_ATTEMPTS
                ? "Several looked at the counter before one of them had counted. INCR counts and tells in one step: whoever gets a number above 5 is too late."
                : "Some were refused though fewer than five had come before them.",
          });
        await expect.key(`attempts:${member.name}`).hasTtl(1, WINDOW_SECONDS);
      },
    },
    {
      id: "random-id",
      title: "Nobody can guess the id of a session",
      points: 2,
      limitMs: 20_000,
      async run({ answer, redis, random, expect }) {
        const start = () => answer.start({ env: { NODE_OPTIONS: STANDING_STILL } });
        const apps = await Promise.all([start(), start()]);
        const member = await addMember(redis, random);
        const ids: string[] = [];
        for (const app of apps) {
          ids.push(cookieOf(await logIn(app, member), expect).id);
          await redis.flushAll();
          await redis.set(`code:${member.name}`, member.code);
        }
        expectUnguessable(ids as [string, string], expect);
      },
    },
  ],
  wrong: [
    { name: "no-json-parser", fails: "login", why: "No express.json(): request.body is undefined." },
    {
      name: "sessions-in-memory",
      fails: "login",
      why: "Keeps the sessions in a Map: the other instance has never heard of them.",
    },
    { name: "json-in-the-session", fails: "login", why: "Keeps JSON where others look for a name." },
    { name: "lives-for-ever", fails: "login", why: "A session without a time to live." },
    { name: "milliseconds", fails: "login", why: "PX 1800: the session lives for less than two seconds." },
    { name: "not-http-only", fails: "login", why: "Every script in the page can read the cookie." },
    { name: "cookie-with-an-end", fails: "login", why: "Max-Age on the cookie, which does not slide." },
    { name: "no-cookie", fails: "login", why: "Begins a session, but never tells the browser its id." },
    {
      name: "id-in-the-body",
      fails: "login",
      why: "The id is also in the body, where every script can read it.",
    },
    { name: "short-id", fails: "login", why: "Eight random digits can be tried out." },
    { name: "base64-id", fails: "login", why: "Base64 has +, / and =, which are encoded in a cookie." },
    { name: "deletes-the-code", fails: "login", why: "Each code works once only." },
    {
      name: "undefined-is-null",
      fails: "refused",
      why: "A name without a code: undefined == null lets everybody in.",
    },
    {
      name: "null-is-null",
      fails: "refused",
      why: "Looks for a missing code only: null, for a name without one, equals what get gives.",
    },
    { name: "codes-as-numbers", fails: "refused", why: "Compares numbers: 07 is 7." },
    { name: "tells-names", fails: "refused", why: "404 for an unknown name tells which names there are." },
    { name: "no-body-crash", fails: "refused", why: "Takes name and code from a body that is not there." },
    {
      name: "refused-and-let-in",
      fails: "refused",
      why: "No return after the 401: it goes on and begins a session.",
    },
    { name: "cookie-for-all", fails: "refused", why: "Sets the cookie before the code is looked at." },
    { name: "empty-is-missing", fails: "refused", why: 'Takes "" for no text.' },
    {
      name: "counts-incomplete-ones",
      fails: "refused",
      why: "Counts first and looks at the body later: what is no attempt makes a counter, too.",
    },
    {
      name: "counts-only-when-400",
      fails: "refused",
      why: "Counts rightly, but also what it answers with 400, and for ever.",
    },
    { name: "no-cookie-crash", fails: "me", why: "Splits a cookie header that is not there." },
    { name: "any-sid", fails: "me", why: "Finds sid= anywhere: lastsid comes first." },
    {
      name: "remembers-sessions",
      fails: "me",
      why: "Remembers sessions that it has read once: what ends in Redis goes on here.",
    },
    {
      name: "undefined-for-no-session",
      fails: "me",
      why: "Looks for undefined, but getEx gives null.",
    },
    {
      name: "session-for-anybody",
      fails: "me",
      why: "Writes an empty session for a cookie that it does not know.",
    },
    {
      name: "fixed-end",
      fails: "slides",
      why: "The session ends 30 minutes after the log-in, however busy its member is.",
    },
    { name: "slides-in-milliseconds", fails: "slides", why: "1800000 seconds: 20 days." },
    { name: "slides-later", fails: "slides", why: "Does not wait for EXPIRE: the answer comes before." },
    {
      name: "writes-it-again",
      fails: "slides",
      why: "SET makes the session once more, also where it has ended since it was read.",
    },
    {
      name: "forgets-the-cookie-only",
      fails: "logout",
      why: "Clears the cookie; whoever copied it is still logged in.",
    },
    {
      name: "logout-by-get",
      fails: "logout",
      why: "GET /logout: a mere link, or a browser that loads ahead, logs out.",
    },
    { name: "cookie-stays", fails: "logout", why: "The browser keeps the cookie of a session that is over." },
    { name: "ends-all-sessions", fails: "logout", why: "Ends every session of the member, on every device." },
    { name: "logout-for-members-only", fails: "logout", why: "401 for whoever is logged out already." },
    { name: "logout-not-awaited", fails: "logout", why: "Says that it is done before Redis has done it." },
    {
      name: "keeps-the-id",
      fails: "new-id",
      why: "Takes the id of the cookie that came, which others may have put there.",
    },
    {
      name: "keeps-known-ids",
      fails: "new-id",
      why: "Keeps the id of a session that is there: whoever began it is logged in, too.",
    },
    { name: "limit-in-memory", fails: "limit", why: "Each instance counts for itself." },
    { name: "key-without-the-name", fails: "limit", why: "One counter at the key attempts." },
    { name: "window-of-60000-seconds", fails: "limit", why: "EXPIRE takes seconds." },
    {
      name: "answer-of-expire",
      fails: "limit",
      why: "Takes the second answer of EXEC for the TTL: it is that of EXPIRE.",
    },
    {
      name: "too-many-before-400",
      fails: "limit",
      why: "Answers 429 to a request that is no attempt.",
    },
    {
      name: "no-return-after-429",
      fails: "limit",
      why: "Answers 429 after the code was looked at, and goes on.",
    },
    { name: "off-by-one", fails: "limit", why: "The sixth is still let in." },
    { name: "fifth-refused", fails: "limit", why: "The fifth is refused already." },
    {
      name: "window-slides",
      fails: "limit",
      why: "EXPIRE at each attempt: who goes on trying is locked out for ever.",
    },
    { name: "failures-only", fails: "limit", why: "Counts wrong codes only." },
    { name: "set-back-by-success", fails: "limit", why: "A right code sets the counter back." },
    {
      name: "right-code-always",
      fails: "limit",
      why: "Looks at the code first: a right one is let in after any number of guesses.",
    },
    { name: "no-retry-after", fails: "limit", why: "Does not say when to come again." },
    { name: "always-60", fails: "limit", why: "Says 60 seconds, whatever is left." },
    { name: "refused-and-counted", fails: "limit", why: "No return after the 429: the log-in goes on." },
    {
      name: "one-counter-for-all",
      fails: "limit",
      why: "All names share the second counter that it keeps: one guesser locks everybody out.",
    },
    {
      name: "blocked-for-longer",
      fails: "limit",
      why: "Keeps a mark of its own beside the counter: blocked, though the window is over.",
    },
    {
      name: "incr-then-expire",
      fails: "never-for-ever",
      why: "INCR and EXPIRE as two commands: cut in between, the counter stays for ever.",
    },
    {
      name: "incr-and-expire-at-once",
      fails: "never-for-ever",
      why: "Sent together, but still two commands.",
    },
    {
      name: "set-then-incr",
      fails: "never-for-ever",
      why: "SET NX EX, then INCR: where the window ends in between, INCR makes a counter without a time.",
    },
    {
      name: "session-then-expire",
      fails: "never-for-ever",
      why: "SET and EXPIRE of the session as two commands.",
    },
    {
      name: "session-not-awaited",
      fails: "login",
      why: "Answers before Redis has the session: another instance may be asked for it too soon.",
    },
    {
      name: "look-then-count",
      fails: "burst",
      why: "Looks at the counter first and counts later: at once, all see the same.",
    },
    {
      name: "get-add-set",
      fails: "burst",
      why: "Reads the counter, adds 1 in JavaScript and writes it back.",
    },
    {
      name: "queue-in-one-process",
      fails: "burst",
      why: "One after the other in this process, but the other instance does the same.",
    },
    {
      name: "reads-it-afterwards",
      fails: "burst",
      why: "INCR, then GET: by then others have counted, too, and all of them are too late.",
    },
    { name: "counter-id", fails: "random-id", why: "1, 2, 3: the next id is known to everybody." },
    { name: "date-and-random", fails: "random-id", why: "Made of the time and Math.random()." },
    { name: "name-in-the-id", fails: "random-id", why: "The most of it is the name." },
  ],
} satisfies AppExercise;
