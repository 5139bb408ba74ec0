import { describe, expect, it } from "vitest";
import type { SourceSection } from "../../../model/source.ts";
import { createSection } from "../../../sample/section.ts";
import { accountSection } from "../core/account-section.ts";
import { createConnectionSection } from "../core/connection-sections.ts";
import { fixture, serverReport } from "../jetstream/recorded.fixture.ts";
import { linkSections, linksOf } from "./link-sections.ts";
import { metaGroupsOf, metaSection } from "./meta-section.ts";
import {
  accountStatzSchema,
  connzSchema,
  gatewayzSchema,
  jszAccountsSchema,
  leafzSchema,
  routezSchema,
  type Varz,
  varzSchema,
} from "./monitoring-types.ts";
import type { ServerReport } from "./server-report.ts";
import { serverSection } from "./server-section.ts";

const AT = 5;
function server(name: string, varz: object = {}, rest: Partial<ServerReport> = {}) {
  const value: Varz = varzSchema.parse({ ...(fixture("varz") as object), ...varz });
  return serverReport({ id: `id of ${name}`, name, varz: { value, asOf: AT }, ...rest });
}
const jetstream = (change: object = {}) => ({
  jetstream: { ...(fixture("varz") as Record<string, object>).jetstream, ...change },
});
function rows(section: SourceSection | null) {
  return (section?.rows ?? []).map(
    ({ id, cells, trouble }): Record<string, unknown> => ({
      id,
      trouble,
      ...Object.fromEntries(section!.columns.map(({ label }, i) => [label, cells[i]])),
    }),
  );
}

describe("a section", () => {
  const table = {
    key: "k",
    title: "T",
    asOf: AT,
    columns: [{ label: "L", kind: "count", cell: Number }],
  } as const;
  it("has those with trouble first, unknown cells empty, every id once, and says what it leaves out", () => {
    const section = createSection<string>({
      ...table,
      items: ["1", "x", "2", "1", "3"],
      id: (item) => item,
      trouble: (item) => (item === "2" ? "odd" : null),
      most: 3,
    });
    expect(section.rows).toEqual([
      { id: "2", cells: [2], trouble: "odd" },
      { id: "1", cells: [1] },
      { id: "x", cells: [null] },
    ]);
    expect(section.total).toBe(4);
  });
  it("says nothing of a total where all is told", () => {
    expect(
      createSection<string>({ ...table, items: ["1"], id: String, total: Number.NaN }),
    ).not.toHaveProperty("total");
  });
});

describe("servers", () => {
  it("stand out where they do not answer, are nearly full, or alone are without JetStream", () => {
    const cluster = { cluster: "C1" };
    const full = jetstream({
      stats: { memory: 0, storage: 95, api: { total: 1, errors: 1 } },
      config: { max_memory: 100, max_storage: 100 },
    });
    const trouble = (...servers: ServerReport[]) =>
      Object.fromEntries(rows(serverSection(servers)).map((row) => [row.Server, row.trouble]));
    expect(
      trouble(
        server("fine", jetstream(), cluster),
        server("silent", {}, { missed: 1 }),
        server("gone", {}, { missed: 3 }),
        server("full", full),
        server("without", { jetstream: {} }, cluster),
        server("elsewhere", { jetstream: {} }, { cluster: "C2" }),
      ),
    ).toEqual({
      fine: undefined,
      silent: "did not answer",
      gone: "does not answer any more",
      full: "95 % of JetStream's disk is used",
      without: "runs without JetStream, others of its cluster with it",
      elsewhere: undefined,
    });
  });

  it("are not told as they were while they do not answer", () => {
    const told = { in_msgs: 7, connections: 3, version: "2.15.2" };
    const [answers] = rows(serverSection([server("a", told)]));
    expect(answers).toMatchObject({ Version: "2.15.2", In: 7, Connections: 3 });
    const [silent] = rows(serverSection([server("a", told, { missed: 1 })]));
    expect(silent).toMatchObject({
      Server: "a",
      Version: "2.15.2",
      In: null,
      Connections: null,
      "Up for": null,
    });
  });

  it("use of all their cores what they do", () => {
    expect(rows(serverSection([server("a", { cpu: 150, cores: 4 })]))[0]).toMatchObject({ CPU: 37.5 });
    expect(rows(serverSection([server("a", { cpu: "?" })]))[0]).toMatchObject({ CPU: null });
  });
});

