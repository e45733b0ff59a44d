import type { ConfigAnswer, ConfigExercise } from "redis-learning-lab";

/** The password of the lesson's example, which every reader knows. */
const EXAMPLE_PASSWORD = "only-an-example";

/** The rules of the default user, where the file has a line for it. */
const rulesIn = (answer: ConfigAnswer) => answer.directives("user").findLast(([name]) => name === "default");

/** The passwords of the default user: `requirepass TEXT`, or `user default on >TEXT …`, which Redis prefers. */
function passwordsIn(answer: ConfigAnswer): string[] {
  const rules = rulesIn(answer);
  if (rules) return rules.filter((rule) => rule.startsWith(">")).map((rule) => rule.slice(1));
  const password = answer.directive("requirepass")?.[0];
  return password ? [password] : [];
}

/** What redis-cli is told to log in with: nothing, where the file has no password. */
function login(answer: ConfigAnswer): string[] {
  const password = passwordsIn(answer).at(-1);
  return password ? ["-a", password, "--no-auth-warning"] : [];
}

const isLoopback = (address: string) => /^-?(127(\.\d+){3}|::1|localhost)$/.test(address);

export default {
  title: "Your own Redis server",
  objectives: ["O1 run a Redis server on your machine"],
  form: "config",
  answer: "redis.conf",
  hints: [
    "Each line is one setting: its name, a space, its value, and nothing behind it. Start the file by hand: redis-server tells you which line it does not understand.",
    "You need four lines: port, bind, requirepass and databases.",
    "Loopback is the address 127.0.0.1. Databases are counted from 0, so the number in the file is one more than the highest that SELECT takes.",
    "port 6400, then bind 127.0.0.1, then requirepass and a text of your own without spaces, then databases and how many you want.",
  ],
  checks: [
    {
      id: "start",
      title: "redis-server starts with your file, and answers at 127.0.0.1",
      async run({ answer, expect }) {
        const server = await answer.boot();
        const reply = await server.cli("PING");
        expect.that(/PONG|NOAUTH|NOPERM/.test(reply), "the server runs, but not at 127.0.0.1", {
          expected: "an answer to PING",
          actual: reply,
          cause: "bind has to name 127.0.0.1.",
        });
      },
    },
    {
      id: "port",
      title: "It is at port 6400",
      after: "start",
      async run({ answer, expect }) {
        const port = answer.directive("port")?.[0];
        expect.that(port === "6400", "the port is not right", {
          expected: "port 6400",
          actual: port === undefined ? "no line with port: Redis takes 6379" : `port ${port}`,
        });
      },
    },
    {
      id: "locked",
      title: "A client without the password, or with a wrong one, is refused",
      after: "start",
      points: 2,
      async run({ answer, random, expect }) {
        const server = await answer.boot();
        const reply = await server.cli("PING");
        expect.that(reply.startsWith("NOAUTH"), "PING without a password should be refused", {
          expected: "NOAUTH Authentication required.",
          actual: reply,
          cause: answer.directives("user").flat().includes("nopass")
            ? "nopass lets everyone in, with any password or none."
            : "Your file sets no password: it needs a line with requirepass. Redis does not read a line that begins with #, and protected-mode is no password.",
        });
        const guessed = await server.cli("-a", random.id(), "--no-auth-warning", "PING");
        expect.that(/WRONGPASS/.test(guessed), "a wrong password should be refused", {
          expected: "WRONGPASS",
          actual: guessed,
        });
      },
    },
    {
      id: "users",
      title: "There is no user but the default one",
      after: "start",
      async run({ answer, expect }) {
        const other = answer.directives("user").find(([name]) => name !== "default");
        expect.that(other === undefined, `somebody else gets in, too: the user ${other?.[0]}`, {
          expected: "no line with user, or one for default",
          actual: `user ${other?.join(" ")}`,
          cause: "Take this line out. requirepass is the password of the user default.",
        });
      },
    },
    {
      id: "password",
      title: "A client with your password of at least 12 characters can work",
      after: "locked",
      points: 2,
      async run({ answer, random, expect }) {
        const hashed = rulesIn(answer)?.find((rule) => rule.startsWith("#"));
        expect.that(hashed === undefined, "the password is not written as plain text", {
          expected: "requirepass TEXT, or user default on >TEXT",
          actual: `user default … ${hashed}`,
          cause: "# begins the hash of a password. Redis knows it, but the lab cannot log in with it.",
        });
        const passwords = passwordsIn(answer);
        const shortest = Math.min(...passwords.map((password) => password.length));
        expect.that(passwords.length > 0 && shortest >= 12, "the password is too short", {
          expected: "at least 12 characters",
          actual: passwords.length > 0 ? `${shortest} characters` : "no password for the default user",
          cause:
            passwords.length > 1
              ? "Each > adds one more password, and every one of them opens the door: take the short one out."
              : "Redis can be asked for up to a million passwords a second: a short one is soon guessed.",
        });
        expect.that(!passwords.includes(EXAMPLE_PASSWORD), "this password is the lesson's: choose your own", {
          cause: "A password that stands in a text on the web is the first that others try.",
        });
        const server = await answer.boot();
        const [key, value] = [random.id(), random.id()];
        await server.cli(...login(answer), "SET", key, value);
        const reply = await server.cli(...login(answer), "GET", key);
        expect.that(reply === value, "after AUTH, what SET stored should come back", {
          expected: value,
          actual: reply,
          cause: reply.includes("NOPERM")
            ? "A user line begins without any rights: it also needs ~* (all keys), &* (all channels) and +@all (all commands)."
            : undefined,
        });
      },
    },
    {
      id: "databases",
      title: "There are 4 databases: SELECT 3 works and SELECT 4 does not",
      after: "start",
      async run({ answer, expect }) {
        const server = await answer.boot();
        const cause =
          "The line databases says how many there are. They are counted from 0: the last of 4 is 3.";
        const third = await server.cli(...login(answer), "SELECT", "3");
        expect.that(third === "OK", "SELECT 3 should work", { expected: "OK", actual: third, cause });
        const fourth = await server.cli(...login(answer), "SELECT", "4");
        expect.that(/out of range/.test(fourth), "SELECT 4 should be refused", {
          expected: "ERR DB index is out of range",
          actual: fourth,
          cause: answer.directive("databases")
            ? cause
            : "Without the line databases, Redis has 16: numbers 0 to 15.",
        });
      },
    },
    {
      id: "loopback",
      title: "The server listens on loopback addresses only",
      after: "start",
      points: 2,
      async run({ answer, expect }) {
        const server = await answer.boot();
        const reply = await server.cli(...login(answer), "CONFIG", "GET", "bind");
        const addresses = reply.split(/\s+/).slice(1);
        expect.that(
          addresses.length > 0 && addresses.every(isLoopback),
          "others on the network can reach it",
          {
            expected: "CONFIG GET bind: loopback addresses only, such as 127.0.0.1",
            actual: `CONFIG GET bind: ${addresses.join(" ")}`,
            cause: answer.directive("bind")
              ? "* and 0.0.0.0 mean every address of the machine."
              : "Without the line bind, Redis listens on every address of the machine.",
          },
        );
      },
    },
  ],
  wrong: [
    {
      name: "comment-behind-a-value",
      fails: "start",
      why: "A comment behind a value: Redis takes its words for more values.",
    },
    { name: "unknown-setting", fails: "start", why: "A setting that Redis does not know (protected_mode)." },
    { name: "password-of-three-words", fails: "start", why: "A password with spaces, but without quotes." },
    { name: "equals-sign", fails: "start", why: "port = 6400: Redis takes the = for a value." },
    {
      name: "loopback-and-every-address",
      fails: "start",
      why: "bind 127.0.0.1 0.0.0.0: the second address includes the first, so it is taken.",
    },
    {
      name: "byte-order-mark",
      fails: "start",
      why: "Saved with a byte order mark, as some editors do: no setting of that name.",
    },
    { name: "second-user", fails: "users", why: "A second user with a password of its own." },
    { name: "default-port", fails: "port", why: "Leaves the port out, so the server takes 6379." },
    { name: "password-commented-out", fails: "locked", why: "The requirepass line still begins with #." },
    {
      name: "protected-mode-off",
      fails: "locked",
      why: "Turns protected mode off instead of setting a password.",
    },
    { name: "user-without-password", fails: "locked", why: "An ACL line that lets anyone in (nopass)." },
    { name: "short-password", fails: "password", why: "A password of 8 characters, from an old manual." },
    {
      name: "short-password-besides",
      fails: "password",
      why: "Two passwords: the last one is long, but the short one opens the door as well.",
    },
    { name: "hashed-password", fails: "password", why: "The SHA-256 of a password, not its text." },
    { name: "copied-password", fails: "password", why: "The password of the lesson's example." },
    {
      name: "user-without-rights",
      fails: "password",
      why: "An ACL user with a password that may do nothing.",
    },
    { name: "default-databases", fails: "databases", why: "Leaves databases out: there are 16." },
    { name: "three-databases", fails: "databases", why: "Takes the number for the highest index." },
    { name: "every-address", fails: "loopback", why: "Binds to 0.0.0.0." },
    { name: "no-bind", fails: "loopback", why: "Leaves bind out, so Redis listens everywhere." },
  ],
} satisfies ConfigExercise;
