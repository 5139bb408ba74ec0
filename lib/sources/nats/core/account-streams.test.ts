import { describe, expect, it } from "vitest";
import { CollectorError } from "../../../sample/collector-error.ts";
import { serverReport } from "../jetstream/recorded.fixture.ts";
import { jszAccountsSchema, jszStreamsSchema } from "../servers/monitoring-types.ts";
import type { SystemWay } from "../servers/server-ways.ts";
import { createAccountStreams, readAnswers } from "./account-streams.ts";

const seq = { consumer_seq: 1, stream_seq: 1 };
const consumer = (name: string, leader: string | null, pending: number) => ({
  ...{
    name,
    stream_name: "S",
    delivered: seq,
    ack_floor: seq,
    num_pending: pending,
    config: { ack_policy: "explicit" },
  },
  ...(leader !== null && { cluster: { name: "C1", leader } }),
});
const stream = (name: string, leader: string | null, lastSeq: number, consumers: object[] = []) => ({
  name,
  config: { name, subjects: [name], num_replicas: 3 },
  state: { messages: lastSeq, bytes: 1, first_seq: 1, last_seq: lastSeq, consumer_count: consumers.length },
  ...(leader !== null && { cluster: { name: "C1", leader } }),
  consumer_detail: consumers,
});
const answer = (serverName: string, ...streams: unknown[]) => ({
  serverId: serverName,
  serverName,
  value: jszStreamsSchema.parse({ account_details: [{ name: "APP", stream_detail: streams }] }),
  asOf: 9,
  tookMs: 1,
});
function read(...answers: ReturnType<typeof answer>[]) {
  const part = readAnswers(answers, 5, (name) => !name.startsWith("X"));
  if (part === "failed") throw new Error("failed");
  return {
    missing: part.missing,
    streams: part.items.map(({ entry: { name, lastSeq, asOf }, consumers }) => {
      if (consumers === "failed") throw new Error("failed");
      return [
        name,
        lastSeq,
        asOf,
        consumers.items.map((one) => `${one.name}:${one.numPending}`),
        consumers.missing,
      ];
    }),
  };
}

describe("streams of an account, as servers tell the system account", () => {
  it("are what their leaders say, and consumers what theirs say", () => {
    const told = read(
      answer("n1", stream("S", "n1", 10, [consumer("a", "n1", 1), consumer("b", "n2", 77)])),
      answer("n2", stream("S", "n1", 8, [consumer("a", "n1", 99), consumer("b", "n2", 2)])),
    );
    expect(told).toEqual({ missing: [], streams: [["S", 10, 5, ["a:1", "b:2"], []]] });
  });

  it("are missing where the leader does not answer, or there is none", () => {
    const told = read(
      answer("n2", stream("S", "n1", 8), stream("T", "", 8), stream("U", "n2", 3, [consumer("a", "n1", 1)])),
    );
    expect(told).toEqual({ missing: ["S", "T"], streams: [["U", 3, 5, [], ["a"]]] });
  });

  it("are a server's own where it is on its own", () => {
    expect(read(answer("n1", stream("S", null, 4, [consumer("a", null, 3)]))).streams).toEqual([
      ["S", 4, 5, ["a:3"], []],
    ]);
    const alone = { ...stream("S", null, 4), cluster: { leader: "n1" } };
    expect(read(answer("n1", alone)).streams).toHaveLength(1);
  });

  it("cost only themselves where they are told badly, and are filtered by name", () => {
    const odd = [
      null,
      7,
      {},
      { name: "S" },
      { ...stream("S", null, 1), config: { name: 5 } },
      stream("X", null, 1),
    ];
    const bad = { ...stream("S", null, 4), consumer_detail: [null, {}, consumer("a", null, 3)] };
    expect(read(answer("n1", ...odd, bad)).streams).toEqual([["S", 4, 5, ["a:3"], []]]);
    expect(read(answer("n1", { ...bad, consumer_detail: "none" })).streams).toEqual([["S", 4, 5, [], []]]);
  });
});

describe("the look at all accounts", () => {
  const never = new AbortController().signal;
  const jszAccounts = {
    value: jszAccountsSchema.parse({
      account_details: [
        { name: "APP", id: "APP" },
        { name: "tag", id: "KEY" },
      ],
    }),
    asOf: 1,
  };
  function create(ask: (account: string) => unknown) {
    const servers = [serverReport({ jszAccounts })];
    const asked: unknown[] = [];
    const system: SystemWay = {
      rests: false,
      ask: async (part) => {
        const { account } = part.body as { account: string };
        asked.push(account);
        return ask(account) as never;
      },
    };
    let now = 0;
    const streams = createAccountStreams(system, () => true, { now: () => now });
    const sample = (at: number) => {
      now = at;
      return streams.sample(servers, (id) => id === "APP", never);
    };
    return { asked, sample, streams, servers };
  }

  it("leaves out accounts that are sampled another way, and waits for the first one only", async () => {
    const { asked, sample } = create(() => [answer("n1", stream("S", null, 4))]);
    expect([...(await sample(0)).keys()]).toEqual(["tag"]);
    await sample(4_999);
    expect(asked).toEqual(["KEY"]);
    await sample(5_000);
    expect(asked).toEqual(["KEY", "KEY"]);
  });

  it("keeps the accounts it knows while a server has yet to tell its own", async () => {
    const { sample, servers } = create(() => [answer("n1", stream("S", null, 4))]);
    await sample(0);
    servers[0] = serverReport({ id: "started anew" });
    await sample(5_000);
    expect([...(await sample(5_001)).keys()]).toEqual(["tag"]);
    servers[0] = serverReport({ jszAccounts: { ...jszAccounts, value: jszAccountsSchema.parse({}) } });
    await sample(10_001);
    expect([...(await sample(10_002)).keys()]).toEqual([]);
  });

  it("goes by what accounts are called, where that tells them apart", async () => {
    const { sample, servers } = create(() => [answer("n1", stream("S", null, 4))]);
    const twins = [
      { name: "tag", id: "KEY" },
      { name: "tag", id: "KEY2" },
      { name: "other", id: "KEY3" },
    ];
    const value = jszAccountsSchema.parse({ account_details: twins });
    servers[0] = serverReport({ jszAccounts: { value, asOf: 1 } });
    expect([...(await sample(0)).keys()]).toEqual(["KEY", "KEY2", "other"]);
  });

  it("loses one account to its failure", async () => {
    const { sample, streams } = create(() => {
      throw new CollectorError("TIMEOUT", "too late", "wait");
    });
    expect((await sample(0)).get("tag")).toBe("failed");
    expect(streams.failures).toMatchObject([{ subject: "JetStream of account tag", code: "TIMEOUT" }]);
  });
});
