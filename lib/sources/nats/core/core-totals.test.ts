import { describe, expect, it } from "vitest";
import { AS_OF, serverReport } from "../jetstream/recorded.fixture.ts";
import type { Varz } from "../servers/monitoring-types.ts";
import type { ServerReport } from "../servers/server-report.ts";
import { createCoreTotals } from "./core-totals.ts";

const old = { in_client_msgs: Number.NaN, out_client_msgs: Number.NaN };
function server(name: string, varz: Partial<Varz>, parts: Partial<ServerReport> = {}): ServerReport {
  const { varz: recorded } = serverReport();
  return serverReport({
    id: `id of ${name}`,
    name,
    varz: { ...recorded, value: { ...recorded.value, ...varz } },
    ...parts,
  });
}
const clients = (inMsgs: number, outMsgs = inMsgs) => ({ in_client_msgs: inMsgs, out_client_msgs: outMsgs });

describe("the totals of the core", () => {
  it("add up what clients sent and were sent on every server, not what servers passed on", () => {
    const total = createCoreTotals();
    const servers = [
      server("a", { ...clients(10, 20), in_msgs: 99 }),
      server("b", { ...clients(1, 2), in_msgs: 99 }),
    ];
    expect(total(servers)).toEqual({ inMsgs: 11, outMsgs: 22, asOf: AS_OF, counts: "clients" });
  });

  it("go on where a server starts to count anew, whether it says so or not", () => {
    const total = createCoreTotals();
    total([server("a", clients(100))]);
    expect(total([server("a", clients(130))]).inMsgs).toBe(130);
    expect(total([server("a", clients(5), { id: "another start" })]).inMsgs).toBe(135);
    expect(total([server("a", clients(200), { id: "a third, of many messages" })]).inMsgs).toBe(335);
    expect(total([server("a", clients(7), { id: "a third, of many messages" })]).inMsgs).toBe(342);
  });

  it("do not jump when a server joins, or is back after others went on", () => {
    const total = createCoreTotals();
    total([server("a", clients(100))]);
    expect(total([server("a", clients(100)), server("b", clients(5_000))]).inMsgs).toBe(100);
    expect(total([server("a", clients(100)), server("b", clients(5_001))]).inMsgs).toBe(101);
    expect(total([server("a", clients(110)), server("b", clients(5_001), { missed: 1 })]).inMsgs).toBe(111);
    expect(total([server("a", clients(110)), server("b", clients(9_000))]).inMsgs).toBe(111);
    expect(total([server("a", clients(110)), server("b", clients(9_001))]).inMsgs).toBe(112);
  });

  it("are not known while no server answers, and hold all that came meanwhile after it", () => {
    const total = createCoreTotals();
    total([server("a", clients(100))]);
    expect(total([server("a", clients(100), { missed: 1 })])).toMatchObject({
      inMsgs: Number.NaN,
      counts: "clients",
    });
    expect(total([server("a", clients(150))]).inMsgs).toBe(150);
  });

  it("say when older servers count a message again for every other server it came over", () => {
    const alone = [server("a", { ...old, in_msgs: 7, out_msgs: 9 })];
    expect(createCoreTotals()(alone)).toMatchObject({ inMsgs: 7, outMsgs: 9, counts: "all" });
    const linked = [server("a", { ...old, in_msgs: 7, routes: 3 })];
    expect(createCoreTotals()(linked)).toMatchObject({ inMsgs: 7, counts: "links" });
  });

  it("leave out what no number holds", () => {
    expect(createCoreTotals()([server("a", { ...old, in_msgs: Number.NaN })]).inMsgs).toBe(0);
  });
});
