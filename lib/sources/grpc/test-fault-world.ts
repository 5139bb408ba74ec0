/** Test only: processes with faults, and Streamside watching them as it does. */

import { cpuUsage } from "node:process";
import { beforeAll } from "vitest";
import { systemClock } from "../../async/clock.ts";
import { DEFAULT_LIMITS } from "../../derive/default-limits.fixture.ts";
import type { CallView } from "../../model/call.ts";
import { callsQuery } from "../../model/live.ts";
import { schedule } from "../../pipeline/scheduler.ts";
import type { Sample } from "../../sample/sample.ts";
import { Store } from "../../store/store.ts";
import { FedTable } from "../../store/test-store.ts";
import { viewCallPage } from "../../views/calls/call.ts";
import { viewCalls } from "../../views/calls/calls.ts";
import { createGrpcCollector } from "./index.ts";
import { createFaultProcesses, type FaultProcess, startMiddlebox } from "./test-fault-processes.ts";
import { until } from "./test-target.ts";
import { GRPC_WORDS } from "./words/words.ts";

export const INTERVAL_MS = 1_000;

type Start = Awaited<ReturnType<typeof createFaultProcesses>>;
/** What one test has started ends with it. */
type Finishing = (end: () => Promise<void> | void) => void;

/**
 * Processes that do as told, with Streamside watching them: what `test` gives for its end is what ends them. To be called
 * once in a file.
 */
export function faultWorld(): (atEnd: Finishing) => ReturnType<typeof worldOf> {
  let start: Start;
  beforeAll(async () => {
    start = await createFaultProcesses();
  });
  return (atEnd) => worldOf(start, atEnd);
}

function worldOf(start: Start, atEnd: Finishing) {
  const killed = async (started: Promise<FaultProcess>): Promise<FaultProcess> => {
    const process = await started;
    atEnd(() => process.kill());
    return process;
  };
  return {
    server: (...options: Parameters<typeof start.server>) => killed(start.server(...options)),
    client: (...addresses: string[]) => killed(start.client(...addresses)),
    watch: (target: string) => watch(target, atEnd),
    async middlebox(address: string) {
      const box = await startMiddlebox(address);
      atEnd(() => box.close());
      return box;
    },
  };
}

/** Streamside with one source, sampled as it always is. */
export function watch(target: string, atEnd: Finishing) {
  const store = new Store();
  const collector = createGrpcCollector({
    id: "src",
    target,
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
  });
  const table = new FedTable({
    identity: { id: "src", kind: "grpc", name: "Source" },
    address: target,
    intervalMs: INTERVAL_MS,
    words: GRPC_WORDS,
    usualLimits: DEFAULT_LIMITS.grpc,
  });
  store.add(table);
  const samples: Sample[] = [];
  const sampling = schedule({
    collector,
    intervalMs: INTERVAL_MS,
    timeoutMs: 5_000,
    clock: systemClock,
    cpuMs: () => cpuUsage().user / 1_000,
    random: Math.random,
    onSample(observation, cost) {
      table.accept(observation, cost);
      samples.push(observation);
    },
    onFailure: (failure) => table.fail(failure),
    onSkip: () => table.skip(),
  });
  atEnd(() => sampling.close());
  const calls = (query: object = {}) =>
    viewCalls(store.at(Date.now()), callsQuery.parse({ view: "calls", limit: 100, ...query }));
  return {
    store,
    table,
    samples,
    calls,
    page: (id: string) => viewCallPage(store.at(Date.now()), { view: "call", id, limit: 50, offset: 0 }),
    /** Live calls, once they fit. */
    untilCalls: (fit: (calls: readonly CallView[]) => boolean, withinMs?: number) =>
      until(() => calls().rows, fit, withinMs),
    untilEvent: (kind: string, title: RegExp) =>
      until(
        () => table.events.find((event) => event.kind === kind && title.test(event.title)),
        (event) => event !== undefined,
      ),
  };
}

export const steady = { everyMs: 20, size: 10_000 };
