/** A steady load on one system: producers, and consumers of which one is a little too slow. */
export interface Load {
  /** For people: what runs, one line a worker. */
  readonly describe: readonly string[];
  /** Producers on or off; consumers go on, so that a backlog drains while it is off. */
  setProducing(on: boolean): void;
  /** Messages sent and finished since the start, for the demo's own log. */
  counts(): { sent: number; finished: number };
  /** Stops every worker and closes every connection. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Kafka: `host:port`; NATS: `nats://host:port`; gRPC: `host:port`. */
  readonly address: string;
  readonly log: (line: string) => void;
  /** Scales every rate; 1 is the demo's. */
  readonly scale?: number;
}

/** Resolves when every worker runs. A worker survives the death and return of its broker. */
export type StartLoad = (options: LoadOptions) => Promise<Load>;
