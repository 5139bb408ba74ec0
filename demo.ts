import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { type Broker, type BrokerMissing, findKafka, findNats, reapLeftovers } from "./brokers/index.ts";
import { systemClock } from "./lib/async/clock.ts";
import { configWithoutSources, parseConfig, type StreamsideConfig } from "./lib/config/index.ts";
import { type DemoReady, type DemoReply, demoCommand } from "./lib/lab/demo-control.ts";
import { type GrpcProcess, startGrpcProcess } from "./lib/lab/grpc-process.ts";
import { startLoadProcess } from "./lib/lab/load-process.ts";
import type { System } from "./lib/model/system.ts";
import { unpackIncident } from "./lib/recording/pack.ts";
import { ListenError } from "./lib/runtime/listen-error.ts";
import type { Log } from "./lib/runtime/log.ts";
import type { UnavailableSource } from "./lib/runtime/sampling.ts";
import { onStopSignal } from "./lib/runtime/stop-signal.ts";
import { type Streamside, type StreamsideOptions, startStreamside } from "./lib/runtime/streamside.ts";
import type { ConfiguredSource } from "./lib/sources/definition.ts";
import { SOURCE_KINDS } from "./lib/sources/index.ts";

/** `npm run demo`: real brokers, a real load, and the dashboard over them. Stops exactly what it started. */
const program = new Command("demo")
  .option("--json-ready", "print one JSON line {url, pid, …} on standard output when ready")
  .option("--no-load", "start the brokers and the dashboard without any traffic")
  .parse();
const options = program.opts<{ jsonReady?: boolean; load: boolean }>();

const rootDir = fileURLToPath(new URL("..", import.meta.url));
const script = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));
const say = (line: string) => void process.stderr.write(`${line}\n`);
// Standard output belongs to the one JSON line; Next prints to it.
console.log = console.error;

type Found = Broker | BrokerMissing;
const started: { stop(): Promise<void> }[] = [];
const starting = new AbortController();
let streamside: Streamside | undefined;

onStopSignal(systemClock, async () => {
  say("Stopping what was started …");
  starting.abort();
  await streamside?.close();
  // The load first: clients that lose their broker would only complain.
  for (const part of started.reverse()) await part.stop();
  say("Stopped.");
});

try {
  await startDemo();
} catch (error) {
  if (!starting.signal.aborted) {
    say(`The demo could not start: ${error instanceof Error ? error.message : String(error)}`);
    await Promise.allSettled(started.map((part) => part.stop()));
    process.exit(1);
  }
}

async function startDemo(): Promise<void> {
  // Of a demo that was killed hard.
  await reapLeftovers(say);
  const find = { env: process.env, signal: starting.signal, composeFile: `${rootDir}docker-compose.yml` };
  const [kafka, nats, grpc] = await Promise.all([
    findKafka({ ...find, log: (line) => say(`Kafka: ${line}`) }).then(keep),
    findNats({ ...find, log: (line) => say(`NATS: ${line}`) }).then(keep),
    startGrpcProcess(script("grpc-worker")).then(keep),
  ]);
  for (const broker of [kafka, nats]) say(describe(broker));
  // Who names a broker wants to know what is wrong with that one.
  const isNamed = process.env.STREAMSIDE_KAFKA || process.env.STREAMSIDE_NATS;
  if (kafka.how === "missing" && nats.how === "missing" && !isNamed) return showRecorded([kafka, nats], grpc);
  say(`gRPC: the demo service is at ${grpc.address}`);

  const history = await keepHistory();
  streamside = await serve(demoConfig(kafka, nats, grpc, history), {
    unavailable: unavailable([kafka, nats]),
  });
  if (options.load) {
    const load = keep(startLoadProcess(script("load-worker"), say));
    if (kafka.how !== "missing") load.start("kafka", kafka.address);
    if (nats.how !== "missing") load.start("nats", nats.address);
    load.start("grpc", grpc.address);
    obeyParent({ kafka, nats, grpc }, (system, on) => load.setProducing(system, on));
  } else {
    obeyParent({ kafka, nats, grpc }, () => {});
  }
  announce(streamside.url, [kafka, nats], grpc);
}

/** Where no broker can be had there is nothing to watch: what happened to another demo is shown instead. */
async function showRecorded(brokers: readonly BrokerMissing[], grpc: GrpcProcess): Promise<void> {
  const folder = await keepHistory();
  const incident = await unpackIncident(join(rootDir, "demo", "incident.streamside"), folder);
  say(`Neither can be had here, so this shows what was recorded of a demo that had both: ${incident.name}.`);
  streamside = await serve(configWithoutSources(process.env), { recording: { folder, incident } });
  announce(streamside.url, brokers, grpc);
}

