/** Talking HTTP to an app in a cell. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { HttpResponse, RequestOptions } from "../../course/vocabulary.ts";
import type { Address, CellProcess } from "../../sandbox/sandbox.ts";
import { poll } from "../../system/waiting.ts";
import type { Evidence } from "../evidence.ts";
import { AnswerFault } from "../fault.ts";
import { endedFault, lastLines } from "./answer.ts";

const LISTEN_LIMIT_MS = 8_000;
const REQUEST_LIMIT_MS = 3_000;
/** Bytes of one response's body. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** @throws AnswerFault that says what the app listens on instead, where that can be seen. */
export async function waitUntilListening(process: CellProcess, sources: readonly string[]): Promise<void> {
  const { address, told } = listeningOf(process);
  const found = await poll(LISTEN_LIMIT_MS, async () => {
    if (process.hasEnded) return "ended";
    return (await accepts(address)) ? "listening" : undefined;
  });
  if (found === "ended") {
    throw endedFault(await process.exit, process.output.text(), sources, "the app ended before it listened");
  }
  const others = (await process.listeningPorts?.())?.filter((port) => port !== told) ?? [];
  if (found === "listening" && others.length === 0) return;
  throw new AnswerFault(
    "failed",
    `the app should listen on the port in process.env.PORT${found ? ", and on no other" : ""}`,
    {
      expected: `port ${told}`,
      actual:
        others.length > 0
          ? `it listens on ${[...(found ? [told] : []), ...others].join(" and ")}`
          : `it listens on no port\n${lastLines(process.output.text())}`.trim(),
      cause:
        others.length > 0
          ? "Is a port written into the program? Use app.listen(process.env.PORT)."
          : "Is app.listen(process.env.PORT) called?",
    },
  );
}

function listeningOf(process: CellProcess): { address: Address; told: number } {
  if (!process.listening) throw new Error("this process was not started to listen");
  return process.listening;
}

function accepts(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const finish = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => finish(true)).once("error", () => finish(false));
  });
}

export async function sendRequest(
  process: CellProcess,
  sources: readonly string[],
  evidence: Evidence,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<HttpResponse> {
  const { address } = listeningOf(process);
  const limitMs = options.limitMs ?? REQUEST_LIMIT_MS;
  const line = curlLine(method, path, options);
  evidence.did(line);
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...options.headers,
  };
  try {
    return await exchange(address, method, path, headers, body, limitMs, line);
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
      actual: lastLines(process.output.text()) || "the app printed nothing",
    });
  }
}

/** A crash closes the connection a moment before the exit is seen. */
async function endsSoon(process: CellProcess): Promise<boolean> {
  return (await poll(300, () => (process.hasEnded ? true : undefined))) ?? false;
}

function exchange(
  address: Address,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | undefined,
  limitMs: number,
  line: string,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { ...address, method, path, headers, agent: false, signal: AbortSignal.timeout(limitMs) },
      (response) => readResponse(response, line).then(resolve, reject),
    );
    request.on("error", (error) => {
      if (error.name !== "AbortError") return reject(error);
      reject(
        new AnswerFault("failed", `${method} ${path} was not answered within ${limitMs / 1000} s`, {
          expected: "a response",
          actual: "none",
          cause:
            "Does every path through the handler end with res.json, res.send or res.end, and is Redis waited for with a limit?",
        }),
      );
    });
    request.end(body);
  });
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

/** The port is another one each time; 3000 is what the lessons use. */
function curlLine(method: string, path: string, options: RequestOptions): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const headers = Object.entries(options.headers ?? {}).map(
    ([name, value]) => ` -H ${quote(`${name}: ${value}`)}`,
  );
  const body =
    options.body === undefined
      ? ""
      : ` -H 'content-type: application/json' -d ${quote(JSON.stringify(options.body))}`;
  return `curl -i${method === "GET" ? "" : ` -X ${method}`}${headers.join("")}${body} ${/[?&*]/.test(path) ? quote(`http://localhost:3000${path}`) : `http://localhost:3000${path}`}`;
}
