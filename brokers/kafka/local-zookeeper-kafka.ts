import { mkdir, readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { LocalBroker } from "../broker.ts";
import { BrokerError } from "../broker-error.ts";
import { type LaunchOptions, type LaunchRecipe, launch, type Prepared } from "../local-broker.ts";
import { identify, isAlive } from "../processes.ts";
import type { RunDirectory } from "../run-directory.ts";
import { exchange } from "../tcp-exchange.ts";
import { askKafkaCluster } from "./kafka-probe.ts";
import { getKafkaToolchain, javaArgs, type KafkaToolchain } from "./kafka-toolchain.ts";
import { formatProperties, type LocalKafkaOptions, singleNodeProperties } from "./local-kafka.ts";

/** The last release before OffsetFetch could ask for many groups at once. */
const defaultVersion = "2.8.2";
const sessionTimeoutMs = 3_000;

/**
 * A Kafka of the time before KRaft with a ZooKeeper of its own, on free loopback ports: for tests. What can be done to
 * it (kill, pause, restart) is done to Kafka; ZooKeeper runs until `stop`. Each has its own run directory, so that both
 * are found and ended at the next start where this process is killed hard.
 */
export async function startLocalZookeeperKafka(
  o: Omit<LocalKafkaOptions, "heap"> = {},
): Promise<LocalBroker> {
  const options: LaunchOptions = { log: o.log ?? (() => undefined), signal: o.signal, env: process.env };
  const version = o.version ?? defaultVersion;
  const toolchain = await getKafkaToolchain({ ...options, version });
  const recipe = { system: "kafka", version, portCount: 1 } satisfies Partial<LaunchRecipe>;
  const zookeeper = await launch(
    {
      ...recipe,
      name: "ZooKeeper of Kafka",
      prepare: (run, ports) => prepareZookeeper(toolchain, run, ports),
    },
    options,
  );
  try {
    const kafka = await launch(
      {
        ...recipe,
        name: "Kafka",
        prepare: (run, ports) => prepareKafka(toolchain, run, ports, zookeeper.address, o.properties),
      },
      { ...options, port: o.port },
    );
    return tie(kafka, zookeeper);
  } catch (error) {
    await zookeeper.stop();
    throw error;
  }
}

/** One broker to the outside. The object is Kafka's own, as its `pid` changes with every restart. */
function tie(kafka: LocalBroker, zookeeper: LocalBroker): LocalBroker {
  const { stop, restart } = kafka;
  kafka.stop = async () => {
    // Killed: an orderly end takes seconds, and the data goes anyway.
    await Promise.all([kafka.kill(), zookeeper.kill()]);
    await Promise.all([stop(), zookeeper.stop()]);
  };
  kafka.restart = async () => {
    // A broker that finds itself registered by a session of old takes that for somebody else and ends.
    if (!isAlive(identify(kafka.pid))) await untilForgotten(zookeeper.address);
    return restart();
  };
  return kafka;
}

async function prepareZookeeper(
  toolchain: KafkaToolchain,
  run: RunDirectory,
  [port = 0]: number[],
): Promise<Prepared> {
  const data = run.file("zookeeper");
  const settings = run.file("zookeeper.properties");
  const properties = {
    dataDir: data,
    clientPort: String(port),
    clientPortAddress: "127.0.0.1",
    tickTime: "500",
    maxClientCnxns: "0",
    "admin.enableServer": "false",
    "4lw.commands.whitelist": "conf,mntr",
  };
  await writeFile(settings, formatProperties(properties));
  const main = "org.apache.zookeeper.server.ZooKeeperServerMain";
  const address = `127.0.0.1:${port}`;
  return {
    command: toolchain.java,
    args: [...javaArgs(toolchain, main, { heap: "64m", logLevel: "info" }), settings],
    address,
    bindFailure: /Address already in use/i,
    // By its data directory: not some other ZooKeeper that took the port first.
    ready: () =>
      ask(address, "conf", (answer) => answer.includes(`dataDir=${data}`) || undefined).catch(() => false),
  };
}

async function prepareKafka(
  toolchain: KafkaToolchain,
  run: RunDirectory,
  [port = 0]: number[],
  zookeeper: string,
  more: Record<string, string> | undefined,
): Promise<Prepared> {
  const data = run.file("data");
  await mkdir(data);
  const settings = run.file("server.properties");
  const properties = {
    "broker.id": "1",
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    "zookeeper.connect": zookeeper,
    "zookeeper.session.timeout.ms": String(sessionTimeoutMs),
    "controlled.shutdown.enable": "false", // there is nobody to hand over to
    ...singleNodeProperties(data),
    ...more,
  };
  await writeFile(settings, formatProperties(properties));
  return {
    command: toolchain.java,
    args: [...javaArgs(toolchain, "kafka.Kafka", { heap: "384m", logLevel: "info" }), settings],
    address: `127.0.0.1:${port}`,
    bindFailure: /Address already in use|failed to bind/i,
    async ready() {
      try {
        // It notes the cluster it belongs to when it starts for the first time.
        const [, ours] = /^cluster\.id=(.+)$/m.exec(await readFile(`${data}/meta.properties`, "utf8")) ?? [];
        const { clusterId, brokers } = await askKafkaCluster({ host: "127.0.0.1", port }, 1_000);
        return clusterId !== undefined && clusterId === ours && brokers > 0;
      } catch {
        return false;
      }
    },
  };
}

/** Resolves once ZooKeeper has no session of a broker any more. */
async function untilForgotten(zookeeper: string): Promise<void> {
  const deadline = Date.now() + 5 * sessionTimeoutMs;
  const entries = (answer: string) => /zk_ephemerals_count\s+(\d+)\n/.exec(answer)?.[1];
  while ((await ask(zookeeper, "mntr", entries)) !== "0") {
    if (Date.now() > deadline) {
      throw new BrokerError("start-failed", "ZooKeeper holds on to the session of a broker that is gone");
    }
    await delay(100);
  }
}

/** One of ZooKeeper's four-letter questions. */
function ask<T>(zookeeper: string, what: string, read: (answer: string) => T | undefined): Promise<T> {
  const [host = "", port] = zookeeper.split(":");
  return exchange(
    { host, port: Number(port) },
    {
      expected: "ZooKeeper",
      send: Buffer.from(what),
      timeoutMs: 1_000,
      read: (received) => read(received.toString("utf8")),
    },
  );
}
