import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import type { LocalBroker, Progress } from "../broker.ts";
import { BrokerError } from "../broker-error.ts";
import { type LaunchOptions, type LaunchRecipe, launch, type Prepared } from "../local-broker.ts";
import { lastLines, runCommand } from "../run-command.ts";
import type { RunDirectory } from "../run-directory.ts";
import { askKafkaCluster } from "./kafka-probe.ts";
import { defaultKafkaVersion, getKafkaToolchain, javaArgs, type KafkaToolchain } from "./kafka-toolchain.ts";

export interface LocalKafkaOptions {
  log?: Progress;
  signal?: AbortSignal;
  /** A KRaft version, fetched on first use. */
  version?: string;
  /** Laid over the settings below. */
  properties?: Record<string, string>;
  port?: number;
  /** As operators run it: the JVM's full compiler, and a heap of this size (`2g`). For measuring what asking costs. */
  heap?: string;
}

/** A single-node Kafka of one's own on free loopback ports with a fresh data directory: for tests. */
export function startLocalKafka(o: LocalKafkaOptions = {}): Promise<LocalBroker> {
  return launchKafka({ ...o, log: o.log ?? (() => undefined), env: process.env });
}

export async function launchKafka(
  o: LaunchOptions & Pick<LocalKafkaOptions, "version" | "properties" | "heap">,
): Promise<LocalBroker> {
  const toolchain = await getKafkaToolchain({ ...o, version: o.version ?? defaultKafkaVersion });
  const recipe: LaunchRecipe = {
    system: "kafka",
    name: "Kafka",
    version: toolchain.version,
    portCount: 2,
    prepare: (run, ports) => prepareKafka(toolchain, run, ports, { ...o, longRunning: o.heap !== undefined }),
  };
  return launch(recipe, o);
}

/** Never with a leading dash, which Kafka's tool would take for an option. */
export function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes[0]! &= 0x7f;
  return bytes.toString("base64url");
}

/** Settings and a formatted data directory for one node, and how to run it. */
export async function prepareKafka(
  toolchain: KafkaToolchain,
  run: RunDirectory,
  [port = 0, controllerPort = 0]: number[],
  o: Pick<LaunchOptions, "env" | "signal"> &
    Pick<LocalKafkaOptions, "properties" | "heap"> & { clusterId?: string; longRunning?: boolean },
): Promise<Prepared> {
  const clusterId = o.clusterId ?? newClusterId();
  const settings = run.file("server.properties");
  const data = run.file("data");
  await mkdir(data);
  const properties = { ...kafkaProperties(port, controllerPort, data), ...o.properties };
  await writeFile(settings, formatProperties(properties));
  const format = ["format", "-t", clusterId, "-c", settings];
  const storage = javaArgs(toolchain, "kafka.tools.StorageTool", { heap: "128m", logLevel: "warn" });
  const formatted = await runCommand(toolchain.java, [...storage, ...format], {
    env: o.env,
    signal: o.signal,
  });
  if (formatted.code !== 0) {
    const output = lastLines(formatted.stdout + formatted.stderr);
    throw new BrokerError("start-failed", `Kafka could not prepare its data directory:\n${output}`);
  }
  return {
    command: toolchain.java,
    args: [
      ...javaArgs(toolchain, "kafka.Kafka", {
        heap: o.heap ?? "384m",
        logLevel: "info",
        longRunning: o.longRunning,
      }),
      settings,
    ],
    address: `127.0.0.1:${port}`,
    bindFailure: /Address already in use|failed to bind/i,
    async ready() {
      try {
        const cluster = await askKafkaCluster({ host: "127.0.0.1", port }, 1_000);
        return cluster.clusterId === clusterId && cluster.brokers > 0; // not some other Kafka that took the port first
      } catch {
        return false;
      }
    },
  };
}

/** One broker that is its own controller, on loopback only, small enough to sit beside a build. */
function kafkaProperties(port: number, controllerPort: number, data: string): Record<string, string> {
  return {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    // After a kill the broker may register again only once its old session is over (9 s by default).
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    ...singleNodeProperties(data),
  };
}

/** What holds for a node that is all by itself, whoever keeps its metadata. */
export function singleNodeProperties(data: string): Record<string, string> {
  return {
    "log.dirs": data,
    // One node can only keep one copy.
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    // Few internal partitions: the first group finds its coordinator at once.
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    // A demo left running overnight must not fill the disk.
    "log.retention.ms": "3600000",
    "log.retention.bytes": "268435456",
    "log.segment.bytes": "67108864",
    "log.retention.check.interval.ms": "30000",
    // The default of 128 MB is taken from the heap at start.
    "log.cleaner.dedupe.buffer.size": "16777216",
  };
}

export function formatProperties(properties: Record<string, string>): string {
  // A properties file takes a backslash for an escape.
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value.replaceAll("\\", "\\\\")}\n`)
    .join("");
}
