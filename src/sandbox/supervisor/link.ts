/**
 * Many streams and messages over one pair of pipes: how the judge and a supervisor talk. Each channel has a window,
 * so that one that is not read holds up nobody else, and the other side, which may be an enemy, can never make this
 * one keep more than the window of each channel.
 *
 * A frame is the length of its body (4 bytes), its kind (1), its channel (4), then the body.
 */
import type { Socket } from "node:net";
import { Duplex, type Readable, type Writable } from "node:stream";

const HEADER_BYTES = 9;
/** Bytes of data in one frame. */
const PIECE_BYTES = 64 * 1024;
/** Bytes that may be on their way on one channel, or wait there to be read. */
const WINDOW_BYTES = 256 * 1024;
/** Bytes read that are given back at once: a frame for each piece would be half of all frames. */
const GIVEN_BACK_BYTES = WINDOW_BYTES / 2;
/** What a piece counts beside its bytes, because it takes memory of its own. */
const PIECE_COST_BYTES = 64;
/** Bytes that may wait for the other side to read from the pipe. */
const UNSENT_LIMIT_BYTES = 64 * 1024 * 1024;
/** Channels open at once; Redis itself takes 500 connections. */
const CHANNEL_LIMIT = 600;

const Kind = { message: 0, data: 1, end: 2, close: 3, credit: 4 } as const;

export interface LinkOptions {
  /** Bytes of one message that the other side may send. */
  readonly messageLimit: number;
  readonly onMessage: (message: unknown) => void;
  /** Once, when the other side is gone or broke the rules, with what it did. */
  readonly onEnd: (reason: string | undefined) => void;
}

export interface Link {
  send(message: object): void;
  /** A stream under a new number that both sides agreed on by message. @throws LinkBroken when it is in use. */
  channel(id: number): Duplex;
  /** Ends it from this side, without a word. */
  close(): void;
}

export class LinkBroken extends Error {
  override readonly name = "LinkBroken";
}

export function openLink(input: Readable, output: Writable, options: LinkOptions): Link {
  const channels = new Map<number, Channel>();
  let ended = false;

  const write = (kind: number, channel: number, body?: Buffer) => {
    if (ended || !output.writable) return;
    const frame = Buffer.allocUnsafe(HEADER_BYTES + (body?.length ?? 0));
    frame.writeUInt32BE(body?.length ?? 0, 0);
    frame.writeUInt8(kind, 4);
    frame.writeUInt32BE(channel, 5);
    body?.copy(frame, HEADER_BYTES);
    // At once: a round trip to Redis must not wait for the end of a turn.
    output.write(frame);
    if (output.writableLength > UNSENT_LIMIT_BYTES) end("nothing, and did not read");
  };
  const end = (reason: string | undefined) => {
    if (ended) return;
    ended = true;
    for (const channel of [...channels.values()]) channel.abandon();
    channels.clear();
    options.onEnd(reason);
  };
  const receive = (kind: number, id: number, body: Buffer) => {
    if (kind === Kind.message) {
      options.onMessage(JSON.parse(body.toString("utf8")));
      return;
    }
    // What was still on its way to a channel that was closed here.
    const channel = channels.get(id);
    if (!channel) return;
    if (kind === Kind.data) channel.receive(body);
    else if (kind === Kind.end) channel.receiveEnd();
    else if (kind === Kind.close) channel.abandon();
    else if (kind === Kind.credit && body.length === 4) channel.grant(body.readUInt32BE(0));
    else throw new LinkBroken("a frame of an unknown kind");
  };

  readFrames(input, options.messageLimit, (kind, id, body) => {
    if (ended) return;
    try {
      receive(kind, id, body);
    } catch (error) {
      end(error instanceof LinkBroken ? error.message : "a message that cannot be read");
    }
  });
  input.on("error", () => {}).on("close", () => end(undefined));
  input.on("end", () => end(undefined));
  input.on("too long", () => end("a frame that is too long"));
  output.on("error", () => end(undefined));

  return {
    send: (message) => write(Kind.message, 0, Buffer.from(JSON.stringify(message))),
    channel(id) {
      if (channels.has(id)) throw new LinkBroken("a channel that is in use");
      if (channels.size >= CHANNEL_LIMIT) throw new LinkBroken(`more than ${CHANNEL_LIMIT} channels`);
      const channel = new Channel(
        (kind, body) => write(kind, id, body),
        () => channels.delete(id),
      );
      if (ended) channel.abandon();
      else channels.set(id, channel);
      return channel;
    },
    close: () => end(undefined),
  };
}

/** Passes a connection on through a channel, both ways, until both are closed; what was sent before its end arrives. */
export function joinConnection(socket: Socket, channel: Duplex): void {
  socket.pipe(channel);
  channel.pipe(socket);
  socket.on("error", () => {});
  socket.on("close", (failed) => {
    if (failed || !channel.writableEnded || channel.writableFinished) channel.destroy();
    else channel.once("finish", () => channel.destroy());
  });
  channel.on("close", () => socket.destroySoon());
}

