import { describe, expect, it } from "vitest";
import { accountInfoSchema, readConsumerPage, readStream, readStreamPage, ShapeError } from "./api-types.ts";
import { UNLIMITED } from "./entries.fixture.ts";
import { fixture } from "./recorded.fixture.ts";

const consumerPage = () =>
  fixture("consumer-list") as { total: unknown; consumers: Record<string, unknown>[] };

/** ORDERS of the cluster, as it was told. */
const firstStream = () =>
  (
    fixture("stream-list-cluster") as {
      streams: { config: { name: string }; state: Record<string, unknown> }[];
    }
  ).streams.find(({ config }) => config.name === "ORDERS")!;

describe("readConsumerPage", () => {
  it("reads what a server sends", () => {
    const page = readConsumerPage(consumerPage(), 5);
    expect(page).toMatchObject({ total: 10, limit: 256, missing: [] });
    expect(page.items[0]).toEqual({
      name: "again",
      createdAt: "2026-11-21T15:04:18.743277822Z",
      push: false,
      filter: "",
      ackNone: false,
      maxAckPending: 1000,
      config: {
        durable: true,
        ackPolicy: "explicit",
        deliverPolicy: "all",
        deliverSubject: "",
        ackWaitMs: 100,
        longestBackoffMs: 0,
        maxDeliver: Number.POSITIVE_INFINITY,
        maxWaiting: 512,
        deliverGroup: "",
        priorityPolicy: "",
        priorityTimeoutMs: 0,
        replayPolicy: "instant",
        pauseUntil: "",
        inactiveMs: 0,
      },
      leader: "",
      replicas: [],
      deliveredAt: "2026-11-21T15:04:19.050773395Z",
      ackedAt: "",
      toldAt: "2026-11-21T15:04:19.354114105Z",
      deliveredStreamSeq: 4,
      deliveredConsumerSeq: 4,
      ackFloorStreamSeq: 0,
      ackFloorConsumerSeq: 0,
      numPending: 6,
      numAckPending: 2,
      numRedelivered: 2,
      numWaiting: 0,
      pushBound: 0,
      paused: false,
      pauseLeftMs: 0,
      priorityGroups: [],
      asOf: 5,
    });
  });

  it("does not believe counters beyond what a number holds", () => {
    const page = consumerPage();
    page.consumers[0]!.num_pending = 2 ** 64;
    page.consumers[1]!.num_pending = -1;
    const { items } = readConsumerPage(page, 0);
    expect(items.slice(0, 3).map(({ numPending }) => numPending)).toEqual([Number.NaN, Number.NaN, 6]);
  });

  it.each([null, [], "x", { total: "9" }, { total: 1, consumers: {} }, { total: 1, consumers: [null] }])(
    "refuses %j",
    (json) => {
      expect(() => readConsumerPage(json, 0)).toThrow(ShapeError);
    },
  );

  it("tells what is missing, and why where that is told", () => {
    const page = { ...consumerPage(), missing: ["lost", "newer"], offline: { newer: "unsupported" } };
    expect(readConsumerPage(page, 0)).toMatchObject({
      missing: ["lost", "newer"],
      offline: new Map([["newer", "unsupported"]]),
    });
  });

  it.each(["name", "config", "delivered", "ack_floor"])("refuses a consumer without %s", (field) => {
    const page = consumerPage();
    delete page.consumers[3]![field];
    expect(() => readConsumerPage(page, 0)).toThrow(ShapeError);
  });
});

describe("readStreamPage", () => {
  it("reads what a server sends, and the empty list it sends as null", () => {
    expect(readStreamPage(fixture("stream-list"), 5).items[2]).toEqual({
      name: "ORDERS",
      subjects: "orders.>",
      firstSeq: 3,
      lastSeq: 10,
      messages: 8,
      bytes: 236,
      createdAt: "2026-11-21T15:04:18.735685298Z",
      firstAt: "2026-11-21T15:04:18.744696082Z",
      lastAt: "2026-11-21T15:04:18.747073813Z",
      deleted: 0,
      subjectCount: 2,
      consumerCount: 10,
      config: {
        ...UNLIMITED,
        retention: "limits",
        storage: "memory",
        discard: "old",
        discardPerSubject: false,
        maxMessages: 8,
        replicas: 1,
        messageTtl: false,
        sealed: false,
        allowDirect: false,
        allowRollup: false,
      },
      cluster: null,
      mirror: null,
      sources: [],
      asOf: 5,
    });
    const empty = { total: 0, offset: 0, limit: 256, streams: null };
    expect(readStreamPage(empty, 5)).toMatchObject({ items: [], total: 0 });
  });
});

