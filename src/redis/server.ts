/**
 * What the rest of the lab knows of a Redis that was started for one grading: where it is and how to stop,
 * kill and restart it. Each source (local, testcontainers) makes these.
 */

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How many servers, in which roles. */
export type Shape =
  | { readonly kind: "single" }
  | { readonly kind: "replicas"; readonly replicas: number }
  | { readonly kind: "sentinel"; readonly replicas: number; readonly sentinels: number }
  | { readonly kind: "cluster"; readonly nodes: number };

export const singleServer: Shape = { kind: "single" };

export interface RedisServer {
  /** Where the judge reaches it. May change with `restart` (a container's mapped port does). */
  readonly endpoint: Endpoint;
  /** Its default user's password. */
  readonly password: string;
  readonly version: string;
  readonly isRunning: boolean;
  /** SIGKILL, as a crash. The data folder stays. */
  kill(): Promise<void>;
  /** Starts it again on its data folder; resolves when it answers. */
  restart(): Promise<void>;
}

/** The servers of one grading. Released as one. */
export interface Topology {
  readonly shape: Shape;
  /** The primary, or the first node. */
  readonly primary: RedisServer;
  readonly servers: readonly RedisServer[];
  /** Stops everything and removes its data; safe to call twice. */
  stop(): Promise<void>;
}

/** A server started with a student's own redis.conf. */
export interface ConfiguredServer {
  /** What it printed. */
  readonly log: string;
  /** Runs redis-cli beside it with these arguments (host and port are set); what it printed, both streams. */
  cli(args: readonly string[]): Promise<string>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export class RedisDidNotStart extends Error {
  override readonly name = "RedisDidNotStart";
  /** What redis-server printed before it ended. */
  readonly log: string;
  constructor(log: string) {
    super("redis-server did not start");
    this.log = log;
  }
}

export type SourceName = "testcontainers" | "local";

/** Where servers come from. */
export interface RedisSource {
  readonly name: SourceName;
  start(shape: Shape): Promise<Topology>;
  /**
   * Starts a server with the text of a redis.conf, whose port is replaced by a free one.
   * @throws RedisDidNotStart with the server's log, when the file is to blame.
   */
  boot(configuration: string): Promise<ConfiguredServer>;
}

/** One way to get a source; tried in order, each able to say why it does not apply. */
export interface SourceStrategy {
  /** What `lab doctor` calls it. */
  readonly label: string;
  /** The source, or the reason why there is none. */
  find(): Promise<RedisSource | { readonly unavailable: string; readonly mend?: string }>;
}

/** `redis://:password@host:port`. */
export function redisUrl(endpoint: Endpoint, password: string): string {
  const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
  return `redis://${password ? `:${encodeURIComponent(password)}@` : ""}${host}:${endpoint.port}`;
}