describe("the meta group", () => {
  const peer = (name: string, rest: object = {}) => ({ name, current: true, active: 5e6, ...rest });
  const meta = (leader: string, ...replicas: object[]) =>
    jetstream({ meta: { name: "C1", leader, cluster_size: 3, replicas } });
  const section = (...servers: ServerReport[]) => rows(metaSection(metaGroupsOf(servers)));

  it("is as its leader tells it", () => {
    const told = section(
      server("n2", meta("n1", peer("n1", { current: false, lag: 9 }), peer("n3"))),
      server("n1", meta("n1", peer("n2", { current: false, lag: 1 }), peer("n3", { offline: true }))),
    );
    expect(told).toMatchObject([
      {
        Server: "n2",
        Role: "follower",
        State: "behind",
        Behind: 1,
        "Last heard of": 5,
        trouble: "1 operation behind",
      },
      { Server: "n3", State: "offline", trouble: "offline" },
      { Server: "n1", Role: "leader", State: "up to date", trouble: undefined, "Last heard of": null },
    ]);
  });

  it("stands out without a leader, and is absent without a cluster", () => {
    expect(section(server("n2", meta("", peer("n1"))))[0]!.trouble).toContain("nobody leads");
    expect(section(server("n1", jetstream()))).toEqual([]);
    expect(section(server("n1", meta("n1"), { missed: 1 }))).toEqual([]);
  });
});

describe("ways between servers", () => {
  const traffic = { in_msgs: 1, out_msgs: 2, in_bytes: 3, out_bytes: 4 };
  it("are one, over however many connections", () => {
    const route = { rid: 1, remote_name: "b", rtt: "1ms", pending_size: 10, ...traffic };
    const value = routezSchema.parse({
      routes: [route, { ...route, rid: 2, rtt: "3ms" }, { ...route, account: "APP" }],
    });
    const servers = [server("a", {}, { routez: { value, asOf: AT } })];
    const [routes] = linkSections(servers, linksOf(servers));
    expect(rows(routes!)).toMatchObject([
      {
        id: "a/b",
        Connections: 2,
        "Round trip": 3,
        In: 2,
        Out: 4,
        "Bytes in": 6,
        Waiting: 20,
        Account: null,
      },
      { id: "a/b/APP", Connections: 1, Account: "APP" },
    ]);
  });

  it("stand out when much waits for the other side, of leaf nodes as their connections tell", () => {
    const leafz = {
      value: leafzSchema.parse({ leafs: [{ id: 7, name: "edge", account: "APP", ...traffic }] }),
      asOf: AT,
    };
    const connz = {
      value: connzSchema.parse({
        total: 1,
        limit: 1,
        connections: [{ cid: 7, kind: "Leafnode", pending_bytes: 3 << 20 }],
      }),
      asOf: AT,
    };
    const servers = [server("a", {}, { leafz, connz })];
    const [leafnodes] = linkSections(servers, linksOf(servers));
    expect(rows(leafnodes!)).toMatchObject([
      { id: "a/edge/APP", Waiting: 3 << 20, trouble: "3.00 MiB wait for the other side" },
    ]);
  });

  it("go out to a cluster once, and come in from each of its servers", () => {
    const connection = { cid: 1, rtt: "2ms", pending_bytes: 0, ...traffic };
    const value = gatewayzSchema.parse({
      outbound_gateways: { C2: { connection } },
      inbound_gateways: { C2: [{ connection }, { connection }], C3: [{}] },
    });
    const servers = [server("a", {}, { gatewayz: { value, asOf: AT } })];
    const [gateways] = linkSections(servers, linksOf(servers));
    expect(rows(gateways!)).toMatchObject([
      { id: "a/C2/outbound", Connections: 1, In: 1 },
      { id: "a/C2/inbound", Connections: 2, In: 2 },
    ]);
  });

  it("are none where no server has any", () => {
    const servers = [server("a")];
    expect(linkSections(servers, linksOf(servers))).toEqual([]);
  });
});

