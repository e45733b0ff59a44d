/**
 * A quick look at Docker through its HTTP API, before the 0.2–0.4 s that importing testcontainers takes are
 * spent: is there one, does it answer, does it have an image.
 */

import { existsSync, readFileSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from "node:http";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { onRelease } from "../cleanup.ts";
import { codeOf, messageOf } from "../errors.ts";
import { installCommand } from "../install-command.ts";
import { withDeadline } from "../waiting.ts";

/** Why there is no Docker to use, and the command that mends it. */
export interface Unavailable {
  readonly unavailable: string;
  readonly mend?: string;
}

/** A Docker that answered. */
export interface Docker {
  /** As in DOCKER_HOST. */
  readonly uri: string;
  readonly address: RequestOptions;
}

/** Milliseconds within which Docker must answer; it takes 1 to 5. */
const ANSWER_LIMIT_MS = 1_000;
/** Milliseconds without any news after which a pull counts as stuck. */
const PULL_SILENCE_LIMIT_MS = 30_000;

/** Where Docker's API is, or "secured" where only Docker's own clients know how to get in (ssh, TLS). */
type Place = { readonly uri: string; readonly address: RequestOptions } | "secured";

/** The Docker that the environment names, else the first usual place where one answers. */
export async function findDocker(): Promise<Docker | Unavailable | "secured"> {
  const named = namedHost();
  if (named !== undefined) {
    const place = placeOf(named);
    if (place === "secured") return "secured";
    if (!place)
      return { unavailable: `DOCKER_HOST is no address of a Docker: ${named}`, mend: "unset DOCKER_HOST" };
    return (await complaintOf(place)) ?? place;
  }
  let first: Unavailable | undefined;
  for (const socketPath of usualSockets()) {
    if (process.platform !== "win32" && !existsSync(socketPath)) continue;
    const place = { uri: socketUri(socketPath), address: { socketPath } };
    const complaint = await complaintOf(place);
    if (!complaint) return place;
    first ??= complaint;
  }
  return (
    first ?? {
      unavailable: "Docker is not installed or not running: it has no socket here",
      mend: installCommand("docker"),
    }
  );
}

/** True when Docker has the image. */
export async function hasImage(docker: Docker, image: string): Promise<boolean> {
  const { status, body } = await ask(docker, `/images/${encodeURI(image)}/json`);
  if (status === 200) return true;
  if (status === 404) return false;
  throw new Error(`Docker answered ${status} about the image ${image}: ${body}`);
}

/** True when Docker has any version of the image of this name. */
export async function hasAnyVersion(docker: Docker, name: string): Promise<boolean> {
  const filters = encodeURIComponent(JSON.stringify({ reference: [name] }));
  const { status, body } = await ask(docker, `/images/json?filters=${filters}`);
  const found: unknown = status === 200 ? JSON.parse(body) : undefined;
  return Array.isArray(found) && found.length > 0;
}

/**
 * Downloads an image. Gives what Docker said when that failed, or undefined. An interrupt ends it: Docker stops
 * a download whose client has gone.
 */
export async function pullImage(docker: Docker, image: string): Promise<string | undefined> {
  // Without a tag Docker would download every one.
  const fromImage = /[:@][^/]+$/.test(image) ? image : `${image}:latest`;
  const query = new URLSearchParams({ fromImage });
  const call = send(docker, "POST", `/images/create?${query}`);
  const abort = onRelease(() => void call.request.destroy());
  call.request.setTimeout(PULL_SILENCE_LIMIT_MS, () => {
    call.request.destroy(new Error(`no news of the download for ${PULL_SILENCE_LIMIT_MS / 1000} s`));
  });
  try {
    const response = await call.response;
    const body = await textOf(response);
    if (response.statusCode !== 200) return messageIn(body);
    // Failures after the first byte come as a line of the stream, with status 200.
    return body
      .split("\n")
      .map((line) => fieldOf(line, "error"))
      .find((error) => error !== undefined);
  } catch (error) {
    return messageOf(error);
  } finally {
    await abort();
  }
}

/** What testcontainers would take too: its own properties file, and DOCKER_HOST. */
function namedHost(): string | undefined {
  const properties = readProperties();
  return properties.get("tc.host") ?? process.env.DOCKER_HOST ?? properties.get("docker.host");
}

function readProperties(): Map<string, string> {
  let text = "";
  try {
    text = readFileSync(join(homedir(), ".testcontainers.properties"), "utf8");
  } catch {
    // Most people have none.
  }
  const pairs = [...text.matchAll(/^[ \t]*([\w.]+)[ \t]*=[ \t]*(.*?)[ \t]*$/gm)];
  return new Map(pairs.map(([, name = "", value = ""]) => [name, value]));
}

function placeOf(uri: string): Place | undefined {
  const socket = /^(?:unix|npipe):\/\/(.+)$/.exec(uri)?.[1];
  if (socket) return { uri, address: { socketPath: socket } };
  const tcp = /^(tcp|http|https|ssh):\/\/(?:\[([^\]]+)\]|([^:/]+))(?::(\d+))?/.exec(uri);
  if (!tcp) return undefined;
  const [, protocol, six, host = six, port = "2375"] = tcp;
  const tls = process.env.DOCKER_TLS_VERIFY === "1" || readProperties().get("docker.tls.verify") === "1";
  if (protocol === "ssh" || protocol === "https" || tls) return "secured";
  return { uri, address: { host, port } };
}

