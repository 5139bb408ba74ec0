import type { BrokerSystem } from "./broker-error.ts";
import type { Environment } from "./environment.ts";

export type { BrokerSystem };

/** Receives one human line at a time: what is being done, and that it is still going on. */
export type Progress = (line: string) => void;

/** A running broker, and how far this process may go with it. */
export interface Broker {
  system: BrokerSystem;
  how: "environment" | "docker" | "local";
  /** Kafka: bootstrap `host:port[,host:port]`. NATS: a URL its client accepts. */
  address: string;
  /** NATS: base URL of the monitoring endpoint, when it is known to belong to this very server. */
  monitoring?: string;
  version?: string;
  /** Local only: the process now running (changes with `restart`). */
  pid?: number;
  /** One line for people, e.g. "Kafka 4.3.1, started from the local toolchain, at 127.0.0.1:9092". Never holds credentials. */
  describe: string;
  /** Stops exactly what was started (nothing for the environment) and resolves once it is gone. Safe to repeat. */
  stop(): Promise<void>;
  kill?(): Promise<void>;
  restart?(): Promise<void>;
  pause?(): Promise<void>;
  resume?(): Promise<void>;
}

/** A broker this process started: it can also be made to fail. */
export interface LocalBroker extends Broker {
  how: "local";
  version: string;
  pid: number;
  /** SIGKILL; resolves once it is gone. Data and port are kept for `restart`. */
  kill(): Promise<void>;
  /** Runs again on the same port and data, stopping it first where it still runs; resolves once it answers. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing replies, from when it resolves. */
  pause(): Promise<void>;
  /** SIGCONT; resolves once it runs again. */
  resume(): Promise<void>;
}

/** Why there is no broker, what was tried in order, and what a person can install or set. */
export interface BrokerMissing {
  system: BrokerSystem;
  how: "missing";
  reason: string;
  tried: string[];
  install: string;
}

export interface FindOptions {
  env?: Environment;
  log: Progress;
  /** Ends the search or the start; a broker already handed out is not affected. */
  signal?: AbortSignal;
  /** Without it docker compose is not considered. */
  composeFile?: string;
}
