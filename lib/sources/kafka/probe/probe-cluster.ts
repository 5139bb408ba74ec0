import type { Clock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { addressText, type BrokerAddress, type KafkaCollectorOptions, parseAddress } from "../config.ts";
import { type Api, BrokerLink } from "../link/link.ts";
import { Cursor } from "../wire/cursor.ts";
import { errorName, failureCodeOf, KafkaError } from "../wire/error-codes.ts";
import { decodeListOffsets, EARLIEST, encodeListOffsets, LATEST } from "../wire/list-offsets.ts";
import { type ClusterMetadata, decodeMetadata, encodeMetadata } from "../wire/metadata.ts";
import { decodeCreateTopic, encodeCreateTopic } from "../wire/produce.ts";
import type { ProbeLane } from "./probe-conversation.ts";

const LIST_OFFSETS: Api = { key: 2, name: "ListOffsets", min: 7, max: 9 };
const METADATA: Api = { key: 3, name: "Metadata", min: 11, max: 12 };
const CREATE_TOPICS: Api = { key: 19, name: "CreateTopics", min: 7, max: 7 };
const TOPIC_EXISTS = 36;
/** Messages are read back within moments: the topic need not grow. */
const TOPIC_SETTINGS = {
  "retention.ms": "600000",
  "cleanup.policy": "delete",
  "compression.type": "producer",
};

export interface ProbeClusterOptions
  extends Pick<
    KafkaCollectorOptions,
    "brokers" | "clientId" | "tls" | "sasl" | "connectTimeoutMs" | "requestTimeoutMs"
  > {
  readonly topic: string;
  readonly clock: Clock;
}

/** The probe's own connections, and what it asks besides writing and reading. Rejections are CollectorErrors. */
export class ProbeCluster {
  readonly #options: ProbeClusterOptions;
  readonly #links = new Map<string, BrokerLink>();

  constructor(options: ProbeClusterOptions) {
    this.#options = options;
  }

  link(broker: BrokerAddress, role: "read" | "write"): BrokerLink {
    const key = `${role} ${addressText(broker)}`;
    let link = this.#links.get(key);
    if (!link) {
      const { clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs, clock } = this.#options;
      link = new BrokerLink(broker, {
        clientId: `${clientId}-probe`,
        tls,
        sasl,
        connectTimeoutMs,
        requestTimeoutMs,
        clock,
        onRequest: () => {},
        // Nobody's answers make a broker late here: how long it takes is what is looked for.
        peers: () => [],
      });
      this.#links.set(key, link);
    }
    return link;
  }

  /** From any broker that answers. */
  async metadata(): Promise<{ readonly link: BrokerLink; readonly metadata: ClusterMetadata }> {
    const ready = [...this.#links.values()].find((link) => link.ready);
    const ways = this.#options.brokers.map((broker) => this.link(parseAddress(broker), "write"));
    const link =
      ready ??
      (await Promise.any(ways.map((way) => way.open().then(() => way))).catch((error: AggregateError) => {
        throw error.errors[0];
      }));
    const { version, body } = await link.request(METADATA, encodeMetadata);
    return { link, metadata: decodeMetadata(new Cursor(body), version) };
  }

  async createTopic(link: BrokerLink, partitions: number): Promise<void> {
    const { topic, requestTimeoutMs } = this.#options;
    const { body } = await link.request(CREATE_TOPICS, () =>
      encodeCreateTopic(topic, partitions, TOPIC_SETTINGS, requestTimeoutMs),
    );
    const { error, message } = decodeCreateTopic(new Cursor(body));
    if (error === KafkaError.none || error === TOPIC_EXISTS) return;
    throw new CollectorError(
      failureCodeOf(error),
      `${link.address} did not create topic ${topic}: ${errorName(error)}${message && ` (${message})`}.`,
      "Allow CREATE on it, or create it by hand with one partition a broker.",
    );
  }

  /** Finds out where to read on from in lanes that only know at which end. */
  async place(link: BrokerLink, lanes: readonly ProbeLane[]): Promise<void> {
    for (const end of ["latest", "earliest"] as const) {
      const there = lanes.filter(({ next }) => next === end);
      if (there.length > 0) await this.#placeAt(end === "latest" ? LATEST : EARLIEST, link, there);
    }
  }

  async #placeAt(end: number, link: BrokerLink, lanes: readonly ProbeLane[]): Promise<void> {
    const { topic } = this.#options;
    const partitions = lanes.map(({ partition }) => partition);
    const { body } = await link.request(LIST_OFFSETS, (version) =>
      encodeListOffsets(version, end, [{ topic, partitions }]),
    );
    let refused = 0;
    decodeListOffsets(new Cursor(body), {
      topic: () => {},
      partition: (partition, offset, error) => {
        const lane = lanes.find((one) => one.partition === partition);
        if (error !== KafkaError.none) refused = error;
        else if (lane) lane.next = offset;
      },
    });
    if (lanes.every(({ next }) => typeof next === "number")) return;
    throw new CollectorError(
      failureCodeOf(refused),
      `${link.address} did not tell where ${topic} begins or ends: ${errorName(refused)}.`,
      "The probe needs DESCRIBE, READ and WRITE on its topic.",
    );
  }

  /** What is still opening is closed as well; may be called again for what opened later. */
  close(): void {
    for (const link of this.#links.values()) link.drop();
  }
}