describe("accounts", () => {
  const stat = (acc: string, msgs: number, rest: object = {}) => ({
    ...{ acc, conns: 2, leafnodes: 1, num_subscriptions: 9, slow_consumers: 0 },
    received: { msgs, bytes: 10, routes: { msgs: 40, bytes: 4 }, gateways: { msgs: 1, bytes: 1 } },
    sent: { msgs, bytes: 10 },
    ...rest,
  });
  const told = (stats: object[], details: object[]) => ({
    accounts: { value: accountStatzSchema.parse({ account_statz: stats }), asOf: AT },
    jszAccounts: { value: jszAccountsSchema.parse({ account_details: details }), asOf: AT },
  });

  it("are added up over servers, without what servers pass on to each other", () => {
    const use = {
      name: "APP",
      id: "APP",
      memory: 0,
      storage: 95,
      reserved_memory: 2 ** 64,
      reserved_storage: 100,
    };
    const section = accountSection([
      server("a", {}, told([stat("APP", 100)], [use])),
      server("b", {}, told([stat("APP", 50, { num_subscriptions: 5 })], [{ ...use, storage: 90 }])),
    ]);
    expect(rows(section)).toMatchObject([
      {
        ...{
          Account: "APP",
          Connections: 4,
          "Leaf nodes": 2,
          Subscriptions: 9,
          In: 59 + 9,
          Out: 150,
          "Bytes in": 10,
        },
        ...{ "JetStream disk": 95, "Disk limit": 100, "Memory limit": null },
        trouble: "95 % of its JetStream disk is used",
      },
    ]);
  });

  it("are absent where no server told", () => {
    expect(accountSection([server("a")])).toBeNull();
  });
});

describe("connections", () => {
  const nobody = () => false;
  function look(
    section: ReturnType<typeof createConnectionSection>,
    asOf: number,
    pending: Record<number, number>,
    total = 0,
  ) {
    const connections = Object.entries(pending).map(([cid, pending_bytes]) => ({
      cid: Number(cid),
      name: `c${cid}`,
      pending_bytes,
    }));
    const value = connzSchema.parse({ total: total || connections.length, limit: 256, connections });
    return section([server("a", { max_pending: 1 << 20 }, { connz: { value, asOf } })], nobody)!;
  }

  it("are those with the most bytes waiting first, and of so many", () => {
    const section = look(createConnectionSection(), 1, { 1: 5, 2: 50, 3: 0 }, 900);
    expect(rows(section).map(({ Client }) => Client)).toEqual(["c2", "c1", "c3"]);
    expect(section.total).toBe(900);
  });

  it("stand out near their limit, or when more and more waits", () => {
    const section = createConnectionSection();
    const troubles = (asOf: number, pending: Record<number, number>) =>
      Object.fromEntries(rows(look(section, asOf, pending)).map(({ Client, trouble }) => [Client, trouble]));
    const k = 1 << 10;
    for (let i = 1; i <= 3; i++) troubles(i, { 1: (70 + i) * k, 2: (90 - i) * k, 3: i, 4: 600 * k });
    expect(troubles(3, { 1: 73 * k })).toEqual({ c1: undefined }); // the same look again
    expect(troubles(4, { 1: 74 * k, 2: 86 * k, 3: 4, 4: 600 * k })).toEqual({
      c1: "74.0 KiB wait, and more and more",
      c2: undefined,
      c3: undefined,
      c4: "58 % of what may wait before it is dropped",
    });
  });
});
