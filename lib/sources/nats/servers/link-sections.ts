/** The connections between servers: routes within a cluster, gateways to others, leaf nodes. */
import { formatBytes } from "../../../format/index.ts";
import type { SourceSection } from "../../../model/source.ts";
import { type Column, createSection, maxKnown, newest, sumKnown } from "../../../sample/section.ts";
import type { ServerReport, Told } from "./server-report.ts";

/** One way between two servers, over however many connections. */
export interface Link {
  readonly server: string;
  readonly remote: string;
  /** What sets it apart from other ways between the same two. */
  readonly by: string;
  readonly connections: number;
  readonly rttMs: number;
  readonly pendingBytes: number;
  readonly inMsgs: number;
  readonly outMsgs: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly subscriptions: number;
  readonly compression: string;
}

type Counted = Pick<Link, "rttMs" | "pendingBytes" | "inMsgs" | "outMsgs" | "inBytes" | "outBytes">;

/** So much waiting for another server is more than a moment's. */
const MUCH_WAITING = 1 << 20;

const FROM: Column<Link> = { label: "Server", kind: "text", cell: ({ server }) => server };
const RTT: Column<Link> = {
  label: "Round trip",
  kind: "duration",
  title: "The slowest of its connections, as the server measured it when it last sent a ping",
  cell: ({ rttMs }) => rttMs,
};
const TRAFFIC: readonly Column<Link>[] = [
  { label: "In", kind: "counter", title: "Messages the server took in from there", cell: (l) => l.inMsgs },
  { label: "Out", kind: "counter", title: "Messages the server sent there", cell: (l) => l.outMsgs },
  { label: "Bytes in", kind: "byteCounter", cell: (l) => l.inBytes },
  { label: "Bytes out", kind: "byteCounter", cell: (l) => l.outBytes },
];
const PENDING: Column<Link> = {
  label: "Waiting",
  kind: "bytes",
  title: "Bytes that the server holds because the other one does not take them yet",
  cell: ({ pendingBytes }) => pendingBytes,
};
const CONNECTIONS: Column<Link> = { label: "Connections", kind: "count", cell: (l) => l.connections };
const SUBSCRIPTIONS: Column<Link> = { label: "Subscriptions", kind: "count", cell: (l) => l.subscriptions };
const COMPRESSION: Column<Link> = { label: "Compression", kind: "text", cell: (l) => l.compression };

/** Links of each kind; a kind that no server has is empty. */
export function linksOf(servers: readonly ServerReport[]) {
  const answering = servers.filter(({ missed }) => missed === 0);
  return {
    routes: answering.flatMap(routesOf),
    gateways: answering.flatMap(gatewaysOf),
    leafnodes: answering.flatMap(leafnodesOf),
  };
}

export type Links = ReturnType<typeof linksOf>;

export function linkSections(servers: readonly ServerReport[], links: Links): SourceSection[] {
  const asOf = (told: (server: ServerReport) => Told<unknown> | null) =>
    newest(servers.flatMap((server) => told(server)?.asOf ?? []));
  const sections = [
    table(
      "routes",
      "Routes",
      links.routes,
      asOf(({ routez }) => routez),
      [
        FROM,
        { label: "To", kind: "text", cell: ({ remote }) => remote },
        {
          label: "Account",
          kind: "text",
          title: "Of routes that carry one account only",
          cell: ({ by }) => by,
        },
        CONNECTIONS,
        RTT,
        ...TRAFFIC,
        PENDING,
        SUBSCRIPTIONS,
        COMPRESSION,
      ],
    ),
    table(
      "gateways",
      "Gateways",
      links.gateways,
      asOf(({ gatewayz }) => gatewayz),
      [
        FROM,
        { label: "Cluster", kind: "text", cell: ({ remote }) => remote },
        {
          label: "Direction",
          kind: "text",
          title: "Messages go out over outbound gateways, and come in over inbound ones",
          cell: ({ by }) => by,
        },
        CONNECTIONS,
        RTT,
        ...TRAFFIC,
        PENDING,
      ],
    ),
    table(
      "leafnodes",
      "Leaf nodes",
      links.leafnodes,
      asOf(({ leafz }) => leafz),
      [
        FROM,
        { label: "Remote", kind: "text", cell: ({ remote }) => remote },
        { label: "Account", kind: "text", title: "On this server", cell: ({ by }) => by },
        RTT,
        ...TRAFFIC,
        PENDING,
        SUBSCRIPTIONS,
        COMPRESSION,
      ],
    ),
  ];
  return sections.filter(({ rows }) => rows.length > 0);
}

