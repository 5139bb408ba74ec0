import { setTimeout as delay } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { WORKERS, type Worker } from "./grpc-clients.ts";
import { controlDefinition } from "./grpc-demo-definition.ts";
import { invoke } from "./grpc-invoke.ts";
import type { Load, LoadOptions, StartLoad } from "./load.ts";

const READY_TIMEOUT_MS = 10_000;
const RETRY_MS = 1_000;

/**
 * Six clients of the demo's market, each on its own channel: `slow-dashboard` reads a little too slowly, and one of the two
 * watches of `desk` stops reading now and then.
 */
export const startGrpcLoad: StartLoad = async ({ address, log, scale = 1 }: LoadOptions): Promise<Load> => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const counts = { sent: 0, finished: 0 };
  const failing = new Set<string>();
  let producing = true;

  const clients = WORKERS.map(({ name }) => connectAs(name, address));
  const control = connectAs("load-control", address);
  const tellProducing = () => invoke(control, controlDefinition.SetProducing, { on: producing });

  const report = (worker: string, error: unknown) => {
    const before = failing.size;
    if (error) failing.add(worker);
    else failing.delete(worker);
    if (before === 0 && failing.size > 0) {
      log(`gRPC load: lost ${address}: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (before > 0 && failing.size === 0) log(`gRPC load: ${address} is back`);
  };

  const keepRunning = async (worker: Worker, client: Client) => {
    while (!signal.aborted) {
      try {
        // A service that was replaced does not know that nothing is to be written.
        await tellProducing();
        if (signal.aborted) return;
        report(worker.name, null);
        await worker.run({ client, signal, isProducing: () => producing, scale, counts });
      } catch (error) {
        if (signal.aborted) return;
        report(worker.name, error);
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  };

  let running: Promise<unknown> = Promise.resolve();
  const stop = async () => {
    stopping.abort();
    for (const client of [...clients, control]) client.close();
    await running;
  };
  try {
    await Promise.all([...clients, control].map(untilReady));
  } catch (error) {
    await stop();
    throw error;
  }
  running = Promise.all(WORKERS.map((worker, index) => keepRunning(worker, clients[index]!)));
  return {
    describe: WORKERS.map((worker) => `${worker.name} ${worker.describe(scale)}`),
    setProducing(on) {
      producing = on;
      // When it does not arrive the service is away, and is told when it is back.
      tellProducing().catch(() => {});
    },
    counts: () => ({ ...counts }),
    stop,
  };
};

function connectAs(name: string, address: string): Client {
  return new Client(address, credentials.createInsecure(), {
    "grpc.primary_user_agent": name,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_http_proxy": 0,
    "grpc.initial_reconnect_backoff_ms": RETRY_MS,
    "grpc.max_reconnect_backoff_ms": RETRY_MS,
  });
}

function untilReady(client: Client): Promise<void> {
  return new Promise((resolve, reject) =>
    client.waitForReady(Date.now() + READY_TIMEOUT_MS, (error) => (error ? reject(error) : resolve())),
  );
}
