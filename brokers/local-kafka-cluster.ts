import { setTimeout as delay } from "node:timers/promises";
import type { LocalBroker, Progress } from "./broker.ts";
import { BrokerError, throwIfAborted } from "./broker-error.ts";
import { pickPort } from "./free-port.ts";
import { askKafkaCluster } from "./kafka-probe.ts";
import { defaultKafkaVersion, getKafkaToolchain, type KafkaToolchain } from "./kafka-toolchain.ts";
import { launch } from "./local-broker.ts";
import { newClusterId, prepareKafka } from "./local-kafka.ts";
import { parseEndpoint } from "./tcp-exchange.ts";

const nodeCount = 3;
const launchAttempts = 5;
const completeTimeoutMs = 60_000;

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
  for (let attempt = 1; ; attempt++) {
    try {
      return await launchCluster(toolchain, { ...o, log });
    } catch (error) {
      const taken = error instanceof BrokerError && error.code === "port-taken";
      if (!taken || attempt === launchAttempts) throw error;
      log("Another process took a port of the Kafka cluster just now; trying others");
    }
  }
}

async function launchCluster(
  toolchain: KafkaToolchain,
  o: LocalKafkaClusterOptions & { log: Progress },
): Promise<LocalKafkaCluster> {
  const ports = await pickPorts(2 * nodeCount);
  const clusterId = newClusterId();
  const controllers = ports.slice(nodeCount);
  const voters = controllers.map((port, index) => `${index + 1}@127.0.0.1:${port}`).join(",");
  // One that fails takes the others along: they would wait for it in vain.
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(o.signal ? [o.signal] : [])]);
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
            signal,
            clusterId,
            heap: "256m",
            properties,
          }),
      },
      { env: process.env, log: o.log, signal, port },
    );
  });
  for (const node of launched) node.catch((error: unknown) => failed.abort(error));
  const settled = await Promise.allSettled(launched);
  const nodes = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const stop = async () => {
    // Killed: without a majority of controllers an orderly end takes its whole time limit, and the data goes anyway.
    await Promise.all(nodes.map((node) => node.kill().then(() => node.stop())));
  };
  try {
    if (failed.signal.aborted) throw failed.signal.reason;
    await untilComplete(nodes, o.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    nodes: nodes as unknown as LocalKafkaCluster["nodes"],
    address: nodes.map(({ address }) => address).join(","),
    version: toolchain.version,
    stop,
  };
}

/** Every node counts all of them: topics made now get their replicas. */
async function untilComplete(nodes: readonly LocalBroker[], signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + completeTimeoutMs;
  for (;;) {
    throwIfAborted(signal);
    const counts = await Promise.all(nodes.map((node) => brokersSeenBy(node)));
    if (counts.every((count) => count === nodes.length)) return;
    if (Date.now() > deadline) {
      throw new BrokerError(
        "start-failed",
        `The Kafka cluster did not come together: its nodes see ${counts}`,
      );
    }
    await delay(40);
  }
}

async function brokersSeenBy(node: LocalBroker): Promise<number> {
  try {
    return (await askKafkaCluster(parseEndpoint(node.address, 0), 1_000)).brokers;
  } catch {
    return 0;
  }
}

async function pickPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await pickPort());
  return [...ports];
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