/** Puts frames together from whatever pieces they arrive in. */
function readFrames(
  input: Readable,
  messageLimit: number,
  onFrame: (kind: number, channel: number, body: Buffer) => void,
): void {
  let pieces: Buffer[] = [];
  let have = 0;
  let need = HEADER_BYTES;
  let isTooLong = false;
  const merged = () => {
    const [only] = pieces;
    if (pieces.length > 1 || !only) pieces = [Buffer.concat(pieces)];
    return pieces[0] as Buffer;
  };
  input.on("data", (chunk: Buffer) => {
    if (isTooLong) return;
    pieces.push(chunk);
    have += chunk.length;
    while (have >= need) {
      const bytes = merged();
      const length = bytes.readUInt32BE(0);
      const kind = bytes.readUInt8(4);
      if (length > (kind === Kind.message ? messageLimit : PIECE_BYTES)) {
        isTooLong = true;
        input.emit("too long");
        return;
      }
      need = HEADER_BYTES + length;
      if (have < need) return;
      const body = bytes.subarray(HEADER_BYTES, need);
      pieces = [bytes.subarray(need)];
      have -= need;
      need = HEADER_BYTES;
      // Last: what it does may bring the next piece.
      onFrame(kind, bytes.readUInt32BE(5), body);
    }
  });
}

/** One stream of a link. */
class Channel extends Duplex {
  /** Bytes that may still be sent. */
  #credit = WINDOW_BYTES;
  #waiting: { piece: Buffer; done: () => void } | undefined;
  /** Bytes that the other side may still send. */
  #room = WINDOW_BYTES;
  /** Bytes taken in while whoever reads has enough: given back when it asks for more. */
  #unread = 0;
  /** Bytes that were read, and that the other side does not know of yet. */
  #owed = 0;
  #isGone = false;
  readonly #frame: (kind: number, body?: Buffer) => void;
  readonly #forget: () => void;

  constructor(frame: (kind: number, body?: Buffer) => void, forget: () => void) {
    // Up to this much is given back before it was read: little, because it may be in as many pieces.
    super({ allowHalfOpen: true, readableHighWaterMark: 2_048 });
    this.#frame = frame;
    this.#forget = forget;
    // Whoever uses it learns of its end by its closing.
    this.on("error", () => {});
  }

  receive(body: Buffer): void {
    if (body.length === 0) throw new LinkBroken("data that is none");
    const cost = body.length + PIECE_COST_BYTES;
    this.#room -= cost;
    if (this.#room < 0) throw new LinkBroken("more than the window of a channel");
    // A copy: a slice would keep the whole chunk in memory.
    const wantsMore = this.push(Buffer.from(body));
    if (wantsMore) this.#giveBack(cost);
    else this.#unread += cost;
  }

  receiveEnd(): void {
    this.push(null);
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > WINDOW_BYTES) throw new LinkBroken("more credit than the window of a channel");
    this.#send();
  }

  /** The other side has closed it, or is gone. What arrived before can still be read. */
  abandon(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#forget();
    this.push(null);
    this.#waiting?.done();
    this.#waiting = undefined;
    if (this.readableLength === 0) setImmediate(() => this.destroy());
    else this.once("end", () => this.destroy());
  }

  override _read(): void {
    const bytes = this.#unread;
    this.#unread = 0;
    if (bytes > 0) this.#giveBack(bytes);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#isGone || chunk.length === 0) {
      done();
      return;
    }
    this.#waiting = { piece: chunk, done };
    this.#send();
  }

  override _final(done: () => void): void {
    if (!this.#isGone) this.#frame(Kind.end);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#isGone) {
      this.#isGone = true;
      this.#forget();
      this.#frame(Kind.close);
    }
    done(error);
  }

  #giveBack(bytes: number): void {
    this.#owed += bytes;
    if (this.#isGone || this.#owed < GIVEN_BACK_BYTES) return;
    const body = Buffer.allocUnsafe(4);
    body.writeUInt32BE(this.#owed, 0);
    this.#room += this.#owed;
    this.#owed = 0;
    this.#frame(Kind.credit, body);
  }

  #send(): void {
    while (this.#waiting && this.#credit > PIECE_COST_BYTES) {
      const { piece, done } = this.#waiting;
      const size = Math.min(piece.length, PIECE_BYTES, this.#credit - PIECE_COST_BYTES);
      this.#credit -= size + PIECE_COST_BYTES;
      this.#waiting = size < piece.length ? { piece: piece.subarray(size), done } : undefined;
      this.#frame(Kind.data, piece.subarray(0, size));
      if (size === piece.length) done();
    }
  }
}
