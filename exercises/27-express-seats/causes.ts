/** What a beginner probably has to change, in the words of the lesson. */
import type { RunningApp, TracedCommand } from "redis-learning-lab";

export const ONE_STEP =
  "Somebody came in between: looking at status and seats, counting the seat and writing the status must be one step in Redis.";
export const ASK_REDIS =
  "It must be in Redis and read there at each request: another instance, or the ticket desk, may have changed it.";
export const AS_IN_REDIS =
  "The body is the wish as it is in Redis now: name and status are read there, not taken for granted.";
export const ALREADY_DECIDED = "A wish that is decided is answered 200 with its status, and needs no job.";
export const NOTHING_SAVED =
  "Where the answer is 400 or 409, nothing is saved: return before that, and save the job last.";
export const KNOWN_FIRST =
  "A wish that Redis knows is answered with its status, also when all is sold: look for it first.";
export const CLOSED =
  "A new wish is taken only while seats is above 0, as it is in Redis now; a missing key counts as 0.";
export const NOT_WAITING_AGAIN =
  "A wish that was decided has become waiting again: save it with HSETNX, which changes nothing that is there.";
export const NOT_A_FAILURE = "Refused is an outcome: the job did its work, so done(null, { wish, status }).";
export const REPEATED_JOB = "As long as a wish waits, each PUT saves a job: the one of before may be lost.";
export const SEATS_LOST =
  "The app was killed between two commands: counting the seat and writing the status must be one step.";
export const NOT_AT_START =
  "An app that starts leaves the seats as they are: the desk puts the number of seats into Redis.";
export const GIVES_UP = "Both clients connect again by themselves, unless they are told not to, or closed.";
export const MADE_LATER =
  "The request went on after its 503, as commands of node-redis do that wait: createClient({ url, disableOfflineQueue: true }) lets them fail at once.";
export const JOB_LATER =
  "Kue was given the job while Redis was away, and kept it: save the wish through node-redis first, and where that throws, end the request with the error.";
export const WISH_FIRST =
  "First the wish, then the job: wait until the wish is saved before save is called, and where that throws, call it not at all.";
export const ONE_SPACE = 'Only the empty text is no name: " " is a text, and comes back as it came.';
export const PROCESSORS =
  'queue.process("seat", …) adds a processor at each call, and with a number as many: call it once, when the app starts, without a number.';
export const TWICE = "A job may come twice: it changes nothing unless its wish still waits.";
export const REASON =
  "Where its wish is not in Redis: done(new Error(reason)), with the reason `no such wish: <id>`, and nothing is made.";

export const WAITS =
  "While Redis is away, Kue's save calls nobody back, and node-redis keeps commands: give save a deadline, and createClient disableOfflineQueue: true.";
export const READING_WAITS =
  "While Redis is away, node-redis keeps commands until it is back: createClient({ url, disableOfflineQueue: true }).";

/** Of a job between whose commands the desk came in. */
export function causeOfRace(commands: readonly TracedCommand[]): string {
  // Kue takes locks of its own, at keys that begin with q:.
  const locks = commands.some(
    ({ name, args }) =>
      !args[0]?.startsWith("q:") &&
      (name === "SETNX" || (name === "SET" && args.some((arg) => /^nx$/i.test(arg)))),
  );
  return locks
    ? "The ticket desk does not know your lock, and comes in between all the same: a Lua script, or WATCH and MULTI, needs none."
    : ONE_STEP;
}

export function causeOfNot503(status: unknown): string {
  if (status === 202)
    return "202 says that the job is in Redis: answer only when save has called back without an error.";
  if (status === 500)
    return "An error handler, app.use((error, request, response, next) => …) after all routes, gets what a handler throws: there, answer 503.";
  return "Without Redis nobody knows what is left: answer 503.";
}

export function causeOfUndecided(found: string): string {
  if (!/waiting|without/.test(found.split("\n", 1)[0] ?? ""))
    return "A status is waiting, reserved or refused, each written in one step with the seat: an app killed in between leaves any other for ever.";
  const jobs = /^jobs: (.*)$/m.exec(found)?.[1] ?? "";
  if (jobs === "none") return "No job was saved: each wish that waits needs one.";
  if (/watched keys/.test(found))
    return "Who loses the race of WATCH tries again, from the look at the wish on; and WATCH needs a connection of its own: see 17.";
  if (/no such wish/.test(found))
    return "The job found no wish, though one is there now: save the wish first, and then the job; and the job looks at the key wish:<id>.";
  if (jobs.includes("failed"))
    return "The job failed, for the reason above: a wish that nobody decided waits for ever.";
  if (jobs.includes("active")) return causeOfJobs(jobs);
  return "The job is complete, but the wish still waits: the job sets the field status of wish:<id>.";
}

export function causeOfJobs(states: string): string {
  return / active/.test(states)
    ? "A job stays active until done is called: call it once on every way, and where the decision failed with the error."
    : 'No processor took the job: queue.process("seat", …) once, when the app starts, takes those of before too.';
}

export function causeOfAnswer(status: unknown, app: RunningApp): string | undefined {
  if (status === 501 || status === 404)
    return 'Is the route app.put("/wishes/:id", …), and does it answer 202?';
  if (status === 200 || status === 201)
    return "202 says: taken, not decided yet. response.json alone answers 200.";
  return app.shown() ? `Something failed, or took too long: the app printed\n${app.shown()}` : undefined;
}

export function causeOfBadRequest(status: unknown, body: unknown): string {
  if (body === undefined && status !== 202)
    return "Without a body, request.body is undefined: look at request.body?.name, and answer 400 where that is no text.";
  if (typeof body === "string" && status !== 202)
    return "express.json() throws for what is no JSON object: in the error handler, error.status is 400 then.";
  return 'Before anything else: typeof name !== "string" || name === "" is answered 400.';
}

export function causeOfSeats(body: unknown): string {
  return typeof (body as { left?: unknown })?.left === "string"
    ? "What GET gives is text: Number() makes a number of it."
    : "Read the key seats at each request: a variable knows nothing of the other instance.";
}

export function causeOfJob(job: unknown): string {
  const { type, removeOnComplete } = job as Record<string, unknown>;
  if (type !== "seat") return "The type is what create and process get first: seat.";
  if (removeOnComplete !== "false") return "Leave finished jobs in Redis: no removeOnComplete(true).";
  return "The data is an object with the wish's id alone: { wish: id }. Name and status are in the wish.";
}
