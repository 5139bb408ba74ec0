import { describe, expect, it } from "vitest";
import { AS_OF, serverReport } from "../jetstream/recorded.fixture.ts";
import { connzSchema } from "../servers/monitoring-types.ts";
import type { ServerReport } from "../servers/server-report.ts";
import { accountOf, mapCore } from "./core-snapshot.ts";
import { createCoreTotals } from "./core-totals.ts";

const isOwn = (serverId: string, cid: number) => serverId === "N1" && cid === 3;
const connection = (cid: number, rest: object = {}) => ({ cid, pending_bytes: 0, out_msgs: 1, ...rest });

function server(
  connections: readonly object[],
  total = connections.length,
  parts: Partial<ServerReport> = {},
) {
  const value = connzSchema.parse({ total, limit: 256, connections });
  return serverReport({ connz: { value, asOf: AS_OF }, ...parts });
}
const connectionsOf = (...servers: ServerReport[]) =>
  mapCore(servers, createCoreTotals()(servers), isOwn)!.connections;
const cids = (...servers: ServerReport[]) => connectionsOf(...servers).map(({ told }) => told.cid);

describe("the connections of the core", () => {
  it("are clients that something was delivered to, by id", () => {
    const shown = connectionsOf(
      server([
        connection(9),
        connection(2, { out_msgs: 0 }),
        connection(5, { kind: "Leafnode" }),
        connection(4, { kind: "Client", name: "app", ip: "::1", port: 7, lang: "go", version: "1.2" }),
      ]),
    );
    expect(shown.map(({ key, name, detail }) => [key, name, detail])).toEqual([
      ["conn:n1/4/app", "app", "[::1]:7, go 1.2"],
      ["conn:n1/9/unknown address", "unknown address", "unknown address"],
    ]);
  });

  it("leave out Streamside's own, on its server only", () => {
    const own = connection(3, { name: "streamside" });
    const other = server([own], 1, { id: "N2", name: "n2" });
    expect(
      connectionsOf(server([connection(1, { name: "streamside" }), own]), other).map(({ key }) => key),
    ).toEqual(["conn:n1/1/streamside", "conn:n2/3/streamside"]);
  });

  it("are only those with bytes waiting where there are more than were told", () => {
    const some = [connection(1, { pending_bytes: 7 }), connection(2)];
    expect(cids(server(some, 3))).toEqual([1]);
    expect(cids(server(some, 2))).toEqual([1, 2]);
  });

  it("are of an account by what people call it, where its name is a key", () => {
    const [tagged, named, none] = connectionsOf(
      server([
        connection(1, { account: "AKEY", name_tag: "billing" }),
        connection(2, { account: "APP" }),
        connection(4),
      ]),
    );
    expect([tagged, named, none].map((one) => accountOf(one!.told))).toEqual(["billing", "APP", ""]);
  });

  it("say on which of several servers they are", () => {
    const [first] = connectionsOf(server([connection(1)]), server([], 0, { id: "N2", name: "n2" }));
    expect(first!.detail).toBe("unknown address, on n1");
  });

  it("have no known backlog where the server says what no number holds", () => {
    const [first] = connectionsOf(server([connection(1, { pending_bytes: -5 })]));
    expect(first!.told.pending_bytes).toBeNaN();
  });

  it("stay, and are not known, while their server does not answer or tells them no more", () => {
    const asOf = (parts: Partial<ServerReport>) => connectionsOf(server([connection(1)], 1, parts))[0]!.asOf;
    const { varz } = serverReport();
    expect(asOf({})).toBe(AS_OF);
    expect(asOf({ missed: 1 })).toBeNaN();
    expect(asOf({ varz: { ...varz, asOf: AS_OF + 4_000 } })).toBe(AS_OF);
    expect(asOf({ varz: { ...varz, asOf: AS_OF + 9_000 } })).toBeNaN();
  });
});
