import { describe, expect, it } from "vitest";
import { recorded, recordedOn } from "./advisory.fixture.ts";
import { ADVISORY_FORMS, isAdvisoryBody, readAdvisory, readAdvisorySubject } from "./advisory-types.ts";

function read(subject: string, body: Readonly<Record<string, unknown>>) {
  const place = readAdvisorySubject(subject);
  return place && readAdvisory(place, body);
}

function readRecorded(begin: string, account?: "own" | "system") {
  const { subject, body } = recordedOn(begin, account);
  return read(subject, body);
}

describe("what a real server said", () => {
  it("is all understood", () => {
    expect(recorded.length).toBeGreaterThan(25);
    for (const { subject, body } of recorded) {
      expect(read(subject, body)).toMatchObject({ at: Date.parse(body.timestamp as string) });
    }
  });

  it.each([
    ["STREAM.CREATED", { kind: "created", stream: "ORDERS", consumer: "", account: "" }],
    ["STREAM.UPDATED", { kind: "edited", stream: "ORDERS" }],
    ["STREAM.DELETED", { kind: "deleted", stream: "ORDERS" }],
    ["CONSUMER.CREATED", { kind: "created", stream: "ORDERS", consumer: "audit" }],
    ["CONSUMER.DELETED", { kind: "deleted", stream: "ORDERS", consumer: "4S3UGjsL" }],
    ["CONSUMER.MSG_NAKED", { kind: "put-back", consumer: "audit", sequence: 1, deliveries: 1 }],
    ["CONSUMER.MAX_DELIVERIES", { kind: "given-up", consumer: "audit", sequence: 1, deliveries: 3 }],
    ["CONSUMER.MSG_TERMINATED", { kind: "terminated", sequence: 2, deliveries: 1, reason: "bad order" }],
    ["CONSUMER.ACK", { kind: "acknowledged", sequence: 3, deliveries: 1, ackMs: 0.437278 }],
    ["CONSUMER.PAUSE", { kind: "paused", leftMs: 59_999 }],
    ["CONSUMER.PINNED", { kind: "pinned", group: "g", client: "suCEazY7Xiv43rlrJrLMgM" }],
    ["CONSUMER.UNPINNED", { kind: "unpinned", group: "g", reason: "timeout" }],
    ["STREAM.SNAPSHOT_CREATE", { kind: "snapshot-started", client: "app" }],
    ["STREAM.SNAPSHOT_COMPLETE", { kind: "snapshot-finished", tookMs: 2, error: "" }],
    ["STREAM.RESTORE_CREATE", { kind: "restore-started", client: "app" }],
    ["STREAM.RESTORE_COMPLETE", { kind: "restore-finished", tookMs: 39, bytes: 752 }],
    ["STREAM.BATCH_ABANDONED", { kind: "batch-abandoned", batch: "b1", reason: "incomplete" }],
    ["STREAM.LEADER_ELECTED", { kind: "leader-elected", stream: "R3", leader: "n3" }],
    ["CONSUMER.LEADER_ELECTED", { kind: "leader-elected", consumer: "work", leader: "n3" }],
    ["STREAM.QUORUM_LOST", { kind: "quorum-lost", stream: "R3", current: 1, replicas: 3 }],
    ["CONSUMER.QUORUM_LOST", { kind: "quorum-lost", consumer: "work", current: 1, replicas: 3 }],
    ["API", { kind: "api-asked", api: "$JS.API.INFO", client: "app" }],
  ])("on %s is read", (begin, expected) => {
    expect(readRecorded(begin)).toMatchObject(expected);
  });

  it("to the system account names the account", () => {
    expect(readRecorded("STREAM.LEADER_ELECTED", "system")).toMatchObject({ account: "A", leader: "n3" });
    // The leader of the meta group is told by its peer id.
    expect(readRecorded("DOMAIN.LEADER_ELECTED", "system")).toMatchObject({
      kind: "meta-leader-elected",
      leader: "n1",
      cluster: "c1",
    });
  });

  it("of a consumer that goes on again has no time left", () => {
    const resumed = recorded.find(({ body }) => body.paused === false)!;
    expect(read(resumed.subject, resumed.body)).toMatchObject({ kind: "paused", leftMs: 0 });
  });
});

const head = { id: "x", timestamp: "2026-11-21T19:23:30.19Z" };
const type = (name: string) => `io.nats.jetstream.advisory.v1.${name}`;

it.each([
  ["SERVER.OUT_OF_STORAGE", "server_out_of_space", { server: "n1" }, { kind: "storage-full", server: "n1" }],
  ["SERVER.REMOVED", "server_removed", { server: "n1" }, { kind: "server-removed", server: "n1" }],
  [
    "SERVER.META_RESCUE",
    "meta_rescue",
    { server: "n1", prev_quorum: 2, new_quorum: 1 },
    { kind: "quorum-overridden", before: 2, after: 1 },
  ],
  [
    "API.LIMIT_REACHED",
    "api_limit_reached",
    { server: "n1", dropped: 7 },
    { kind: "api-overloaded", dropped: 7 },
  ],
])("reads %s as the server's source writes it", (subject, name, body, expected) => {
  expect(read(`$JS.EVENT.ADVISORY.${subject}`, { ...head, type: type(name), ...body })).toMatchObject(
    expected,
  );
});

describe("what is not what it says", () => {
  const { subject, body } = recordedOn("CONSUMER.MSG_NAKED");

  it.each([
    ["another type", { type: type("max_deliver") }],
    ["a type of somebody else", { type: "com.example.advisory.v1.nak" }],
    ["another stream", { stream: "OTHER" }],
    ["another consumer", { consumer: "other" }],
    ["no time", { timestamp: "soon" }],
    ["sequence 0", { stream_seq: 0 }],
    ["a sequence beyond 2^53", { stream_seq: 2 ** 60 }],
    ["a sequence as a text", { stream_seq: "1" }],
    ["half a delivery", { deliveries: 0.5 }],
    ["an account that is no text", { account: {} }],
  ])("is refused: %s", (_, change) => {
    expect(() => read(subject, { ...body, ...change })).toThrow();
  });

  it("has an action that belongs to another subject", () => {
    const created = recordedOn("STREAM.CREATED");
    expect(() => read(created.subject, { ...created.body, action: "delete" })).toThrow("another action");
  });

  it.each([
    "$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.ORDERS",
    "$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.ORDERS.audit.more",
    "$JS.EVENT.ADVISORY.STREAM.CREATED",
    "$JS.EVENT.ADVISORY.STREAM.CREATED.A.B",
    "$JS.EVENT.ADVISORY.STREAM.INVENTED.ORDERS",
    `$JS.EVENT.ADVISORY.STREAM.CREATED.${"A".repeat(256)}`,
    "$JS.EVENT.ADVISORY",
    "",
  ])("is on no known subject: %s", (unknown) => {
    expect(readAdvisorySubject(unknown)).toBeNull();
  });
});

it("tells kinds of newer servers from nonsense", () => {
  expect(isAdvisoryBody({ type: type("stream_teleported") })).toBe(true);
  expect(isAdvisoryBody({ type: "io.nats.jetstream.metric.v2.consumer_ack" })).toBe(true);
  expect(isAdvisoryBody({ type: "io.nats.server.advisory.v1.client_connect" })).toBe(false);
  expect(isAdvisoryBody({})).toBe(false);
});

it("knows each form once", () => {
  expect(new Set(ADVISORY_FORMS.map(({ head }) => head)).size).toBe(ADVISORY_FORMS.length);
});
