import { type Msg, headers as newHeaders } from "@nats-io/transport-node";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import type { Scope } from "../../../sample/collector.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { ConsumerEntry, StreamEntry } from "../jetstream/entries.ts";
import { AS_OF, recordedSnapshot } from "../jetstream/recorded.fixture.ts";
import { mapSnapshot } from "../mapper.ts";
import { AgeReader } from "./age-reader.ts";
import { ageRound } from "./age-round.ts";

const recorded = recordedSnapshot(null).streams.find(({ entry }) => entry.name === "ORDERS")!;
const T0 = Date.parse("2026-01-01T00:00:00Z");
const sampled = { deliveredConsumerSeq: 0, numPending: 1_000, numAckPending: 0, ackNone: false, asOf: AS_OF };

type Stand = Partial<ConsumerEntry> & { readonly name: string };
function streamOf(stands: readonly Stand[], change: Partial<StreamEntry> = {}) {
  const { entry, consumers } = recorded;
  const held = { firstSeq: 1, lastSeq: 100_000, messages: 1_000, bytes: 100_000, ...change };
  return {
    ...recorded,
    entry: { ...entry, ...held, asOf: AS_OF },
    consumers: stands.map((stand) => ({ ...consumers[0]!, ...sampled, filter: "", ...stand })),
  };
}

/** Message n is stored n seconds after T0; every question is kept until it is answered. */
let questions: { readonly subject: string; readonly body: { seq: number; next_by_subj: string } }[];
let answer: (seq: number, subject: string) => Msg | Promise<Msg>;
let clock: ManualClock;
let ages: AgeReader;
let before: ReturnType<typeof mapSnapshot> | null;
beforeEach(() => {
  questions = [];
  answer = (seq) => stored(seq);
  clock = new ManualClock(T0);
  ages = new AgeReader(clock);
  before = null;
});

const client = {
  apiPrefix: "$JS.API.",
  async request(subject: string, body: string) {
    questions.push({ subject, body: JSON.parse(body) });
    return answer(questions.at(-1)!.body.seq, subject);
  },
};
const message = (json: object) => ({ data: new TextEncoder().encode(JSON.stringify(json)) }) as Msg;
const stored = (seq: number, more = {}) =>
  message({ message: { seq, time: new Date(T0 + seq * 1000).toISOString(), subject: "x", ...more } });
const nothing = () => message({ error: { code: 404, err_code: 10037, description: "no message found" } });

type Streams = ReturnType<typeof streamOf> | ReturnType<typeof streamOf>[];
async function look(of: Streams, scope: Partial<Scope> = {}) {
  const streams = Array.isArray(of) ? of : [of];
  const mapped = mapSnapshot({ ...recordedSnapshot(null), streams }, before);
  const { layout, positions } = mapped;
  const { position } = positions;
  const wanted = { focus: layout.consumers.map(({ key }) => key), unaged: [], ...scope };
  const looking = ages.look(
    ageRound({
      ...{ layout, position, streams, clientOf: () => client },
      ...{ scope: wanted, layoutBefore: before?.layout ?? null },
    }),
  );
  await clock.advanceUntil(looking);
  before = mapped;
  const { unreadSince } = ages.addTo(layout, positions);
  return layout.consumers.map((_, row) => unreadSince && (unreadSince[row]! - T0) / 1000);
}
const asked = () => questions.map(({ body }) => body.seq);

