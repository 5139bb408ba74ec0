import { describe, expect, it } from "vitest";
import { layoutOf, observe } from "../pipeline/test-observation.ts";
import type { Collector } from "./collector.ts";
import { CollectorError } from "./collector-error.ts";
import {
  checkCollectorContract,
  errorBreaches,
  layoutChangeBreaches,
  observationBreaches,
} from "./contract-check.ts";
import { gaugesOf } from "./gauge.ts";
import type { Layout } from "./layout.ts";
import type { Sample } from "./sample.ts";
import { NO_WORDS } from "./words.ts";

const layout = layoutOf({
  streams: { orders: 2, mail: 1 },
  consumers: { billing: ["orders"], all: ["orders", "mail"] },
});
const good = () =>
  observe(layout, {
    at: 5_000,
    head: 10,
    floor: 0,
    position: 4,
    backlog: 6,
    inFlight: 1,
    latencyMs: 5,
    inTotal: 1,
    outOfStream: 1,
    dueTotal: 1,
    outTotal: 1,
    flags: { billing: "paused" },
    members: [{ id: "m", clientId: "c", host: "h", consumer: 1 }],
    gauges: gaugesOf({ kafka_brokers: ["Brokers.", 3] }),
  });

/** An observation with one thing wrong. */
function wrong(spoil: (obs: Sample) => unknown): Sample {
  const copy = structuredClone(good());
  spoil(copy);
  return copy;
}
const layoutOfCopy = (obs: Sample) => obs.layout as { -readonly [K in keyof Layout]: Layout[K] };

describe("observationBreaches", () => {
  it("finds nothing in an observation that holds together, known or not", () => {
    expect(observationBreaches(good())).toEqual([]);
    expect(observationBreaches(observe(layout, { at: 5_000 }))).toEqual([]);
    expect(observationBreaches(observe(layoutOf({ streams: {}, consumers: {} }), { at: 1 }))).toEqual([]);
  });

  it.each<[string, (obs: Sample) => unknown, RegExp]>([
    ["a negative number", (o) => (o.lanes.head[1] = -1), /lanes\.head\[1\] is -1/],
    ["Infinity", (o) => (o.positions.latencyMs![2] = Number.POSITIVE_INFINITY), /latencyMs\[2\] is Infinity/],
    ["a negative total", (o) => (o.consumers.dueTotal![0] = -0.5), /dueTotal\[0\] is -0.5/],
    ["a head from before the sample", (o) => (o.lanes.asOf[0] = 4_000), /lanes\.asOf\[0\] is 4000/],
    ["a position from after it", (o) => (o.positions.asOf[3] = 6_000), /positions\.asOf\[3\] is 6000/],
    ["an end before its start", (o) => Object.assign(o, { finishedAt: 4_999 }), /from 5000 to 4999/],
    [
      "a short column",
      (o) => Object.assign(o.lanes, { floor: new Float64Array(2) }),
      /floor has 2 rows, not 3/,
    ],
    [
      "short flags",
      (o) => Object.assign(o.consumers, { flags: new Uint16Array(1) }),
      /flags has 1 rows, not 2/,
    ],
    ["a flag nobody knows", (o) => (o.consumers.flags![0] = 1 << 15), /flags\[0\] is 32768/],
    ["a member nobody is", (o) => (o.positions.member[0] = 1), /member\[0\] is 1/],
    [
      "a member of no consumer",
      (o) => Object.assign(o.members[0]!, { consumer: 9 }),
      /members\.consumer\[0\] is 9/,
    ],
    ["a lane of no stream", (o) => (o.layout.lanes.stream[0] = 7), /lanes\.stream\[0\] is 7/],
    ["a position in no lane", (o) => (o.layout.positions.lane[0] = -1), /positions\.lane\[0\] is -1/],
    ["rows out of order", (o) => o.layout.positions.consumer.reverse(), /start says 0/],
    ["a start that stops short", (o) => (o.layout.positions.start[2] = 4), /from 0 to 4, not from 0 to 5/],
    [
      "two streams of one key",
      (o) => Object.assign(o.layout.streams[1]!, { key: "orders" }),
      /“orders” is there twice/,
    ],
    [
      "a consumer without a key",
      (o) => Object.assign(o.layout.consumers[0]!, { key: "" }),
      /consumers\.key is empty/,
    ],
    ["one lane twice", (o) => (o.layout.lanes.number[1] = 0), /lane “orders\/0” is there twice/],
    ["one position twice", (o) => (o.layout.positions.lane[1] = 0), /“billing on lane 0” is there twice/],
    [
      "a stream it does not read",
      (o) => (o.layout.positions.lane[1] = 2),
      /in “mail”, which it does not read/,
    ],
    [
      "labels for some lanes",
      (o) => (layoutOfCopy(o).lanes = { ...o.layout.lanes, label: ["a"] }),
      /label has 1 rows/,
    ],
    ["more in flight than waits", (o) => (o.positions.inFlight![0] = 7), /inFlight\[0\] is more/],
    ["requests below zero", (o) => Object.assign(o.cost, { requests: -1 }), /cost\.requests is -1/],
    [
      "an infinite gauge",
      (o) => Object.assign(o.gauges![0]!, { value: Number.POSITIVE_INFINITY }),
      /kafka_brokers/,
    ],
    [
      "a gauge that is two things",
      (o) => Object.assign(o, { gauges: [...o.gauges!, { ...o.gauges![0]!, labels: { node: "1" } }] }),
      /kafka_brokers is told as two/,
    ],
    ["a gauge without a name", (o) => Object.assign(o.gauges![0]!, { name: 'x{a="b"}' }), /no name/],
  ])("finds %s", (_what, spoil, breach) => {
    const breaches = observationBreaches(wrong(spoil));
    expect(breaches.join("\n")).toMatch(breach);
  });
});

