import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { NatsClient } from "../connection/client.ts";
import { fixture } from "../jetstream/recorded.fixture.ts";
import { ROUTEZ, VARZ } from "./server-parts.ts";
import { createSystemWay } from "./server-ways.ts";

const never = new AbortController().signal;
const envelope = (id: string, data: unknown = fixture("varz")) => ({
  server: { id, name: id.toLowerCase() },
  data,
});

function create(answers: readonly unknown[] | CollectorError) {
  const read: unknown[] = [];
  let dropped = 0;
  let gathered = 0;
  const client = {
    open: async () => ({}),
    drop: () => void dropped++,
    async gather(_subject: string, _body: object, _stallMs: number, isLast: (answer: unknown) => boolean) {
      gathered++;
      if (answers instanceof CollectorError) throw answers;
      for (const answer of answers) {
        read.push(answer);
        if (isLast(answer)) break;
      }
      return read;
    },
  } as unknown as NatsClient;
  return {
    way: createSystemWay(client, new ManualClock(7)),
    counts: () => ({ read: read.length, dropped, gathered }),
  };
}

describe("asking all servers in the system account", () => {
  it("ends with the last of those expected, and takes what others told meanwhile", async () => {
    const { way, counts } = create([envelope("A"), envelope("C"), envelope("B"), envelope("D")]);
    const answers = await way.ask(VARZ, new Set(["A", "B"]), never);
    expect(answers.map(({ serverId, serverName, asOf }) => [serverId, serverName, asOf])).toEqual([
      ["A", "a", 7],
      ["C", "c", 7],
      ["B", "b", 7],
    ]);
    expect(counts().read).toBe(3);
  });

  it("takes whoever answers where nobody is expected, each once", async () => {
    const { way } = create([envelope("A"), envelope("B"), envelope("A")]);
    expect(await way.ask(VARZ, new Set(), never)).toHaveLength(2);
  });

  it("leaves out what is no server's answer, and does not wait for a server that tells an error", async () => {
    const odd = [null, 7, "x", {}, { server: {} }, { server: { id: "", name: "" }, data: {} }];
    const failed = { server: { id: "B", name: "b" }, error: { code: 500 } };
    const { way, counts } = create([...odd, failed, envelope("A"), envelope("never read")]);
    expect(await way.ask(VARZ, new Set(["A", "B"]), never)).toHaveLength(1);
    expect(counts().read).toBe(odd.length + 2);
  });

  it("lets go of a connection on which nobody answers, and then rests", async () => {
    const { way, counts } = create([]);
    await expect(way.ask(VARZ, new Set(["A"]), never)).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(way.rests).toBe(true);
    await expect(way.ask(VARZ, new Set(["A"]), never)).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(counts()).toMatchObject({ dropped: 1, gathered: 1 });
  });

  it("says that a user is not of the system account", async () => {
    const { way } = create(new CollectorError("ANSWERED_ERROR", "Nobody answers.", "?"));
    await expect(way.ask(VARZ, new Set(), never)).rejects.toMatchObject({
      code: "ANSWERED_ERROR",
      hint: expect.stringContaining("system_account"),
    });
  });

  it("goes on with the other questions where one is refused", async () => {
    const { way, counts } = create(new CollectorError("DENIED", "may not", "allow"));
    await expect(way.ask(ROUTEZ, new Set(), never)).rejects.toMatchObject({ code: "DENIED" });
    expect(way.rests).toBe(false);
    await expect(way.ask(VARZ, new Set(), never)).rejects.toMatchObject({ code: "DENIED" });
    expect(counts().gathered).toBe(2);
  });
});
