import { spawn } from "node:child_process";
import { findGoProgram, goTarget } from "../../../brokers/index.ts";
import { firstLine } from "./test-python-target.ts";
import type { ServingStatus } from "./ways/health/health-definition.ts";

/** Null where there is no Go: `describe.skipIf(goProgram === null)`. */
export const goProgram = await findGoProgram(goTarget);

export interface GoTargetSettings {
  readonly port?: number;
  /** Default true. Both `""` and `foreign.Quotes` are SERVING at first. */
  readonly health?: boolean;
  /** Default true: v1 and v1alpha. */
  readonly reflection?: boolean;
  /** Default true. */
  readonly channelz?: boolean;
  /** Ends each connection at about this age; calls that live on are cut off after the grace. Default 0: never. */
  readonly maxConnectionAgeMs?: number;
  readonly maxConnectionAgeGraceMs?: number;
}

/** A real server of grpc-go with its OpenTelemetry metrics, in a process of its own; what it serves is in foreign/go. */
export interface GoTarget {
  readonly address: string;
  /** URL of its metrics. */
  readonly metrics: string;
  readonly grpcVersion: string;
  setHealth(service: string, state: ServingStatus): void;
  /** Begins an orderly stop: GOAWAY at once, calls may finish. The process stays. */
  gracefulStop(): void;
  stop(): Promise<void>;
}

export async function startGoTarget(settings: GoTargetSettings = {}): Promise<GoTarget> {
  if (goProgram === null) throw new Error("There is no server of grpc-go; skip the test.");
  const given = { health: true, reflection: true, channelz: true, ...settings };
  const child = spawn(goProgram, [JSON.stringify(given)], { stdio: ["pipe", "pipe", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const said = await firstLine<{ port: number; metricsPort: number; grpc: string }>(child);
  const send = (command: object) => child.stdin.write(`${JSON.stringify(command)}\n`);
  return {
    address: `127.0.0.1:${said.port}`,
    metrics: `http://127.0.0.1:${said.metricsPort}/metrics`,
    grpcVersion: said.grpc,
    setHealth: (service, state) => send({ health: { [service]: state } }),
    gracefulStop: () => send({ gracefulStop: true }),
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
