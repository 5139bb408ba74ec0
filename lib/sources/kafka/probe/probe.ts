import { randomBytes } from "node:crypto";
import { pause } from "../../../async/pause.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { startOpenLoop } from "../../probe/open-loop.ts";
import { ProbeBook, type ProbeReading } from "../../probe/probe-book.ts";
import type { ProbeState, ProbeWords } from "../../probe/probe-report.ts";
import type { Probe } from "../../probe/with-probe.ts";
import type { BrokerAddress } from "../config.ts";
import type { BrokerLink } from "../link/link.ts";
import { ProbeCluster, type ProbeClusterOptions } from "./probe-cluster.ts";
import { ProbeConversation, type ProbeLane } from "./probe-conversation.ts";

const RETRY_MS = 1000;
const WINDOW_MS = 15 * 60_000;

export interface KafkaProbeOptions extends ProbeClusterOptions {
  readonly intervalMs: number;
  readonly deadlineMs: number;
  readonly lostAfterMs: number;
}

/**
 * Sends a small message every interval through a topic of its own and takes the time until it can be read: the only
 * part of Streamside that writes to a cluster, and only where it was asked to. Open loop: messages are due by the clock,
 * whether those before them were answered or not.
 */
export class KafkaProbe implements Probe {
  readonly #options: KafkaProbeOptions;
  readonly #book: ProbeBook;
  readonly #runId = randomBytes(6).toString("hex");
  readonly #cluster: ProbeCluster;
  /** One a leader, by the connection it writes on. */
  readonly #conversations = new Map<BrokerLink, ProbeConversation>();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #lanes: ProbeLane[] = [];
  #failure: CollectorError | null = null;
  #endLoop: (() => void) | null = null;
  #turn = 0;

  constructor(options: KafkaProbeOptions) {
    this.#options = options;
    this.#cluster = new ProbeCluster(options);
    this.#book = new ProbeBook({ ...options, windowMs: WINDOW_MS });
    this.#running = this.#run();
  }

  /** Why no message gets through, or only some; null while all is well. */
  get failure(): CollectorError | null {
    return this.#failure;
  }

  reading(): ProbeReading {
    return this.#book.reading(this.#options.clock.elapsed());
  }

  state(): ProbeState {
    const { topic, deadlineMs } = this.#options;
    return { words: probeWords(topic), deadlineMs, reading: this.reading(), failure: this.#failure };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#endLoop?.();
    this.#cluster.close();
    await this.#running;
    this.#cluster.close(); // what was opening meanwhile
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        if (this.#lanes.length === 0 || this.#lanes.some(({ active }) => !active)) {
          await this.#arrange();
        }
      } catch (error) {
        this.#failure = asFailure(error);
      }
      if (!this.#closed) await this.#pause();
    }
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Ends early only when the probe is closed: a broker is tried once a second. */
  #pause(): Promise<void> {
    return pause(this.#options.clock, RETRY_MS, this.#closing.signal).catch(() => {});
  }

  /** Finds the leaders of the partitions nobody talks to the leader of, and talks to them. */
  async #arrange(): Promise<void> {
    if (this.#closed) return;
    const { topic } = this.#options;
    const { link, metadata } = await this.#cluster.metadata();
    const leaders = metadata.topics.find(({ name }) => name === topic)?.leaders;
    if (!leaders) {
      await this.#cluster.createTopic(link, metadata.brokers.length);
      await this.#pause(); // until the brokers know of it
      return this.#arrange();
    }
    this.#lanes = this.#lanes.filter(({ partition, active }) => active || partition < leaders.length);
    for (let partition = this.#lanes.length; partition < leaders.length; partition++) {
      this.#lanes.push({ partition, next: "latest", queue: [], active: false });
    }
    const byLeader = new Map<number, ProbeLane[]>();
    for (const lane of this.#lanes) {
      if (lane.active) continue;
      const leader = leaders[lane.partition] ?? -1;
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), lane]);
    }
    const failures: unknown[] = [];
    const starting = [...byLeader].map(async ([node, lanes]) => {
      const broker = metadata.brokers.find((one) => one.node === node);
      if (!broker) throw leaderless(topic, lanes);
      await this.#talk(broker, lanes);
    });
    for (const result of await Promise.allSettled(starting)) {
      if (result.status === "rejected") failures.push(result.reason);
    }
    if (failures.length > 0) throw failures[0];
  }

  async #talk(broker: BrokerAddress, lanes: readonly ProbeLane[]): Promise<void> {
    const { topic, requestTimeoutMs, clock } = this.#options;
    const write = this.#cluster.link(broker, "write");
    const read = this.#cluster.link(broker, "read");
    await write.open();
    await read.open();
    await this.#cluster.place(read, lanes);
    if (this.#closed) return;
    const running = this.#conversations.get(write);
    if (running) return running.add(lanes);
    const conversation = new ProbeConversation({
      topic,
      runId: this.#runId,
      book: this.#book,
      write,
      read,
      requestTimeoutMs,
      clock,
      onAlive: () => {
        this.#failure = null;
      },
    });
    conversation.add(lanes);
    this.#conversations.set(write, conversation);
    if (this.#endLoop === null) this.#begin();
    conversation.run().catch((error: unknown) => {
      this.#conversations.delete(write);
      conversation.end();
      // Whichever of the two broke: neither may go on beside the next conversation.
      write.abandon(asFailure(error));
      read.abandon(asFailure(error));
      this.#failure = asFailure(error);
    });
  }

  #begin(): void {
    this.#endLoop = startOpenLoop({
      intervalMs: this.#options.intervalMs,
      clock: this.#options.clock,
      plan: (dueAt) => {
        const lane = this.#lanes[this.#turn++ % this.#lanes.length]!;
        lane.queue.push(this.#book.plan(dueAt, lane.partition));
        // What was given up is not sent any more.
        while (!this.#book.isOutstanding(lane.queue[0]!)) lane.queue.shift();
      },
      send: () => {
        for (const conversation of this.#conversations.values()) conversation.poke();
      },
    });
  }
}

function probeWords(topic: string): ProbeWords {
  return {
    over: topic,
    times: "End to end",
    timesTitle: `From when a message was due to be written to ${topic} until it could be read`,
    sent: "Probe messages",
    lostTitle: "stored and not there, or given up",
    gauges: "streamside_kafka_probe",
  };
}

function asFailure(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  return new CollectorError("INTERNAL", `The probe failed: ${error}`, "Please report it.", { cause: error });
}

function leaderless(topic: string, lanes: readonly ProbeLane[]): CollectorError {
  const partitions = lanes.map(({ partition }) => partition).join(", ");
  return new CollectorError(
    "ANSWERED_ERROR",
    `Nobody leads ${topic}/${partitions} now.`,
    "Is a broker of the cluster down?",
  );
}
