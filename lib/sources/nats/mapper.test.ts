import { describe, expect, it } from "vitest";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import { CORE_KEY } from "./core/core-rows.ts";
import { AS_OF, recordedCore, recordedSnapshot, silentCore } from "./jetstream/recorded.fixture.ts";
import { mergeStreams, type Snapshot } from "./jetstream/snapshot.ts";
import { type Mapped, mapSnapshot } from "./mapper.ts";

const rowOf = ({ layout }: Mapped, key: string) => {
  const row = layout.consumers.findIndex((consumer) => consumer.key === key);
  expect(row, key).toBeGreaterThanOrEqual(0);
  return row;
};

function consumer(mapped: Mapped, key: string) {
  const row = rowOf(mapped, key);
  const { layout, positions, consumers } = mapped;
  return {
    ...layout.consumers[row]!,
    lane: layout.positions.lane[row],
    position: positions.position[row],
    backlog: positions.backlog![row],
    inFlight: positions.inFlight![row],
    asOf: positions.asOf[row],
    readers: consumers.readers[row],
    due: consumers.dueTotal![row],
    out: consumers.outTotal![row],
    flags: consumers.flags![row],
  };
}

const stream = (name: string, nanos: string) => ({
  key: name,
  name,
  kind: "jetstream",
  generation: `2026-11-21T15:04:18.${nanos}Z`,
});

/** The recorded one, as if looked at so much later. */
const laterBy = (ms: number): Snapshot => {
  const { streams, core } = recordedSnapshot();
  const asOf = AS_OF + ms;
  return {
    core,
    streams: streams.map(({ entry, consumers, account }) => ({
      account,
      entry: { ...entry, asOf },
      consumers: consumers.map((one) => ({ ...one, asOf })),
    })),
  };
};

describe("mapSnapshot", () => {
  const mapped = mapSnapshot(recordedSnapshot(), null);

  it("gives every stream one lane from its floor to one past its newest message", () => {
    expect(mapped.layout.streams).toEqual([
      { ...stream("COPY", "737399146"), detail: "mirror of ORDERS" },
      { ...stream("EMPTY", "736933436"), detail: "empty" },
      { ...stream("ORDERS", "735685298"), detail: "orders.>" },
      { key: CORE_KEY, name: "core", kind: "core", detail: "client traffic of the server" },
    ]);
    expect([...mapped.lanes.head]).toEqual([11, 1, 11, Number.NaN]);
    expect([...mapped.lanes.floor]).toEqual([3, 1, 3, Number.NaN]);
    expect([...mapped.lanes.asOf]).toEqual([AS_OF, AS_OF, AS_OF, AS_OF]);
    expect([...mapped.layout.lanes.stream]).toEqual([0, 1, 2, 3]);
  });

  it("counts core traffic by the server's counters and JetStream by its heads", () => {
    expect([...mapped.streams.inTotal!]).toEqual([Number.NaN, Number.NaN, Number.NaN, 50]);
    expect([...mapped.streams.outTotal!]).toEqual([Number.NaN, Number.NaN, Number.NaN, 56]);
  });

  it("reads position, backlog and what is in flight from the ack floor", () => {
    expect(consumer(mapped, "ORDERS.audit")).toEqual({
      key: "ORDERS.audit",
      name: "audit",
      kind: "pull consumer",
      generation: "2026-11-21T15:04:18.738183327Z",
      streams: [2],
      backlogUnit: "messages",
      lane: 2,
      position: 6,
      backlog: 5,
      inFlight: 1,
      asOf: AS_OF,
      readers: Number.NaN,
      due: 8,
      out: 3,
      flags: 0,
    });
  });

  it("takes delivered for finished where nothing is acknowledged", () => {
    expect(consumer(mapped, "ORDERS.none")).toMatchObject({ position: 8, backlog: 3, due: 8, out: 5 });
  });

  it("marks filters that leave something out, and only those", () => {
    expect(consumer(mapped, "ORDERS.invoice")).toMatchObject({ detail: "orders.created", filtered: true });
    expect(consumer(mapped, "ORDERS.two")).toMatchObject({
      detail: "orders.created, orders.paid",
      filtered: true,
    });
    expect(consumer(mapped, "ORDERS.whole")).toMatchObject({ detail: "orders.>" });
    expect(consumer(mapped, "ORDERS.whole")).not.toHaveProperty("filtered");
    expect(consumer(mapped, "ORDERS.audit")).not.toHaveProperty("detail");
  });

  it("sets the flags only the server can know", () => {
    expect(consumer(mapped, "ORDERS.full").flags).toBe(ConsumerFlag.blocked);
    expect(consumer(mapped, "ORDERS.paused").flags).toBe(ConsumerFlag.paused);
    // That messages were delivered before does not say that it goes on.
    expect(consumer(mapped, "ORDERS.again").flags).toBe(0);
  });

  it("knows the readers of push consumers and of pulls that wait", () => {
    expect(consumer(mapped, "ORDERS.pushed")).toMatchObject({ kind: "push consumer", readers: 1 });
    expect(consumer(mapped, "ORDERS.unbound")).toMatchObject({ kind: "push consumer", readers: 0 });
    expect(consumer(mapped, "ORDERS.invoice").readers).toBe(1);
  });

  it("does not take a missing pull for a missing reader, however long", () => {
    let later = mapped;
    for (let i = 1; i <= 4; i++) later = mapSnapshot(laterBy(i * 60_000), later);
    expect(["whole", "audit"].map((name) => consumer(later, `ORDERS.${name}`).readers)).toEqual([
      Number.NaN,
      Number.NaN,
    ]);
  });

  it("lists connections that something was delivered to, without its own", () => {
    expect(consumer(mapped, "conn:n1/5/app")).toMatchObject({
      name: "app",
      kind: "connection",
      streams: [3],
      backlogUnit: "bytes",
      detail: "127.0.0.1:45486, nats.js 3.3.1",
      position: Number.NaN,
      backlog: 0,
      inFlight: Number.NaN,
      readers: 1,
      due: 52,
      out: 52,
    });
    expect(mapped.layout.consumers).toHaveLength(11);
  });

  it("keeps consumers sorted by row and positions by consumer", () => {
    const { consumers, positions } = mapped.layout;
    expect([...positions.consumer]).toEqual(consumers.map((_, row) => row));
    expect([...positions.start]).toEqual([...consumers.map((_, row) => row), consumers.length]);
    expect(new Set(consumers.map(({ key }) => key)).size).toBe(consumers.length);
  });

  it("has no totals of its own without the core", () => {
    const without = mapSnapshot(recordedSnapshot(null), null);
    expect(without.streams).toMatchObject({ inTotal: null, outTotal: null });
    expect(without.layout.streams.map(({ key }) => key)).toEqual(["COPY", "EMPTY", "ORDERS"]);
  });
});

