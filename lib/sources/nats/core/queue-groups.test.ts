import { describe, expect, it } from "vitest";
import { serverReport } from "../jetstream/recorded.fixture.ts";
import { connzSchema } from "../servers/monitoring-types.ts";
import type { ServerReport } from "../servers/server-report.ts";
import { createQueueGroupSection } from "./queue-groups.ts";

/** Members of one group as `cid: messages`, at a server. */
function server(
  name: string,
  members: Record<number, number>,
  asOf = 1,
  total = Object.keys(members).length,
) {
  const connections = Object.entries(members).map(([cid, msgs]) => ({
    cid: Number(cid),
    name: "worker",
    account: "APP",
    subscriptions_list_detail: [
      { subject: "work", qgroup: "g", msgs },
      { subject: "plain", msgs: 1e6 },
    ],
  }));
  const value = connzSchema.parse({ total, limit: 256, connections });
  return serverReport({ id: name, name, subscriptions: { value, asOf } });
}

const look = (section: ReturnType<typeof createQueueGroupSection>, ...servers: ServerReport[]) => {
  const found = section(servers)!;
  const [row] = found.rows;
  return {
    cells: Object.fromEntries(found.columns.map(({ label }, i) => [label, row?.cells[i]])),
    trouble: row?.trouble,
    note: found.note,
    rows: found.rows.length,
  };
};

describe("queue groups", () => {
  it("are the subscribers of one subject, on all servers, with who got most and least", () => {
    const { cells, rows } = look(
      createQueueGroupSection(),
      server("a", { 1: 60, 2: 10 }),
      server("b", { 1: 30 }),
    );
    expect(rows).toBe(1);
    expect(cells).toEqual({
      Subject: "work",
      Group: "g",
      Account: "APP",
      Members: 3,
      Messages: 100,
      "Even share": 100 / 3,
      Busiest: 60,
      "Busiest member": "worker #1",
      Laziest: 10,
      "Laziest member": "worker #2",
    });
  });

  it("are judged by the last minute, not by what was before", () => {
    const section = createQueueGroupSection();
    expect(look(section, server("a", { 1: 9_000, 2: 100 })).trouble).toBeUndefined();
    const later = look(section, server("a", { 1: 9_500, 2: 600 }, 2));
    expect(later.cells).toMatchObject({ Busiest: 50, Laziest: 50 });
    expect(later.trouble).toBeUndefined();
  });

  it("do not take who has just come for lazy", () => {
    const section = createQueueGroupSection();
    look(section, server("a", { 1: 0, 2: 0 }));
    expect(look(section, server("a", { 1: 900, 2: 900, 3: 1 }, 2)).trouble).toBeUndefined();
    expect(look(section, server("a", { 1: 1_900, 2: 1_900, 3: 1 }, 3)).trouble).toBe(
      "worker #3 got 0 % of an even share",
    );
  });

  it.each<[string, Record<number, number>, string | undefined]>([
    ["clearly less", { 1: 900, 2: 900, 3: 10 }, "worker #3 got 2 % of an even share"],
    ["clearly more", { 1: 2_000, 2: 400, 3: 400 }, "worker #1 got 2.1 even shares"],
    ["chance", { 1: 120, 2: 80, 3: 101 }, undefined],
    ["too few to tell", { 1: 90, 2: 0, 3: 0 }, undefined],
    ["one member", { 1: 9_000 }, undefined],
  ])("stand out by %s", (_, grown, trouble) => {
    const section = createQueueGroupSection();
    look(section, server("a", Object.fromEntries(Object.keys(grown).map((cid) => [cid, 0]))));
    expect(look(section, server("a", grown, 2)).trouble).toBe(trouble);
  });

  it("are uneven between servers by design: each server prefers its own members", () => {
    const section = createQueueGroupSection();
    look(section, server("a", { 1: 0 }), server("b", { 1: 0 }));
    expect(look(section, server("a", { 1: 5_000 }, 2), server("b", { 1: 0 }, 2)).trouble).toBeUndefined();
  });

  it("are not judged where not all members are seen, and say so", () => {
    const section = createQueueGroupSection();
    look(section, server("a", { 1: 0, 2: 0 }, 1, 9_000));
    const cut = look(section, server("a", { 1: 5_000, 2: 0 }, 2, 9_000));
    expect(cut.trouble).toBeUndefined();
    expect(cut.note).toContain("Not complete");
  });

  it("are not worked out anew before they are told anew", () => {
    const section = createQueueGroupSection();
    const first = section([server("a", { 1: 1 })]);
    expect(section([server("a", { 1: 1 })])).toBe(first);
    expect(section([server("a", { 1: 1 }, 2)])).not.toBe(first);
    expect(section([server("a", { 1: 1 }, 2), server("b", { 1: 1 })])!.rows[0]!.cells).toContain(2);
  });

  it("that were sent nothing have no shares", () => {
    expect(look(createQueueGroupSection(), server("a", { 1: 0, 2: 0 })).cells).toMatchObject({
      Busiest: null,
      Messages: 0,
    });
  });
});
