import { describe, expect, it } from "vitest";
import { factText } from "../../../../format/index.ts";
import type { FactCell, SourceFact } from "../../../../model/source.ts";
import { shown } from "../../../facts.fixture.ts";
import { readConsumerPage, readStreamPage } from "../api-types.ts";
import { consumerEntry, streamEntry } from "../entries.fixture.ts";
import { fixture } from "../recorded.fixture.ts";
import { mapConsumerFacts } from "./consumer-facts.ts";
import { mapStreamFacts } from "./stream-facts.ts";

const AS_OF = Date.parse("2026-11-21T19:22:52.053Z");
const streams = readStreamPage(fixture("stream-list-cluster"), AS_OF).items;
const consumers = readConsumerPage(fixture("consumer-list-cluster"), AS_OF).items;
const orders = streams.find(({ name }) => name === "ORDERS")!;

const told = (facts: readonly SourceFact[]) => shown(facts, AS_OF);
const ofStream = (name: string, account = "") =>
  told(mapStreamFacts({ account, entry: streams.find((one) => one.name === name)! }));
const ofConsumer = (name: string) =>
  told(mapConsumerFacts({ stream: orders, consumer: consumers.find((one) => one.name === name)! }));

describe("the facts of a stream", () => {
  it("tell what it holds, every limit, and who keeps it", () => {
    expect(ofStream("ORDERS", "APP")).toEqual({
      Subjects: "orders.*",
      Sequences: "1 to 9",
      Messages: "8, 312 B",
      Deleted: "1",
      "Distinct subjects": "3",
      "Last message": "3.7 s ago",
      "First message": "3.7 s ago",
      Consumers: "3",
      Retention: "limits: removed by the limits alone",
      "Max age": "1 h",
      "Max messages": "1,000",
      "Max bytes": "954 MiB",
      "Max per subject": "100",
      "Max message size": "4.00 KiB",
      "Max consumers": "10",
      "When full": "refuses new messages",
      Account: "APP",
      Storage: "file, 3 copies",
      Leader: "n1",
      "Replica n2": "current, heard of just now",
      "Replica n3": "current, heard of just now",
    });
  });

  it("tell where its messages come from, and that it is sealed", () => {
    expect(ofStream("COPY")).toMatchObject({ "Mirror of": "ORDERS: nothing behind, heard of just now" });
    const mixed = mapStreamFacts({ account: "", entry: streams.find(({ name }) => name === "MIX")! });
    const sources = mixed.filter(({ label }) => label === "Source");
    expect(sources.map(({ value }) => factText(value, AS_OF))).toEqual([
      "ORDERS: nothing behind, heard of just now",
      "FAR through $JS.far.API: lag not known, never heard of",
    ]);
    expect(ofStream("OLD")).toMatchObject({ Sealed: "yes", Sequences: "none, last 0", "Max age": "none" });
  });

  it("tell a follower that is behind or gone, and nobody who leads", () => {
    const replicas = [
      { name: "a", current: false, offline: false, lag: 1_234, activeMs: 2_000 },
      { name: "b", current: false, offline: true, lag: 0, activeMs: Number.NaN },
    ];
    const entry = streamEntry({ cluster: { leader: "", replicas }, asOf: AS_OF });
    expect(told(mapStreamFacts({ account: "", entry }))).toMatchObject({
      Leader: "nobody",
      "Replica a": "behind, 1,234 operations behind, heard of 2.0 s ago",
      "Replica b": "offline, never heard of",
    });
  });

  it("never show a number that is not known", () => {
    const unknown = Number.NaN;
    const entry = streamEntry({
      firstSeq: unknown,
      lastSeq: unknown,
      messages: unknown,
      bytes: unknown,
      asOf: unknown,
    });
    for (const value of Object.values(told(mapStreamFacts({ account: "", entry })))) {
      expect(value).not.toMatch(/NaN|Infinity|undefined/);
    }
  });
});

describe("the facts of a consumer", () => {
  it("tell where it stands, and what it was made with", () => {
    expect(ofConsumer("paused")).toEqual({
      Delivered: "0 (0 in all)",
      "Ack floor": "0 (0 in all)",
      Pending: "5",
      "Ack pending": "0 of 128",
      Redelivered: "0",
      Kind: "durable, pull",
      Filter: "orders.a, orders.b",
      "Waiting pulls": "0 of 512",
      Acknowledges: "each message",
      "Ack wait": "1 s, later up to 30 s",
      "Max deliver": "5",
      Paused: expect.stringMatching(/^until \d\d:\d\d:48$/),
      Leader: "n3",
      "Replica n1": "current, heard of just now",
      "Replica n2": "current, heard of just now",
    });
  });

  it("tell a moment of the server by the clock here, and the same one however long an answer took", () => {
    const delivered = (asOf: string) => {
      const [deliveredAt, toldAt] = ["2026-01-01T00:59:58Z", "2026-01-01T01:00:00Z"];
      const consumer = consumerEntry({ deliveredAt, toldAt, asOf: Date.parse(asOf) });
      const [{ value }] = mapConsumerFacts({ stream: streamEntry(), consumer }) as [SourceFact];
      return new Date((value as FactCell).value).toISOString().slice(11, -1);
    };
    expect(delivered("2026-01-01T01:00:00.004Z")).toBe("00:59:58.000");
    expect(delivered("2026-01-01T01:00:00.400Z")).toBe("00:59:58.000");
    expect(delivered("2026-01-01T01:00:30.004Z")).toBe("01:00:28.000");
    expect(delivered("2026-01-01T01:00:30.400Z")).toBe("01:00:28.000");
  });

  it("tell whom a priority group is pinned to, and where a push consumer delivers to", () => {
    expect(ofConsumer("pinned")).toMatchObject({
      "Priority group A": "pinned to exL818pJzghJW7G0JRQStb",
      Delivered: "1 (1 in all), 3.5 s ago",
    });
    expect(ofConsumer("eph")).toMatchObject({
      Kind: "ephemeral, push",
      "Delivers to": "x.y, queue group g: nobody subscribes",
      Acknowledges: "nothing: delivered is finished",
      "Goes when idle": "after 5 m",
    });
    expect(ofConsumer("eph")).not.toHaveProperty("Ack floor");
  });

  it("never show a number that is not known", () => {
    const unknown = Number.NaN;
    const consumer = consumerEntry({
      ...{
        deliveredStreamSeq: unknown,
        deliveredConsumerSeq: unknown,
        numPending: unknown,
        numAckPending: unknown,
      },
      ...{
        maxAckPending: unknown,
        numWaiting: unknown,
        pushBound: unknown,
        pauseLeftMs: unknown,
        asOf: unknown,
      },
    });
    for (const push of [true, false]) {
      const facts = mapConsumerFacts({ stream: streamEntry(), consumer: { ...consumer, push } });
      for (const value of Object.values(told(facts))) {
        expect(value).not.toMatch(/NaN|Infinity|undefined/);
      }
    }
  });
});
