import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { CallRegistry } from "./call-registry.ts";
import { LiveCall } from "./live-call.ts";
import { nowhere } from "./test-service.ts";

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
