import { Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { nowhere } from "../test-service.ts";
import { CallRegistry } from "./call-registry.ts";
import { LiveCall } from "./live-call.ts";

function begin(): { registry: CallRegistry; call: LiveCall } {
  const registry = new CallRegistry();
  const method = registry.method("SERVER", "/a/b", "SERVER_STREAM");
  const call = new LiveCall(registry, method, nowhere);
  call.begin();
  return { registry, call };
}

test("what a stream refuses was not written", () => {
  const { call } = begin();
  const stream = new Writable({ objectMode: true, write: () => {} });
  stream.on("error", () => {});
  call.observe(stream);
  expect(stream.write("a", () => {})).toBe(true);
  stream.write("b", "utf8", () => {});
  expect(() => stream.write(null)).toThrow();
  stream.end();
  stream.write("late");
  expect(call.messagesWritten).toBe(2);
  expect(call.queuedWrites).toBe(stream.writableLength);
});

test("a call ends once", () => {
  const { registry, call } = begin();
  call.end(0);
  call.end(1);
  expect(registry.live.size).toBe(0);
  expect(call.method).toMatchObject({ started: 1, completed: 1 });
  expect([...call.method.statuses]).toEqual([[0, 1]]);
});

test("messages are unread since the look at which none of them was there", () => {
  let now = 1000;
  const registry = new CallRegistry({ now: () => now });
  const call = new LiveCall(registry, registry.method("SERVER", "/a/b", "CLIENT_STREAM"), nowhere);
  call.begin();
  const stream = new Readable({ objectMode: true, read: () => {} });
  call.observe(stream);
  const receive = (): void => {
    call.received();
    stream.push("message");
  };
  const sinceAt = (time: number): number => {
    now = time;
    registry.look(false);
    return call.unreadSince;
  };
  receive();
  // The first look knows no more than when the last one came.
  expect(sinceAt(2000)).toBe(1000);
  expect(sinceAt(3000)).toBe(1000);
  stream.read();
  receive();
  expect(sinceAt(4000)).toBe(3000);
  receive();
  // One of those that were there is still unread.
  expect(sinceAt(5000)).toBe(3000);
  stream.read();
  stream.read();
  expect(sinceAt(6000)).toBeNaN();
  receive();
  expect(sinceAt(7000)).toBe(6000);
});

test("a status code that gRPC does not know is UNKNOWN", () => {
  for (const code of [77, -1, 1.5, Number.NaN]) {
    const { call } = begin();
    call.end(code);
    expect([...call.method.statuses]).toEqual([[2, 1]]);
  }
});

test("a message written while another is handed over takes the time of that one, and later ones their own", () => {
  let now = 0;
  const registry = new CallRegistry({ now: () => ++now });
  const call = new LiveCall(registry, registry.method("SERVER", "/a/b", "BIDI"), nowhere);
  call.received();
  call.sending();
  expect(call.lastWrittenAt).toBe(call.lastReceivedAt);
  call.handled();
  call.sending();
  expect(call.lastWrittenAt).toBe(call.lastReceivedAt + 1);
});
