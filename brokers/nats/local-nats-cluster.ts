import type { LocalBroker, Progress } from "../broker.ts";
import { pickPorts } from "../free-port.ts";
import { launch } from "../local-broker.ts";
import { type Gathering, gather } from "../local-cluster.ts";
import { type NatsSettings, prepareNats, uniqueServerName } from "./local-nats.ts";
import { monitoringSays } from "./nats-probe.ts";
import { getNatsToolchain, type NatsToolchain } from "./nats-toolchain.ts";

const nodeCount = 3;

export interface LocalNatsClusterOptions {
  log?: Progress;
  signal?: AbortSignal;
  /** Exactly this version, built on first use. */
  version?: string;
  /** A second cluster "C2" of one server without JetStream, joined by a gateway. */
  gateway?: boolean;
  /** A leaf node in the account APP, with a JetStream of its own in the domain "leaf". */
  leaf?: boolean;
  /** Further lines of configuration for every server. */
  config?: string;
}

export interface LocalNatsNode extends LocalBroker {
  /** What `/jsz` and the JetStream API call it. */
  serverName: string;
  monitoring: string;
}

/**
 * Three servers with routes and JetStream in cluster "C1". Node `n` is `nodes[n - 1]`.
 *
 *     const cluster = await startLocalNatsCluster({ gateway: true, leaf: true });
 *     const nc = await connect({ servers: cluster.nodes[0].address }); // account APP; others by cluster.users
 *     await cluster.nodes[1].kill(); // or pause(), resume(), restart(): the same ports and data
 *     await cluster.stop();
 */
export interface LocalNatsCluster {
  /** Each can be killed, paused and restarted by itself; `stop` of a node is for good. */
  nodes: readonly [LocalNatsNode, LocalNatsNode, LocalNatsNode];
  /** The server of "C2", where asked for. */
  remote?: LocalNatsNode;
  leaf?: LocalNatsNode;
  /** Client URLs of the three. */
  addresses: string[];
  users: typeof localNatsUsers;
  version: string;
  /** Ends every server, whatever state it is in. Safe to repeat. */
  stop(): Promise<void>;
}

/** One for each account. Whoever does not sign in is `app`. */
const localNatsUsers = {
  /** Account APP, with JetStream. */
  app: { user: "app", password: "app-pw" },
  /** Account OTHER, with JetStream. */
  other: { user: "other", password: "other-pw" },
  /** Account PLAIN, without JetStream. */
  plain: { user: "plain", password: "plain-pw" },
  /** The system account. */
  system: { user: "sys", password: "sys-pw" },
} as const;

/**
 * A NATS cluster of one's own on free loopback ports: for tests of what happens when servers fail. Resolves once every
 * route, the gateway and the leaf node are there and all three agree on the leader of JetStream. The servers are found
 * and ended at the next start where this process is killed hard.
 */
export async function startLocalNatsCluster(o: LocalNatsClusterOptions = {}): Promise<LocalNatsCluster> {
  const log = o.log ?? (() => undefined);
  const toolchain = await getNatsToolchain({ ...o, version: o.version, env: process.env, log });
  let plans: readonly Plan[] = [];
  const { servers, stop } = await gather({ name: "NATS cluster", log, signal: o.signal }, async (signal) => {
    plans = await planServers(o);
    return launchServers(toolchain, plans, log, signal);
  });
  const nodes = servers.slice(0, nodeCount);
  const named = (name: string) => servers[plans.findIndex((plan) => plan.name === name)];
  const [remote, leaf] = [named("C2"), named("leaf")];
  return {
    nodes: nodes as unknown as LocalNatsCluster["nodes"],
    ...(remote && { remote }),
    ...(leaf && { leaf }),
    addresses: nodes.map(({ address }) => address),
    users: localNatsUsers,
    version: toolchain.version,
    stop,
  };
}

interface Plan extends NatsSettings {
  readonly name: string;
  /** What has to be there before the cluster is handed out. */
  readonly complete: (node: LocalNatsNode) => Promise<boolean>;
}

function launchServers(
  toolchain: NatsToolchain,
  plans: readonly Plan[],
  log: Progress,
  signal: AbortSignal,
): Gathering<LocalNatsNode> {
  const launched = plans.map(async (plan) => {
    const broker = await launch(
      {
        system: "nats",
        name: `nats-server ${plan.name}`,
        version: toolchain.version,
        portCount: 2,
        prepare: (run, ports) => prepareNats(toolchain, run, ports, plan),
      },
      { env: process.env, log, signal },
    );
    return Object.assign(broker, { serverName: plan.serverName, monitoring: broker.monitoring! });
  });
  return {
    launched,
    async lacking(servers) {
      const complete = await Promise.all(plans.map((plan, i) => plan.complete(servers[i]!)));
      const late = plans.filter((_, i) => !complete[i]).map(({ name }) => name);
      return late.length === 0 ? null : `waiting for ${late.join(", ")}`;
    },
  };
}