/** A folder for what is recorded, as long as the demo runs: the next one has other brokers. */
async function keepHistory(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "streamside-demo-"));
  keep({ stop: () => rm(folder, { recursive: true, force: true }) });
  return folder;
}

/** Remembers what has to be stopped, from the moment it exists. */
function keep<T extends object>(part: T): T {
  if ("stop" in part && typeof part.stop === "function") started.push(part as T & { stop(): Promise<void> });
  return part;
}

async function serve(
  config: StreamsideConfig<ConfiguredSource>,
  what: Pick<StreamsideOptions, "unavailable" | "recording">,
): Promise<Streamside> {
  const log: Log = {
    info: (message, fields) => say(`${fields?.source ?? "streamside"}: ${message}`),
    warn: (message, fields) => say(`${fields?.source ?? "streamside"}: ${message}`),
    error: (message, fields) => say(`${fields?.source ?? "streamside"}: ${message} ${fields?.error ?? ""}`),
  };
  try {
    return await startStreamside({ config, ...what, rootDir, log, clock: systemClock });
  } catch (error) {
    if (!(error instanceof ListenError) || error.code !== "PORT_TAKEN") throw error;
    say(`Port ${config.port} is taken; a free one is used instead.`);
    return startStreamside({
      config: { ...config, port: 0 },
      ...what,
      rootDir,
      log,
      clock: systemClock,
    });
  }
}

/** The configuration a user would write for these brokers. */
function demoConfig(
  kafka: Found,
  nats: Found,
  grpc: GrpcProcess,
  history: string,
): StreamsideConfig<ConfiguredSource> {
  const sources: object[] = [{ id: "demo-grpc", kind: "grpc", name: "grpc/demo", target: grpc.address }];
  if (kafka.how !== "missing") {
    sources.push({ id: "demo-kafka", kind: "kafka", name: "kafka/demo", brokers: kafka.address.split(",") });
  }
  if (nats.how !== "missing") {
    sources.push({
      id: "demo-nats",
      kind: "nats",
      name: "nats/demo",
      servers: nats.address.split(","),
      ...(nats.monitoring !== undefined && { monitoring: nats.monitoring }),
    });
  }
  return parseConfig(JSON.stringify({ sources, history: { dir: history } }), {
    kinds: SOURCE_KINDS,
    path: "the demo's configuration",
    env: process.env,
  });
}

function unavailable(brokers: readonly Found[]): UnavailableSource[] {
  return brokers.flatMap((broker) =>
    broker.how === "missing"
      ? [
          {
            identity: { id: `demo-${broker.system}`, kind: broker.system, name: `${broker.system}/demo` },
            reason: broker.reason,
            hint: broker.install,
          },
        ]
      : [],
  );
}

function describe(broker: Found): string {
  return broker.how === "missing"
    ? `${broker.system === "kafka" ? "Kafka" : "NATS"} is missing: ${broker.reason}. ${broker.install}.`
    : broker.describe;
}

function announce(url: string, brokers: readonly Found[], grpc: GrpcProcess): void {
  say(`\nStreamside is at ${url}\nCtrl-C stops it and everything it started.\n`);
  if (options.jsonReady !== true) return;
  const ready: DemoReady = {
    url,
    pid: process.pid,
    systems: [
      ...brokers.map((broker) => ({
        system: broker.system,
        how: broker.how,
        address: broker.how === "missing" ? null : broker.address,
      })),
      { system: "grpc", how: "local", address: grpc.address },
    ],
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

/** Lets a test that started the demo stop traffic, kill a broker and bring it back. */
function obeyParent(
  systems: { readonly kafka: Found; readonly nats: Found; readonly grpc: GrpcProcess },
  setProducing: (system: System, on: boolean) => void,
): void {
  process.on("message", async (message) => {
    const parsed = demoCommand.safeParse(message);
    if (!parsed.success) return;
    const command = parsed.data;
    const part = systems[command.system];
    let error: string | null = null;
    try {
      if (command.do === "producing") setProducing(command.system, command.on);
      else {
        const action = command.do === "kill" ? "kill" : "restart";
        const act = action in part ? (part as Partial<GrpcProcess>)[action] : undefined;
        if (act === undefined) throw new Error(`${command.system} was not started by this demo.`);
        await act.call(part);
      }
    } catch (failure) {
      error = failure instanceof Error ? failure.message : String(failure);
    }
    process.send?.({ id: command.id, error } satisfies DemoReply);
  });
}
