/** Talking HTTP to an app in a cell. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { HttpResponse, RequestOptions } from "../../course/vocabulary.ts";
import type { CellProcess, ListeningPort } from "../../sandbox/sandbox.ts";
import { pause, poll } from "../../system/waiting.ts";
import type { Evidence } from "../evidence.ts";
import { AnswerFault } from "../fault.ts";
import { endedFault, shownOutput, unreachableRedisCause } from "./answer.ts";

/** An app starts in 0.25 s: a look every 10 ms costs little beside it. */
const ACCEPT_EVERY_MS = 10;
/** Looking for other ports reads all of /proc, 10 ms. */
const OTHER_PORTS_EVERY_MS = 300;
/** A second port is opened within this. */
const ALSO_TOLD_MS = 300;
const REQUEST_LIMIT_MS = 3_000;
/** Once a check has failed for want of a response: whoever never answers is not waited for as long again. */
const LATER_LIMIT_MS = 1_000;
/** Bytes of one response's body. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * Waits until it accepts connections on the port that it was told.
 * @throws AnswerFault that says what the app listens on instead, where that can be seen.
 */
export async function waitUntilListening(
  process: CellProcess,
  sources: readonly string[],
  limitMs: number,
): Promise<void> {
  const port = listeningOf(process);
  const { told } = port;
  const end = performance.now() + limitMs;
  let lookAt = performance.now() + OTHER_PORTS_EVERY_MS;
  for (;;) {
    if (process.hasEnded) {
      throw endedFault(
        await process.exit,
        process.output.text(),
        sources,
        "the app ended before it listened",
      );
    }
    const accepting = await accepts(port);
    const now = performance.now();
    if (accepting || now > lookAt || now > end) {
      // A second port may be opened a moment after the first.
      if (accepting) await pause(ACCEPT_EVERY_MS);
      const others = ((await process.listeningPorts?.()) ?? []).filter((port) => port !== told);
      if (others.length > 0) {
        // It may be about to open the right one as well.
        const alsoTold =
          accepting || (await poll(ALSO_TOLD_MS, async () => (await accepts(port)) || undefined));
        throw otherPortsFault(told, others, alsoTold ?? false);
      }
      if (accepting) return;
      if (now > end) throw noPortFault(process.output.text(), sources, limitMs);
      lookAt = now + OTHER_PORTS_EVERY_MS;
    }
    await pause(ACCEPT_EVERY_MS);
  }
}

/** Without its number: the lines that run it again show another one. */
const PORT_TOLD = "the port in PORT, another one at each start";

function otherPortsFault(told: number, others: readonly number[], alsoTold: boolean): AnswerFault {
  const message = "the app should listen on the port in process.env.PORT";
  return new AnswerFault("failed", alsoTold ? `${message}, and on no other` : message, {
    expected: PORT_TOLD,
    actual: `it listens on port ${[...(alsoTold ? [told] : []), ...others].join(" and ")}`,
    cause: "Is a port written into the program? Use app.listen(process.env.PORT), once.",
  });
}

function noPortFault(output: string, sources: readonly string[], limitMs: number): AnswerFault {
  return new AnswerFault("failed", "the app should listen on the port in process.env.PORT", {
    expected: `${PORT_TOLD}, within ${limitMs / 1000} s`,
    actual: `it listens on no port\n${shownOutput(output, sources)}`,
    cause: unreachableRedisCause(output) ?? "Is app.listen(process.env.PORT) reached?",
  });
}

function listeningOf(process: CellProcess): ListeningPort {
  if (!process.listening) throw new Error("this process was not started to listen");
  return process.listening;
}

function accepts(port: ListeningPort): Promise<boolean> {
  return port.connect().then(
    (connection) => {
      connection.destroy();
      return true;
    },
    () => false,
  );
}

/** How long requests of one grading wait where their check does not say. */
export class Patience {
  limitMs = REQUEST_LIMIT_MS;
  private ranOut = false;

  runOut() {
    this.ranOut = true;
  }
  checkFailed() {
    if (this.ranOut) this.limitMs = LATER_LIMIT_MS;
  }
}

/** An instance as requests see it. */
export interface HttpTarget {
  readonly process: CellProcess;
  /** The port in the curl line, where the student's own instance would listen. */
  readonly shownPort: number;
}

export async function sendRequest(
  { process, shownPort }: HttpTarget,
  patience: Patience,
  sources: readonly string[],
  evidence: Evidence,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<HttpResponse> {
  const line = curlLine(method, path, options, shownPort);
  evidence.did(line);
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...options.headers,
  };
  try {
    return await exchange({ process, method, path, headers, body, options, patience, line });
  } catch (error) {
    if (error instanceof AnswerFault) throw error;
    if (process.hasEnded || (await endsSoon(process))) {
      throw endedFault(
        await process.exit,
        process.output.text(),
        sources,
        `the app ended while it answered ${method} ${path}`,
      );
    }
    throw new AnswerFault("failed", `${method} ${path} got no proper response: ${(error as Error).message}`, {
      actual: shownOutput(process.output.text(), sources),
    });
  }
}

/** A crash closes the connection a moment before the exit is seen. */
async function endsSoon(process: CellProcess): Promise<boolean> {
  return (await poll(300, () => (process.hasEnded ? true : undefined))) ?? false;
}

interface Exchange {
  readonly process: CellProcess;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly options: RequestOptions;
  readonly patience: Patience;
  readonly line: string;
}

async function exchange(sent: Exchange): Promise<HttpResponse> {
  const { process, method, path, headers, body, options, patience } = sent;
  const limitMs = options.limitMs ?? patience.limitMs;
  const signal = AbortSignal.timeout(limitMs);
  try {
    const port = listeningOf(process);
    const connection = await port.connect();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const host = `localhost:${port.told}`;
      const createConnection = (): Duplex => connection;
      httpRequest({ createConnection, method, path, headers: { host, ...headers }, signal }, resolve)
        .on("error", reject)
        // Without a response, as after an upgrade that nobody asked for.
        .on("close", () => reject(new Error("the connection was closed")))
        .end(body);
    });
    return await readResponse(response, sent.line);
  } catch (error) {
    if (!signal.aborted) throw error;
    patience.runOut();
    throw new AnswerFault("failed", `${method} ${path} was not answered within ${limitMs / 1000} s`, {
      expected: "a response",
      actual: "none",
      cause:
        options.cause ??
        "Does every path through the handler end with res.json, res.send or res.end, and is everything awaited sure to come?",
    });
  }
}

async function readResponse(response: IncomingMessage, line: string): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) {
      response.destroy();
      throw new AnswerFault("failed", "the body is larger than 1 MiB");
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
  return { status: response.statusCode ?? 0, headers, text, json: parsedJson(text), request: line };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function curlLine(method: string, path: string, options: RequestOptions, port: number): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const headers = Object.entries(options.headers ?? {}).map(
    ([name, value]) => ` -H ${quote(`${name}: ${value}`)}`,
  );
  const body =
    options.body === undefined
      ? ""
      : ` -H 'content-type: application/json' -d ${quote(JSON.stringify(options.body))}`;
  const url = `http://localhost:${port}${path}`;
  return `curl -i${method === "GET" ? "" : ` -X ${method}`}${headers.join("")}${body} ${/[?&*]/.test(path) ? quote(url) : url}`;
}
