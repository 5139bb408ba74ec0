import { describe, expect, it } from "vitest";
import { accountInfoSchema, readConsumerPage, readStreamPage, ShapeError } from "./api-types.ts";
import { fixture } from "./recorded.fixture.ts";

const consumerPage = () =>
  fixture("consumer-list") as { total: unknown; consumers: Record<string, unknown>[] };

describe("readConsumerPage", () => {
  it("reads what a server sends", () => {
    const page = readConsumerPage(consumerPage(), 5);
    expect(page).toMatchObject({ total: 10, limit: 256, missing: [] });
    expect(page.items[0]).toEqual({
      name: "again",
      push: false,
      filter: "",
      ackNone: false,
      maxAckPending: 1000,
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
      consumerCount: 10,
      asOf: 5,
    });
    const empty = { total: 0, offset: 0, limit: 256, streams: null };
    expect(readStreamPage(empty, 5)).toMatchObject({ items: [], total: 0 });
  });
});

it("reads the account's use", () => {
  expect(accountInfoSchema.parse(fixture("account-info"))).toMatchObject({ memory: 472, storage: 0 });
});
