/** The demo's load in a process of its own, so that it does not share the event loop with what measures it. */
import { SYSTEMS, type System } from "../model/system.ts";
import { startGrpcLoad } from "./grpc-load.ts";
import { startKafkaLoad } from "./kafka-load.ts";
import type { Load, StartLoad } from "./load.ts";
import { startNatsLoad } from "./nats-load.ts";

/** Parent to worker. */
export type LoadCommand =
  | { readonly type: "start"; readonly system: System; readonly address: string; readonly scale: number }
  | { readonly type: "producing"; readonly system: System; readonly on: boolean }
  | { readonly type: "stop" };

/** Worker to parent. */
export type LoadReport =
  | { readonly type: "running"; readonly system: System; readonly describe: readonly string[] }
  | { readonly type: "failed"; readonly system: System; readonly message: string }
  | { readonly type: "log"; readonly system: System; readonly line: string };

const STARTERS: Readonly<Record<System, StartLoad>> = {
  kafka: startKafkaLoad,
  nats: startNatsLoad,
  grpc: startGrpcLoad,
};

const loads = new Map<System, Load>();
const report = (message: LoadReport) => process.send?.(message);

async function obey(command: LoadCommand): Promise<void> {
  switch (command.type) {
    case "start": {
      const { system, address, scale } = command;
      try {
        const log = (line: string) => report({ type: "log", system, line });
        const load = await STARTERS[system]({ address, scale, log });
        loads.set(system, load);
        report({ type: "running", system, describe: load.describe });
      } catch (error) {
        report({ type: "failed", system, message: error instanceof Error ? error.message : String(error) });
      }
      return;
    }
    case "producing":
      loads.get(command.system)?.setProducing(command.on);
      return;
    case "stop":
      return leave();
  }
}

async function leave(): Promise<void> {
  // A broker that is gone cannot hold up the end.
  setTimeout(() => process.exit(0), 3_000).unref();
  await Promise.allSettled(SYSTEMS.map((system) => loads.get(system)?.stop()));
  process.exit(0);
}

process.on("message", (command) => void obey(command as LoadCommand));
// The parent is gone, however it went: nothing may be left behind.
process.on("disconnect", () => void leave());
// The terminal sends Ctrl-C to every process; the parent decides the order.
process.on("SIGINT", () => {});
