import type { LocalBroker, Progress } from "../broker.ts";
import { pickPorts } from "../free-port.ts";
import { launch } from "../local-broker.ts";
import { type Gathering, gather } from "../local-cluster.ts";
import { parseEndpoint } from "../tcp-exchange.ts";
import { askKafkaCluster } from "./kafka-probe.ts";
import { defaultKafkaVersion, getKafkaToolchain, type KafkaToolchain } from "./kafka-toolchain.ts";
import { newClusterId, prepareKafka } from "./local-kafka.ts";

const nodeCount = 3;

export interface LocalKafkaClusterOptions {
  log?: Progress;
  signal?: AbortSignal;
  /** A KRaft version, fetched on first use. */
  version?: string;
  /** Laid over the settings of every node. */
  properties?: Record<string, string>;
}

/** Three brokers that are their own controllers. Node `n` is `nodes[n - 1]`. */
export interface LocalKafkaCluster {
  /** Each can be killed, paused and restarted by itself; `stop` of a node is for good. */
  nodes: readonly [LocalBroker, LocalBroker, LocalBroker];
  /** Bootstrap: all three. */
  address: string;
  version: string;
  /** Ends every node, whatever state it is in. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * A Kafka cluster of one's own on free loopback ports, everything kept three times: for tests of what happens when
 * brokers fail. Resolves once every node is in. The nodes are found and ended at the next start where this process is
 * killed hard.
 */
export async function startLocalKafkaCluster(o: LocalKafkaClusterOptions = {}): Promise<LocalKafkaCluster> {
  const log = o.log ?? (() => undefined);
  const version = o.version ?? defaultKafkaVersion;
  const toolchain = await getKafkaToolchain({ ...o, version, env: process.env, log });
  const { servers, stop } = await gather({ name: "Kafka cluster", log, signal: o.signal }, (signal) =>
    launchNodes(toolchain, { ...o, log, signal }),
  );
  return {
    nodes: servers as unknown as LocalKafkaCluster["nodes"],
    address: servers.map(({ address }) => address).join(","),
    version: toolchain.version,
    stop,
  };
}

async function launchNodes(
  toolchain: KafkaToolchain,
  o: Pick<LocalKafkaClusterOptions, "properties"> & { log: Progress; signal: AbortSignal },
): Promise<Gathering<LocalBroker>> {
  const ports = await pickPorts(2 * nodeCount);
  const clusterId = newClusterId();
  const controllers = ports.slice(nodeCount);
  const voters = controllers.map((port, index) => `${index + 1}@127.0.0.1:${port}`).join(",");
  const launched = ports.slice(0, nodeCount).map((port, index) => {
    const properties = {
      ...clusterProperties(index + 1, voters),
      ...o.properties,
    };
    return launch(
      {
        system: "kafka",
        name: `Kafka node ${index + 1}`,
        version: toolchain.version,
        portCount: 1,
        prepare: (run, [client = 0]) =>
          prepareKafka(toolchain, run, [client, controllers[index]!], {
            env: process.env,
            signal: o.signal,
            clusterId,
            heap: "256m",
            properties,
          }),
      },
      { env: process.env, log: o.log, signal: o.signal, port },
    );
  });
  return { launched, lacking };
}

/** Every node counts all of them: topics made now get their replicas. */
async function lacking(nodes: readonly LocalBroker[]): Promise<string | null> {
  const counts = await Promise.all(nodes.map((node) => brokersSeenBy(node)));
  return counts.every((count) => count === nodes.length) ? null : `its nodes see ${counts}`;
}

async function brokersSeenBy(node: LocalBroker): Promise<number> {
  try {
    return (await askKafkaCluster(parseEndpoint(node.address, 0), 1_000)).brokers;
  } catch {
    return 0;
  }
}

function clusterProperties(node: number, voters: string): Record<string, string> {
  return {
    "node.id": String(node),
    "controller.quorum.voters": voters,
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
  };
}