describe("looking up unread messages", () => {
  it("asks for the first that matches any filter, from the position on", async () => {
    const stands = [
      { name: "all", ackFloorStreamSeq: 6 },
      { name: "two", ackFloorStreamSeq: 9, filter: "a.* b" },
      { name: "none", ackNone: true, deliveredStreamSeq: 19, ackFloorStreamSeq: 0 },
    ];
    answer = () => stored(questions.at(-1)!.body.next_by_subj === "b" ? 11 : 40);
    expect(await look(streamOf(stands))).toEqual([40, 11, 40]);
    expect(questions.map(({ body }) => body)).toEqual([
      { seq: 7, next_by_subj: ">" },
      { seq: 10, next_by_subj: "a.*" },
      { seq: 10, next_by_subj: "b" },
      { seq: 20, next_by_subj: ">" },
    ]);
  });

  it("asks once while a consumer stands still, and again when it has moved", async () => {
    expect(await look(streamOf([{ name: "c", ackFloorStreamSeq: 6 }]))).toEqual([7]);
    expect(await look(streamOf([{ name: "c", ackFloorStreamSeq: 6 }]))).toEqual([7]);
    answer = () => new Promise(() => {});
    expect(await look(streamOf([{ name: "c", ackFloorStreamSeq: 7 }]))).toEqual([null]);
    expect(asked()).toEqual([7, 8]);
  });

  it("asks again for one that was removed, or may have been", async () => {
    const stand = { name: "c", ackFloorStreamSeq: 6 };
    await look(streamOf([stand]));
    answer = (seq) => stored(seq + 1);
    expect(await look(streamOf([{ ...stand, numPending: 999 }])), "fewer are due").toEqual([8]);
    answer = (seq) => stored(seq + 2);
    await clock.advance(29_000);
    expect(await look(streamOf([{ ...stand, numPending: 999 }]))).toEqual([8]);
    await clock.advance(2_000);
    expect(await look(streamOf([{ ...stand, numPending: 999 }]), { focus: [] }), "by the way").toEqual([9]);
    answer = () => new Promise(() => {});
    expect(await look(streamOf([stand], { firstSeq: 10 })), "the floor is past it").toEqual([null]);
  });

  it("waits for a slow answer no longer than a sample may take, and uses it later", async () => {
    let settle: (message: Msg) => void = () => {};
    answer = () => new Promise((resolve) => (settle = resolve));
    expect(await look(streamOf([{ name: "c", ackFloorStreamSeq: 6 }]))).toEqual([null]);
    expect(await look(streamOf([{ name: "c", ackFloorStreamSeq: 6 }])), "and not twice").toEqual([null]);
    settle(stored(7));
    await new Promise(setImmediate);
    const more = [
      { name: "a", ackFloorStreamSeq: 0, numPending: 0 },
      { name: "c", ackFloorStreamSeq: 6 },
    ];
    expect(await look(streamOf(more)), "in whatever row it is by then").toEqual([Number.NaN, 7]);
    expect(asked()).toEqual([7]);
  });

  it("asks once for consumers that stand at the same place", async () => {
    const stands = ["a", "b", "c"].map((name) => ({ name, ackFloorStreamSeq: 4, filter: "x" }));
    expect(await look(streamOf(stands))).toEqual([5, 5, 5]);
    expect(asked()).toEqual([5]);
  });

  it("knows nothing of another consumer of the same name", async () => {
    const stand = { name: "c", ackFloorStreamSeq: 6 };
    await look(streamOf([stand]));
    answer = nothing;
    expect(await look(streamOf([{ ...stand, createdAt: "2026-02-02T00:00:00Z" }]))).toEqual([null]);
  });

  it("leaves alone for a while where there is nothing, or no sense in the answer", async () => {
    const stands = [{ name: "c", ackFloorStreamSeq: 6 }];
    const junk = [nothing(), stored(6), message({ message: { seq: 2 ** 60 } }), { data: new Uint8Array(9) }];
    for (const strange of junk as Msg[]) {
      questions = [];
      answer = () => strange;
      expect(await look(streamOf(stands))).toEqual([null]);
      await clock.advance(9_999);
      await look(streamOf(stands));
      expect(asked()).toEqual([7]);
      await clock.advance(1);
    }
    answer = (seq) => stored(seq);
    expect(await look(streamOf(stands))).toEqual([7]);
  });

  it("tells of a refusal, and asks that stream again after a minute", async () => {
    answer = () => {
      throw new CollectorError("DENIED", "No.", "Allow it.");
    };
    await look(
      streamOf([
        { name: "c", ackFloorStreamSeq: 6 },
        { name: "d", ackFloorStreamSeq: 6 },
      ]),
    );
    expect(ages.failures()).toEqual([
      expect.objectContaining({ code: "DENIED", message: expect.stringMatching(/^No\. .* Allow it\.$/) }),
    ]);
    await clock.advance(59_000);
    await look(streamOf([{ name: "c", ackFloorStreamSeq: 8 }]));
    expect(asked()).toEqual([7]);
    await clock.advance(2_000);
    answer = (seq) => stored(seq);
    await look(streamOf([{ name: "c", ackFloorStreamSeq: 8 }]));
    expect(ages.failures()).toEqual([]);
  });

  it("takes a direct answer of the stream itself only", async () => {
    const direct = (stream: string, code = 0) => {
      const headers = newHeaders(code, code ? "Message Not Found" : "");
      headers.append("Nats-Sequence", "1"); // one of the message's own
      headers.append("Nats-Sequence", "9");
      headers.append("Nats-Stream", stream);
      headers.append("Nats-Time-Stamp", new Date(T0 + 9_000).toISOString());
      return { headers, data: new Uint8Array(3) } as unknown as Msg;
    };
    const config = { ...recorded.entry.config, allowDirect: true };
    const at = (ackFloorStreamSeq: number) => streamOf([{ name: "c", ackFloorStreamSeq }], { config });
    answer = () => direct("ORDERS");
    expect(await look(at(6))).toEqual([9]);
    answer = (seq, subject) => (subject.includes("DIRECT") ? direct("COPY") : stored(seq + 5));
    expect(await look(at(7))).toEqual([13]);
    expect(questions.map(({ subject }) => subject)).toEqual([
      "$JS.API.DIRECT.GET.ORDERS",
      "$JS.API.DIRECT.GET.ORDERS",
      "$JS.API.STREAM.MSG.GET.ORDERS",
    ]);
    answer = () => direct("ORDERS", 404);
    expect(await look(at(8))).toEqual([null]);
  });
});