/** Testcontainers' own places in its order, then those of the Docker-alikes that it does not look for. */
function usualSockets(): string[] {
  if (process.platform === "win32") return ["//./pipe/docker_engine"];
  const runtime = process.env.XDG_RUNTIME_DIR;
  return [
    "/var/run/docker.sock",
    ...(runtime ? [join(runtime, "docker.sock")] : []),
    join(homedir(), ".docker/run/docker.sock"),
    join(homedir(), ".docker/desktop/docker.sock"),
    join("/run/user", String(userInfo().uid), "docker.sock"),
    join(homedir(), ".colima/default/docker.sock"),
    join(homedir(), ".rd/docker.sock"),
    join(homedir(), ".orbstack/run/docker.sock"),
  ];
}

function socketUri(path: string): string {
  return `${process.platform === "win32" ? "npipe" : "unix"}://${path}`;
}

/** What is wrong with the Docker at this place; undefined when it answers. */
async function complaintOf(place: Docker): Promise<Unavailable | undefined> {
  const where = place.address.socketPath ?? place.uri;
  try {
    const { status, body } = await ask(place, "/_ping");
    return status === 200
      ? undefined
      : { unavailable: `Docker at ${where} answered ${status}: ${messageIn(body)}` };
  } catch (error) {
    const code = codeOf(error);
    if (code === "EACCES" || code === "EPERM") {
      return {
        unavailable: `you may not use Docker: permission denied on ${where}`,
        mend: 'sudo usermod -aG docker "$USER"  (then log out and in again)',
      };
    }
    if (code === "ENOENT" && place.address.socketPath) {
      return { unavailable: `there is no Docker socket at ${where}`, mend: startDocker() };
    }
    if (code === "ECONNREFUSED")
      return { unavailable: `nothing answers at ${where}: Docker is not running`, mend: startDocker() };
    return { unavailable: `no Docker at ${where}: ${messageOf(error)}`, mend: startDocker() };
  }
}

function startDocker(): string {
  return process.platform === "linux" ? "sudo systemctl start docker" : "start Docker Desktop";
}

async function ask(docker: Docker, path: string): Promise<{ status: number; body: string }> {
  const call = send(docker, "GET", path);
  const answered = call.response.then(async (response) => ({
    status: response.statusCode ?? 0,
    body: await textOf(response),
  }));
  try {
    return await withDeadline(ANSWER_LIMIT_MS, answered, "an answer from Docker");
  } finally {
    call.request.destroy();
  }
}

function send(
  docker: Docker,
  method: "GET" | "POST",
  path: string,
): { request: ClientRequest; response: Promise<IncomingMessage> } {
  const sent = request({ ...docker.address, agent: false, method, path, headers: { Host: "docker" } });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve);
    sent.on("error", reject);
  });
  sent.end();
  return { request: sent, response };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}

/** Docker's errors are `{"message": "…"}`. */
function messageIn(body: string): string {
  return fieldOf(body, "message") ?? body.trim();
}

function fieldOf(json: string, name: string): string | undefined {
  try {
    const value = (JSON.parse(json) as Record<string, unknown> | null)?.[name];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