function table(
  key: string,
  title: string,
  items: readonly Link[],
  asOf: number,
  columns: readonly Column<Link>[],
) {
  return createSection({
    key,
    title,
    asOf,
    columns,
    items,
    id: linkId,
    trouble: ({ pendingBytes }) =>
      pendingBytes >= MUCH_WAITING ? `${formatBytes(pendingBytes)} wait for the other side` : null,
  });
}

export function linkId({ server, remote, by }: Link): string {
  return [server, remote, by].filter(Boolean).join("/");
}

function routesOf({ name, routez }: ServerReport): Link[] {
  return joined(
    (routez?.value.routes ?? []).map((route) => ({
      ...link(name, route.remote_name || route.remote_id || route.ip, route.account),
      ...counted(route.rtt, route.pending_size, route),
      subscriptions: route.subscriptions,
      compression: route.compression,
    })),
  );
}

function gatewaysOf({ name, gatewayz }: ServerReport): Link[] {
  if (gatewayz === null) return [];
  const { outbound_gateways, inbound_gateways } = gatewayz.value;
  const ways = [
    ...[...outbound_gateways].map(([remote, one]) => ({ remote, by: "outbound", one })),
    ...[...inbound_gateways].flatMap(([remote, all]) => all.map((one) => ({ remote, by: "inbound", one }))),
  ];
  return joined(
    ways.flatMap(({ remote, by, one: { connection } }) =>
      connection
        ? { ...link(name, remote, by), ...counted(connection.rtt, connection.pending_bytes, connection) }
        : [],
    ),
  );
}

function leafnodesOf({ name, leafz, connz, subscriptions }: ServerReport): Link[] {
  // Leaf nodes are connections, too, and only there it is told what waits for them.
  const pending = new Map(
    [...(subscriptions?.value.connections ?? []), ...(connz?.value.connections ?? [])].map((connection) => [
      connection.cid,
      connection.pending_bytes,
    ]),
  );
  return joined(
    (leafz?.value.leafs ?? []).map((leaf) => ({
      ...link(name, leaf.name || leaf.ip, leaf.account),
      ...counted(leaf.rtt, pending.get(leaf.id) ?? Number.NaN, leaf),
      subscriptions: leaf.subscriptions,
      compression: leaf.compression,
    })),
  );
}

function link(server: string, remote: string, by: string) {
  return { server, remote, by, connections: 1, subscriptions: Number.NaN, compression: "" };
}

interface Volumes {
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
}

function counted(rttMs: number, pendingBytes: number, volumes: Volumes): Counted {
  return {
    rttMs: rttMs === 0 ? Number.NaN : rttMs, // not measured yet
    pendingBytes,
    inMsgs: volumes.in_msgs,
    outMsgs: volumes.out_msgs,
    inBytes: volumes.in_bytes,
    outBytes: volumes.out_bytes,
  };
}

/** Several connections that are one way, as one. */
function joined(links: readonly Link[]): Link[] {
  const ways = new Map<string, Link[]>();
  for (const one of links) {
    const id = linkId(one);
    const others = ways.get(id);
    if (others) others.push(one);
    else ways.set(id, [one]);
  }
  return [...ways.values()].map((all) => {
    const sum = (of: (link: Link) => number) => sumKnown(all.map(of));
    return {
      ...all[0]!,
      connections: all.length,
      rttMs: maxKnown(all.map(({ rttMs }) => rttMs)),
      pendingBytes: sum((l) => l.pendingBytes),
      inMsgs: sum((l) => l.inMsgs),
      outMsgs: sum((l) => l.outMsgs),
      inBytes: sum((l) => l.inBytes),
      outBytes: sum((l) => l.outBytes),
      subscriptions: sum((l) => l.subscriptions),
    };
  });
}
