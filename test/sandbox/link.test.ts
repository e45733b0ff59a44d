import { once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { type Link, openLink } from "../../src/sandbox/supervisor/link.ts";

/** Two ends that speak with each other, and the raw pipe into the first. */
function pair(messageLimit = 1_000) {
  const [toFirst, toSecond] = [new PassThrough(), new PassThrough()];
  const heard: unknown[] = [];
  const ends: (string | undefined)[] = [];
  const first: Link = openLink(toFirst, toSecond, {
    messageLimit,
    onMessage: (message) => heard.push(message),
    onEnd: (reason) => ends.push(reason),
  });
  const second = openLink(toSecond, toFirst, { messageLimit, onMessage() {}, onEnd() {} });
  return { first, second, toFirst, heard, ends };
}

const turns = async (count = 5) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** A frame as an enemy would write it. */
function frame(kind: number, channel: number, body: Buffer | string = "", length = Buffer.byteLength(body)) {
  const header = Buffer.alloc(9);
  header.writeUInt32BE(length, 0);
  header.writeUInt8(kind, 4);
  header.writeUInt32BE(channel, 5);
  return Buffer.concat([header, Buffer.from(body)]);
}

describe("a link", () => {
  test("carries messages and streams in both directions, in order, whole", async () => {
    const { first, second, heard } = pair();
    const [here, there] = [first.channel(2), second.channel(2)];
    const sent = Buffer.alloc(3_000_000, "0123456789");
    const pieces: Buffer[] = [];
    there.on("data", (piece: Buffer) => pieces.push(piece));
    here.end(sent);
    await once(there, "end");
    expect(Buffer.concat(pieces).equals(sent)).toBe(true);
    there.end("answered");
    here.setEncoding("utf8");
    expect((await once(here, "data"))[0]).toBe("answered");
    second.send({ kind: "hello", text: "ünï" });
    await turns();
    expect(heard).toEqual([{ kind: "hello", text: "ünï" }]);
  });

  test("sends no more than a window to a channel that is not read, and the others go on", async () => {
    const { first, second } = pair();
    const [slow, fast] = [first.channel(2), first.channel(4)];
    const unread = second.channel(2);
    const read = second.channel(4);
    slow.write(Buffer.alloc(5_000_000));
    await turns(20);
    expect(unread.readableLength).toBeLessThanOrEqual(256 * 1024);
    fast.write("still");
    expect(String((await once(read, "data"))[0])).toBe("still");
    let got = 0;
    unread.on("data", (piece: Buffer) => {
      got += piece.length;
    });
    while (got < 5_000_000) await turns(1);
    expect(got).toBe(5_000_000);
  });

  test("tells of what was read once for many pieces", async () => {
    const { first, second, toFirst } = pair();
    let told = 0;
    toFirst.on("data", () => {
      told += 1;
    });
    const read = second.channel(2);
    let got = 0;
    read.on("data", (piece: Buffer) => {
      got += piece.length;
    });
    const sent = first.channel(2);
    for (let piece = 0; piece < 10_000; piece++) sent.write("a command to Redis");
    while (got < 180_000) await turns(1);
    // 18 bytes and the 64 that a piece counts beside them, of which half a window at least is told at a time.
    expect(told).toBeLessThanOrEqual((10_000 * 82) / (128 * 1024));
  });

  test("reads frames from whatever pieces they come in", async () => {
    const { toFirst, heard } = pair();
    for (const byte of frame(0, 0, '{"a":1}')) toFirst.write(Buffer.from([byte]));
    toFirst.write(Buffer.concat([frame(0, 0, "2"), frame(0, 0, "3")]));
    await turns();
    expect(heard).toEqual([{ a: 1 }, 2, 3]);
  });

  test.each([
    ["a message that is none", frame(0, 0, "{"), "a message that cannot be read"],
    ["a message that is too long", frame(0, 0, "", 1_001), "a frame that is too long"],
    ["data that is too long", frame(1, 2, "", 65_537), "a frame that is too long"],
    ["data that is none", frame(1, 2), "data that is none"],
    ["a frame of an unknown kind", frame(9, 2, "x"), "a frame of an unknown kind"],
    [
      "credit that it never had",
      frame(4, 2, Buffer.from([0, 0, 0, 1])),
      "more credit than the window of a channel",
    ],
    [
      "more data than the window",
      Buffer.concat(Array.from({ length: 5 }, () => frame(1, 2, Buffer.alloc(65_536)))),
      "more than the window of a channel",
    ],
  ])("is ended by %s, and says so once", async (_what, bytes, reason) => {
    const { first, toFirst, ends } = pair();
    const channel = first.channel(2);
    const closed = once(channel, "close");
    toFirst.write(bytes);
    toFirst.write(frame(0, 0, "1"));
    await turns();
    expect(ends).toEqual([reason]);
    channel.resume();
    await closed;
  });

  test("refuses a number that is in use, and more channels than there may be", () => {
    const { first } = pair();
    first.channel(2);
    expect(() => first.channel(2)).toThrow("a channel that is in use");
    for (let id = 4; id <= 1_200; id += 2) first.channel(id);
    expect(() => first.channel(2_000)).toThrow("more than 600 channels");
  });

  test("charges each piece, so that many small ones are no way around the window", async () => {
    const { first, toFirst, ends } = pair();
    first.channel(2);
    toFirst.write(Buffer.concat(Array.from({ length: 10_000 }, () => frame(1, 2, "x"))));
    await turns();
    expect(ends).toEqual(["more than the window of a channel"]);
  });

  test("passes over what comes for channels that are closed or never were", async () => {
    const { first, toFirst, heard, ends } = pair();
    first.channel(2).destroy();
    await turns();
    toFirst.write(Buffer.concat([frame(1, 2, "late"), frame(1, 77, "who"), frame(3, 99), frame(0, 0, "1")]));
    await turns();
    expect(heard).toEqual([1]);
    expect(ends).toEqual([]);
  });

  test("ends every channel when the other side is gone, after what had arrived was read", async () => {
    const { first, second, toFirst, ends } = pair();
    const here = first.channel(2);
    second.channel(2).write("the last words");
    await turns();
    toFirst.end();
    await turns();
    expect(ends).toEqual([undefined]);
    expect(String(here.read())).toBe("the last words");
    here.resume();
    await once(here, "close");
  });
});