describe("the layout", () => {
  const first = mapSnapshot(recordedSnapshot(), null);
  const after = (change: (snapshot: Snapshot) => Snapshot) => mapSnapshot(change(recordedSnapshot()), first);

  it("stays the same object while only numbers change", () => {
    const moved = after(({ streams, core }) => ({
      streams: streams.map(({ entry, consumers, account }) => ({
        account,
        entry: { ...entry, lastSeq: entry.lastSeq + 5 },
        consumers: consumers.map((one) => ({ ...one, numPending: 99, paused: true, pushBound: 0 })),
      })),
      core: {
        ...core!,
        totals: { ...core!.totals, inMsgs: 1e6 },
        connections: core!.connections.map((one) => ({ ...one, told: { ...one.told, pending_bytes: 7 } })),
      },
    }));
    expect(moved.layout).toBe(first.layout);
    expect(moved.lanes.head[2]).toBe(16);
  });

  it.each<[string, (snapshot: Snapshot) => Snapshot]>([
    ["a stream goes", ({ streams, core }) => ({ streams: streams.slice(1), core })],
    [
      "a stream's subjects change",
      ({ streams, core }) => ({
        streams: streams.map((s) => ({ ...s, entry: { ...s.entry, subjects: "other" } })),
        core,
      }),
    ],
    [
      "a consumer goes",
      ({ streams, core }) => ({
        streams: streams.map((s) => ({ ...s, consumers: s.consumers.slice(1) })),
        core,
      }),
    ],
    [
      "a filter changes",
      ({ streams, core }) => ({
        streams: streams.map((s) => ({
          ...s,
          consumers: s.consumers.map((c) => ({ ...c, filter: "orders.x" })),
        })),
        core,
      }),
    ],
    ["a connection goes", ({ streams, core }) => ({ streams, core: { ...core!, connections: [] } })],
    ["the core goes", ({ streams }) => ({ streams, core: null })],
  ])("is made anew when %s", (_, change) => {
    expect(after(change).layout).not.toBe(first.layout);
  });
});

describe("parts that could not be had", () => {
  const snapshot = recordedSnapshot();
  const first = mapSnapshot(snapshot, null);

  it("keep their rows with unknown numbers", () => {
    const core = silentCore();
    const blind = mapSnapshot({ streams: mergeStreams(new Map([["", "failed"]]), snapshot), core }, first);
    expect(blind.layout).toBe(first.layout);
    const { lanes, positions, consumers, streams } = blind;
    const columns = [lanes.head, lanes.floor, lanes.asOf, positions.position, positions.backlog!];
    for (const column of [
      ...columns,
      positions.asOf,
      consumers.readers,
      consumers.dueTotal!,
      streams.inTotal!,
    ]) {
      expect(column.every(Number.isNaN)).toBe(true);
    }
    expect([...consumers.flags!].every((flags) => flags === 0)).toBe(true);
    const back = mapSnapshot(recordedSnapshot(), blind);
    expect(back.layout).toBe(first.layout);
    expect(back.positions).toEqual(first.positions);
  });

  it("cost one stream or one consumer where only that failed", () => {
    const orders = snapshot.streams[2]!;
    const part = {
      items: [
        { entry: orders.entry, consumers: { items: orders.consumers.slice(1), missing: ["again", "new"] } },
      ],
      missing: ["COPY", "EMPTY", "NEVER_SEEN"],
    };
    const missing = mergeStreams(new Map([["", part]]), snapshot);
    const mapped = mapSnapshot({ streams: missing, core: recordedCore() }, first);
    expect(mapped.layout).toBe(first.layout);
    expect(consumer(mapped, "ORDERS.again").backlog).toBeNaN();
    expect(consumer(mapped, "ORDERS.audit").backlog).toBe(5);
    expect([...mapped.lanes.head]).toEqual([Number.NaN, Number.NaN, 11, Number.NaN]);
  });
});