describe("what a cluster tells besides", () => {
  const streams = readStreamPage(fixture("stream-list-cluster"), 5).items;
  const stream = (name: string) => streams.find((one) => one.name === name)!;
  const consumers = readConsumerPage(fixture("consumer-list-cluster"), 5).items;
  const consumer = (name: string) => consumers.find((one) => one.name === name)!;

  it("is every limit of a stream", () => {
    expect(stream("ORDERS").config).toMatchObject({
      maxAgeMs: 3_600_000,
      maxBytes: 1e9,
      maxMessages: 1000,
      maxPerSubject: 100,
      maxMessageBytes: 4096,
      maxConsumers: 10,
      discard: "new",
      discardPerSubject: true,
      replicas: 3,
      allowDirect: true,
    });
    expect(stream("ORDERS")).toMatchObject({ deleted: 1, subjectCount: 3, messages: 8 });
    expect(stream("OLD").config).toMatchObject({ ...UNLIMITED, sealed: true });
  });

  it.each([0, -1, undefined, null, "9"])("takes a limit of %j for none", (none) => {
    const info = structuredClone(firstStream());
    Object.assign(info.config, { max_age: none, max_bytes: none, max_msgs: none, max_msg_size: none });
    Object.assign(info.config, { max_msgs_per_subject: none, max_consumers: none });
    expect(readStream(info, 5).config).toMatchObject(UNLIMITED);
  });

  it("is who leads and who follows, of streams and of consumers", () => {
    const active = expect.closeTo(674.6, 0);
    expect(stream("ORDERS").cluster).toEqual({
      leader: "n1",
      replicas: [
        { name: "n2", current: true, offline: false, lag: 0, activeMs: active },
        { name: "n3", current: true, offline: false, lag: 0, activeMs: active },
      ],
    });
    expect(stream("OLD").cluster).toEqual({ leader: "n2", replicas: [] });
    expect(consumer("paused")).toMatchObject({ leader: "n3", replicas: [{ name: "n1" }, { name: "n2" }] });
    expect(consumer("eph")).toMatchObject({ leader: "n1", replicas: [] });
  });

  it("is nobody for a server on its own, which may say that it leads", () => {
    expect(readStream({ ...firstStream(), cluster: { leader: "alone" } }, 5).cluster).toBeNull();
    expect(readStream({ ...firstStream(), cluster: undefined }, 5).cluster).toBeNull();
  });

  it("is a follower that is behind, and one that is gone", () => {
    const replicas = [
      { name: "a", current: false, active: 2e9, lag: 7 },
      { name: "b", current: false, offline: true, active: -1 },
    ];
    expect(
      readStream({ ...firstStream(), cluster: { name: "C", leader: "c", replicas } }, 5).cluster?.replicas,
    ).toEqual([
      { name: "a", current: false, offline: false, lag: 7, activeMs: 2_000 },
      { name: "b", current: false, offline: true, lag: 0, activeMs: Number.NaN },
    ]);
  });

  it("is where a mirror and an aggregate take their messages from", () => {
    expect(stream("COPY").mirror).toMatchObject({ name: "ORDERS", lag: 0, external: "", error: "" });
    expect(stream("COPY").mirror?.activeMs).toBeCloseTo(535.08, 1);
    expect(stream("MIX").sources).toMatchObject([
      { name: "ORDERS", external: "" },
      { name: "FAR", external: "$JS.far.API", lag: 0, activeMs: Number.NaN },
    ]);
    const failing = { name: "X", lag: 3, active: 1e6, error: { code: 500, description: "no interest" } };
    expect(readStream({ ...firstStream(), mirror: failing }, 5).mirror).toMatchObject({
      lag: 3,
      activeMs: 1,
      error: "no interest",
    });
  });

  it("is what a consumer was made with", () => {
    expect(consumer("paused")).toMatchObject({
      filter: "orders.a orders.b",
      maxAckPending: 128,
      paused: true,
      pauseLeftMs: expect.closeTo(3_596_420, 0),
      config: {
        durable: true,
        ackWaitMs: 1_000,
        longestBackoffMs: 30_000,
        maxDeliver: 5,
        pauseUntil: "2026-11-21T20:22:48.476Z",
      },
    });
    expect(consumer("eph")).toMatchObject({
      push: true,
      ackNone: true,
      maxAckPending: Number.POSITIVE_INFINITY,
      config: {
        durable: false,
        ackPolicy: "none",
        deliverSubject: "x.y",
        deliverGroup: "g",
        inactiveMs: 300_000,
        maxDeliver: Number.POSITIVE_INFINITY,
      },
    });
  });

  it("is which client a priority group is pinned to", () => {
    expect(consumer("pinned")).toMatchObject({
      config: { priorityPolicy: "pinned_client" },
      priorityGroups: [{ group: "A", pinned: "exL818pJzghJW7G0JRQStb" }],
    });
    expect(consumer("eph").priorityGroups).toEqual([]);
  });
});

it("does not believe counters that a stream has counted below zero", () => {
  const info = structuredClone(firstStream());
  Object.assign(info.state, { first_seq: 2 ** 64 - 5, bytes: -3, num_deleted: 2 ** 64 - 1, messages: "8" });
  expect(readStream(info, 5)).toMatchObject({
    firstSeq: Number.NaN,
    bytes: Number.NaN,
    deleted: Number.NaN,
    messages: Number.NaN,
    lastSeq: 9,
  });
});

it("reads the account's use", () => {
  expect(accountInfoSchema.parse(fixture("account-info"))).toMatchObject({ memory: 472, storage: 0 });
});