it("tries a few streams first, and hardly any more while all are refused", async () => {
  const streams = Array.from({ length: 40 }, (_, n) =>
    streamOf(
      [
        { name: "c", ackFloorStreamSeq: 6 },
        { name: "d", ackFloorStreamSeq: 8 },
      ],
      {
        name: `S${String(n).padStart(2, "0")}`,
      },
    ),
  );
  const subjects = () => new Set(questions.splice(0).map(({ subject }) => subject)).size;
  answer = () => {
    throw new CollectorError("DENIED", "No.", "Allow it.");
  };
  await look(streams);
  expect(subjects()).toBe(5);
  for (let n = 0; n < 3; n++) {
    await clock.advance(1_000);
    await look(streams);
    expect(subjects()).toBe(1);
  }
  answer = (seq) => stored(seq);
  await clock.advance(1_000);
  await look(streams);
  expect(subjects()).toBe(1);
  await clock.advance(1_000);
  await look(streams);
  expect(subjects()).toBeGreaterThan(10);
});

describe("how much is asked", () => {
  const many = (count: number, floor = 0) =>
    Array.from({ length: count }, (_, n) => ({
      name: `c${String(n).padStart(3, "0")}`,
      ackFloorStreamSeq: floor + n,
    }));

  it("is thirty messages a second", async () => {
    await look(streamOf(many(100)));
    expect(questions).toHaveLength(30);
    await clock.advance(500);
    await look(streamOf(many(100)));
    expect(questions).toHaveLength(45);
    await clock.advance(60_000);
    await look(streamOf(many(100)));
    expect(questions, "none is saved up").toHaveLength(75);
  });

  it("gives those that were never looked up their turn beside those that move all the time", async () => {
    await look(streamOf(many(30)));
    await clock.advance(1_000);
    await look(streamOf([...many(30, 500), ...many(60).slice(30)]));
    expect(
      asked()
        .slice(30)
        .filter((seq) => seq < 500),
    ).toHaveLength(15);
  });

  it("is two MiB a second, by the size that messages of the stream have, and had", async () => {
    const large = { messages: 10, bytes: 10 << 20 };
    await look(streamOf(many(30), large));
    expect(questions).toHaveLength(2);
    answer = (seq) => stored(seq, { data: "x".repeat(256 << 10) });
    await clock.advance(1_000);
    await look(streamOf(many(30), { messages: 1_000, bytes: 1_000 }));
    await clock.advance(1_000);
    questions = [];
    await look(streamOf(many(30, 500), { messages: 1_000, bytes: 1_000 }));
    expect(questions, "they were larger than thought").toHaveLength(0);
  });

  it("is nothing for consumers whose next message cannot be told, or that have none", async () => {
    const { config } = recorded.consumers[0]!;
    const filter = Array.from({ length: 17 }, (_, n) => `f${n}`).join(" ");
    await look(
      streamOf([
        { name: "done", ackFloorStreamSeq: 6, numPending: 0 },
        { name: "last", ackFloorStreamSeq: 6, config: { ...config, deliverPolicy: "last_per_subject" } },
        { name: "many", ackFloorStreamSeq: 6, filter },
        { name: "unknown", ackFloorStreamSeq: Number.NaN },
      ]),
    );
    expect(questions).toEqual([]);
  });

  it("is worst first", async () => {
    const stands = streamOf(many(40));
    await look(stands, { focus: [] });
    const rows = Array.from({ length: 40 }, (_, n) => 39 - n);
    await look(stands, { focus: ["ORDERS.c003"], unaged: rows });
    expect(asked().slice(0, 3)).toEqual([4, 40, 39]);
  });
});