describe("layoutChangeBreaches", () => {
  it("wants a new object that keeps every key", () => {
    const more = layoutOf({
      streams: { mail: 1, orders: 3 },
      consumers: { all: ["mail"], billing: ["orders"] },
    });
    expect(layoutChangeBreaches(layout, more)).toEqual([]);
    expect(layoutChangeBreaches(layout, layout)[0]).toMatch(/same version/);
    expect(
      layoutChangeBreaches(more, layoutOf({ streams: { mail: 1 }, consumers: { all: ["mail"] } })),
    ).toEqual([
      "streams: orders no longer has the key “orders”",
      "consumers: billing no longer has the key “billing”",
    ]);
  });
});

describe("errorBreaches", () => {
  it("wants a code, a message and a hint", () => {
    expect(errorBreaches(new CollectorError("TIMEOUT", "late", "wait"))).toEqual([]);
    expect(errorBreaches(new CollectorError("TIMEOUT", "late", " "))).toEqual(["the error has no hint"]);
    expect(errorBreaches(new Error("boom"))[0]).toMatch(/not with a CollectorError/);
  });
});

/** The least that keeps the contract. */
class FakeCollector implements Collector {
  private closed = false;
  layout = layout;
  constructor(private readonly reachable: boolean) {}

  async sample(signal: AbortSignal): Promise<Sample> {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    if (this.closed) throw new CollectorError("INTERNAL", "closed", "make another");
    if (!this.reachable) throw new CollectorError("UNREACHABLE", "nobody there", "start it");
    return observe(this.layout, { at: Date.now(), head: 1 });
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

checkCollectorContract("a collector that does as it should", {
  async start() {
    const collector = new FakeCollector(true);
    return {
      collector,
      words: NO_WORDS,
      async change() {
        collector.layout = layoutOf({
          streams: { orders: 2, mail: 1, more: 1 },
          consumers: { billing: ["orders"], all: ["orders", "mail", "more"] },
        });
      },
      async stop() {},
    };
  },
  unreachable: () => new FakeCollector(false),
});