async function planServers({ gateway, leaf, config = "" }: LocalNatsClusterOptions): Promise<Plan[]> {
  // The cluster port of each server, then the gateway ports, then where leaf nodes connect.
  const ports = await pickPorts(2 * nodeCount + 3);
  const routes = ports.splice(0, nodeCount);
  const [gatewayOfC2, leafnodes, clusterOfC2, ...gateways] = ports as [number, number, number, ...number[]];
  const urls = (of: readonly number[]) => of.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
  // C1 learns of C2 when that connects: a remote that C1 is told of counts as a JetStream server to wait for.
  const gatewayLines = (name: string, port: number, remotes: string) =>
    gateway ? [`gateway { name: ${name}, listen: "127.0.0.1:${port}", gateways: [${remotes}] }`] : [];
  const nodes = routes.map((route, i): Plan => {
    const serverName = uniqueServerName(`n${i + 1}`);
    return {
      name: `n${i + 1}`,
      serverName,
      jetstream: [],
      lines: [
        accounts,
        config,
        `cluster { name: C1, listen: "127.0.0.1:${route}", routes: [${urls(routes)}] }`,
        ...gatewayLines("C1", gateways[i]!, ""),
        ...(leaf && i === 0 ? [`leafnodes { listen: "127.0.0.1:${leafnodes}" }`] : []),
      ],
      complete: async (node) =>
        (await hasRoutes(node)) &&
        (await hasLeader(node)) &&
        (!gateway || (await hasGateways(node, 0))) &&
        (!leaf || i > 0 || (await hasLeaf(node))),
    };
  });
  const remote: Plan = {
    name: "C2",
    serverName: uniqueServerName("c2"),
    jetstream: null,
    lines: [
      accounts,
      config,
      `cluster { name: C2, listen: "127.0.0.1:${clusterOfC2}" }`,
      ...gatewayLines("C2", gatewayOfC2, `{ name: C1, urls: [${urls(gateways)}] }`),
    ],
    complete: (node) => hasGateways(node, nodeCount),
  };
  const leafNode: Plan = {
    name: "leaf",
    serverName: uniqueServerName("leaf"),
    jetstream: ["domain: leaf"],
    lines: [
      accounts,
      config,
      `leafnodes { remotes: [{ url: "nats://app:app-pw@127.0.0.1:${leafnodes}", account: APP }] }`,
    ],
    complete: hasLeaf,
  };
  return [...nodes, ...(gateway ? [remote] : []), ...(leaf ? [leafNode] : [])];
}

const accounts = `
accounts {
  SYS { users: [{ user: sys, password: sys-pw }] }
  APP { jetstream: enabled, users: [{ user: app, password: app-pw }] }
  OTHER { jetstream: enabled, users: [{ user: other, password: other-pw }] }
  PLAIN { users: [{ user: plain, password: plain-pw }] }
}
system_account: SYS
no_auth_user: app`;

type Answer = Record<string, unknown>;

const says = (node: LocalNatsNode, path: string, check: (body: Answer) => boolean) =>
  monitoringSays(`${node.monitoring}/${path}`, 1_000, check);

/** A server has several routes to each of the others. */
const hasRoutes = (node: LocalNatsNode) =>
  says(node, "routez", ({ routes }) => {
    const others = new Set((routes as Answer[] | undefined)?.map(({ remote_id }) => remote_id));
    return others.size === nodeCount - 1;
  });

const hasLeader = (node: LocalNatsNode) =>
  says(node, "jsz", ({ meta_cluster }) => {
    const { leader, cluster_size } = (meta_cluster ?? {}) as Answer;
    return typeof leader === "string" && leader !== "" && cluster_size === nodeCount;
  });

/** One connection goes out to the other cluster from each server, to any one of its servers. */
const hasGateways = (node: LocalNatsNode, inbound: number) =>
  says(node, "gatewayz", ({ outbound_gateways, inbound_gateways }) => {
    const into = Object.values((inbound_gateways ?? {}) as Record<string, unknown[]>).flat();
    return Object.keys(outbound_gateways ?? {}).length === 1 && into.length >= inbound;
  });

const hasLeaf = (node: LocalNatsNode) => says(node, "leafz", ({ leafnodes }) => leafnodes === 1);
