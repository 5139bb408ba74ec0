import { setTimeout as delay } from "node:timers/promises";
import type { Broker, BrokerMissing, FindOptions, LocalBroker } from "./broker.ts";
import { BrokerError, type BrokerSystem, messageOf, throwIfAborted } from "./broker-error.ts";
import { composeUp } from "./docker.ts";
import type { Environment } from "./environment.ts";
import { askKafkaVersions } from "./kafka/kafka-probe.ts";
import { installJava } from "./kafka/kafka-toolchain.ts";
import { launchKafka } from "./kafka/local-kafka.ts";
import type { LaunchOptions } from "./local-broker.ts";
import { launchNats } from "./nats/local-nats.ts";
import { askNatsInfo, findMonitoring, parseNatsAddress } from "./nats/nats-probe.ts";
import { installNats } from "./nats/nats-toolchain.ts";
import { withElapsed } from "./progress.ts";
import { type RunCommand, runCommand } from "./run-command.ts";
import { reapLeftovers } from "./run-directory.ts";
import { parseEndpoint } from "./tcp-exchange.ts";

const environmentTimeoutMs = 5_000;
const dockerReadyMs = 90_000;

/** What was learnt from a broker that answered. */
export interface Found {
  version?: string;
  monitoring?: string;
}

/** What differs between the systems; the order of the search does not. */
export interface SystemSearch {
  system: BrokerSystem;
  name: string;
  variable: "STREAMSIDE_KAFKA" | "STREAMSIDE_NATS";
  dockerAddress: string;
  install: string;
  run: RunCommand;
  /** One server of the address. Throws a BrokerError saying why not. */
  probe(server: string, timeoutMs: number): Promise<Found>;
  launch(o: LaunchOptions): Promise<LocalBroker>;
}

/** Kafka from the environment, docker compose or the local toolchain: the first that works. */
export function findKafka(o: FindOptions): Promise<Broker | BrokerMissing> {
  return findBroker(o, {
    system: "kafka",
    name: "Kafka",
    variable: "STREAMSIDE_KAFKA",
    dockerAddress: "127.0.0.1:9092",
    install: installJava,
    run: runCommand,
    async probe(server, timeoutMs) {
      await askKafkaVersions(parseEndpoint(server, 9092), timeoutMs);
      return {};
    },
    launch: (launch) => launchKafka({ ...launch, preferredPorts: [9092] }),
  });
}

/** NATS, likewise. */
export function findNats(o: FindOptions): Promise<Broker | BrokerMissing> {
  return findBroker(o, {
    system: "nats",
    name: "NATS",
    variable: "STREAMSIDE_NATS",
    dockerAddress: "nats://127.0.0.1:4222",
    install: installNats,
    run: runCommand,
    async probe(server, timeoutMs) {
      const at = parseNatsAddress(server);
      const info = await askNatsInfo(at, timeoutMs);
      const monitoring = await findMonitoring(at, info.serverId);
      return monitoring === undefined ? { version: info.version } : { version: info.version, monitoring };
    },
    launch: (launch) => launchNats({ ...launch, preferredPorts: [4222, 8222] }),
  });
}

export async function findBroker(o: FindOptions, s: SystemSearch): Promise<Broker | BrokerMissing> {
  throwIfAborted(o.signal);
  const env = o.env ?? process.env;
  await reapLeftovers(o.log, env);
  const address = env[s.variable]?.trim();
  if (address) return fromEnvironment(s, address, o);

  const tried = [`${s.variable} is not set`];
  const docker = await fromDocker(s, o, env);
  if (typeof docker !== "string") return docker;
  tried.push(`docker compose: ${docker}`);
  try {
    return await s.launch({ env, log: o.log, signal: o.signal });
  } catch (error) {
    if (error instanceof BrokerError && error.code === "aborted") throw error;
    const reason = messageOf(error);
    tried.push(`local toolchain: ${reason}`);
    const install = (error instanceof BrokerError && error.install) || s.install;
    return missing(s, reason, tried, `${install}, or start Docker, or set ${s.variable} to a running broker`);
  }
}

/** Someone who names an address means that one, so nothing else is started in its place. */
async function fromEnvironment(
  s: SystemSearch,
  address: string,
  o: FindOptions,
): Promise<Broker | BrokerMissing> {
  const servers = address.split(",").filter((server) => server.trim() !== "");
  try {
    const found = await Promise.any(servers.map((server) => s.probe(server, environmentTimeoutMs)));
    const broker = describeFound(s, "environment", address, found, async () => undefined);
    o.log(broker.describe);
    return broker;
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors : [error];
    const reason = `${s.variable} is set, but ${reasons.map(messageOf).join("; ") || "names no address"}`;
    return missing(
      s,
      reason,
      [reason],
      `Correct ${s.variable}, start that broker, or unset it to let Streamside start one`,
    );
  }
}

/** The broker, or why docker is no way to have one. */
async function fromDocker(s: SystemSearch, o: FindOptions, env: Environment): Promise<Broker | string> {
  const { composeFile, log, signal } = o;
  const answer = await composeUp({ composeFile, service: s.system, env, log, signal, run: s.run });
  if (answer.kind === "unavailable") return answer.reason;
  try {
    const found = await withElapsed(log, `Waiting for ${s.name} in its container`, () =>
      untilAnswers(s, signal),
    );
    const broker = describeFound(s, "docker", s.dockerAddress, found, answer.stop);
    log(broker.describe);
    return broker;
  } catch (error) {
    await answer.stop();
    if (error instanceof BrokerError && error.code === "not-answering") return error.message;
    throw error;
  }
}

async function untilAnswers(s: SystemSearch, signal: AbortSignal | undefined): Promise<Found> {
  const deadline = Date.now() + dockerReadyMs;
  for (;;) {
    throwIfAborted(signal);
    try {
      return await s.probe(s.dockerAddress, 1_000);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(100);
    }
  }
}

function describeFound(
  s: SystemSearch,
  how: "environment" | "docker",
  address: string,
  found: Found,
  stop: () => Promise<void>,
): Broker {
  const name = found.version === undefined ? s.name : `${s.name} ${found.version}`;
  const origin = how === "docker" ? "in docker compose" : `from ${s.variable}`;
  const shown = address.replace(/(^|,\s*)(?:\w+:\/\/)?(?:[^,]*@)?/g, "$1");
  return { system: s.system, how, address, ...found, describe: `${name}, ${origin}, at ${shown}`, stop };
}

function missing(s: SystemSearch, reason: string, tried: string[], install: string): BrokerMissing {
  return { system: s.system, how: "missing", reason, tried, install };
}
