import type { Clock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { addressText, type BrokerAddress, type KafkaCollectorOptions, parseAddress } from "../config.ts";
import { type ApiVersions, decodeQuorumLeader, encodeDescribeQuorum } from "../wire/cluster.ts";
import { Cursor, WireError } from "../wire/cursor.ts";
import {
  type DescribedGroup,
  decodeConsumerGroupDescribe,
  decodeDescribeGroups,
  encodeDescribe,
  encodeListGroups,
} from "../wire/groups.ts";
import { encodeListOffsets, type TopicPartitions } from "../wire/list-offsets.ts";
import { decodeMetadata, encodeMetadata, type TopicsWanted } from "../wire/metadata.ts";
import { encodeOffsetFetch } from "../wire/offset-fetch.ts";
import { decodeShareGroupDescribe, encodeShareOffsets } from "../wire/share-groups.ts";
import { decodeStreamsGroupDescribe } from "../wire/streams-groups.ts";
import { type Answer, type Api, BrokerLink, type LinkSettings } from "./link.ts";
import { firstAnswer } from "./reach.ts";

const LIST_OFFSETS: Api = { key: 2, name: "ListOffsets", min: 7, max: 10 };
const METADATA: Api = { key: 3, name: "Metadata", min: 9, max: 13 };
/** Version 10 names topics by id. */
export const OFFSET_FETCH: Api = { key: 9, name: "OffsetFetch", min: 8, max: 9 };
const LIST_GROUPS: Api = { key: 16, name: "ListGroups", min: 4, max: 5 };
const DESCRIBE_QUORUM: Api = { key: 55, name: "DescribeQuorum", min: 0, max: 2 };
const DESCRIBE_SHARE_OFFSETS: Api = { key: 90, name: "DescribeShareGroupOffsets", min: 0, max: 1 };

interface GroupDescription {
  readonly api: Api;
  readonly decode: (cursor: Cursor, version: number) => DescribedGroup[];
}

/** Who describes a group is a matter of its type: each request takes the groups of others for dead. */
const DESCRIPTIONS = {
  classic: { api: { key: 15, name: "DescribeGroups", min: 5, max: 6 }, decode: decodeDescribeGroups },
  consumer: {
    api: { key: 69, name: "ConsumerGroupDescribe", min: 0, max: 1 },
    decode: decodeConsumerGroupDescribe,
  },
  share: { api: { key: 77, name: "ShareGroupDescribe", min: 1, max: 1 }, decode: decodeShareGroupDescribe },
  streams: {
    api: { key: 89, name: "StreamsGroupDescribe", min: 0, max: 0 },
    decode: decodeStreamsGroupDescribe,
  },
} satisfies Record<string, GroupDescription>;

export type GroupType = keyof typeof DESCRIPTIONS;
export const GROUP_TYPES = Object.keys(DESCRIPTIONS) as GroupType[];

export type { Answer };
export { BrokerLink };

/** Everything that is asked of a cluster. All of it only reads. Rejections are CollectorErrors. */
export class KafkaClient {
  /** Requests sent since the start. */
  requests = 0;
  readonly #settings: LinkSettings;
  readonly #bootstrap: readonly BrokerAddress[];
  readonly #links = new Map<string, BrokerLink>();
  #configuredNext = false;

  constructor(options: KafkaCollectorOptions, clock: Clock) {
    this.#bootstrap = options.brokers.map(parseAddress);
    this.#settings = {
      clientId: options.clientId,
      tls: options.tls,
      sasl: options.sasl,
      connectTimeoutMs: options.connectTimeoutMs,
      requestTimeoutMs: options.requestTimeoutMs,
      clock,
      onRequest: () => {
        this.requests++;
      },
      peers: () => this.#links.values(),
    };
  }

  link(broker: BrokerAddress): BrokerLink {
    const address = addressText(broker);
    let link = this.#links.get(address);
    if (!link) {
      link = new BrokerLink(broker, this.#settings);
      this.#links.set(address, link);
    }
    return link;
  }

  /** From whichever broker answers. Where no known one is connected, they and the configured addresses are tried in turn. */
  async metadata(
    current: readonly BrokerLink[],
    topics: TopicsWanted,
  ): Promise<{ readonly link: BrokerLink; readonly answer: Answer }> {
    let ready = current.filter((link) => link.ready);
    if (ready.length === 0) {
      const ways = this.#waysIn(current);
      await Promise.any(ways.map((link) => link.open())).catch(() => {});
      ready = ways.filter((link) => link.ready);
      if (ready.length === 0) throw combinedFailure(ways.flatMap((link) => link.failure ?? []));
    }
    const ask = (link: BrokerLink) => link.request(METADATA, (version) => encodeMetadata(version, topics));
    return firstAnswer(this.#settings.clock, ready, ask).catch((failures) => {
      throw combinedFailure(failures);
    });
  }

  /**
   * A configured address may be another name of a broker that is known by the one it advertises: tried together, they
   * would be two attempts at a time.
   */
  #waysIn(current: readonly BrokerLink[]): readonly BrokerLink[] {
    const configured = this.#bootstrap.map((broker) => this.link(broker));
    if (current.length === 0) return configured;
    if (configured.every((link) => current.includes(link))) return current;
    this.#configuredNext = !this.#configuredNext;
    return this.#configuredNext ? configured : current;
  }

  /** The active controller's node, -1 while there is none; null where it is not told. */
  async controller(link: BrokerLink): Promise<number | null> {
    if (link.versionOf(DESCRIBE_QUORUM) === null) {
      const { version, body } = await link.request(METADATA, (version) => encodeMetadata(version, []));
      const { controller } = this.read(link, () => decodeMetadata(new Cursor(body), version));
      return controller; // the brokers of ZooKeeper know it
    }
    const { version, body } = await link.request(DESCRIBE_QUORUM, encodeDescribeQuorum);
    return this.read(link, () => decodeQuorumLeader(new Cursor(body), version));
  }

  listGroups(link: BrokerLink): Promise<Answer> {
    return link.request(LIST_GROUPS, encodeListGroups);
  }

  offsetFetch(link: BrokerLink, encode: (version: number) => Buffer): Promise<Answer> {
    return link.request(OFFSET_FETCH, encode);
  }

  listOffsets(link: BrokerLink, encode: (version: number) => Buffer): Promise<Answer> {
    return link.request(LIST_OFFSETS, encode);
  }

  /** Members of groups of one type; none from a broker that lists such groups and cannot describe them. */
  async describe(link: BrokerLink, type: GroupType, groups: readonly string[]): Promise<DescribedGroup[]> {
    const { api, decode }: GroupDescription = DESCRIPTIONS[type];
    if (link.versionOf(api) === null) return [];
    const { version, body } = await link.request(api, () => encodeDescribe(groups));
    return this.read(link, () => decode(new Cursor(body), version));
  }

  /** Null from a broker that does not tell them (Kafka before 4.1). */
  async shareOffsets(link: BrokerLink, encode: (version: number) => Buffer): Promise<Answer | null> {
    return link.versionOf(DESCRIBE_SHARE_OFFSETS) === null
      ? null
      : link.request(DESCRIBE_SHARE_OFFSETS, encode);
  }

  /** Runs a decoder. Bytes that cannot be read end the connection they came from. */
  read<T>(link: BrokerLink, decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      throw error instanceof WireError ? link.drop(error) : error;
    }
  }

  get versions(): ApiVersions | null {
    for (const link of this.#links.values()) if (link.versions) return link.versions;
    return null;
  }

  /** Ends the connections to brokers that are neither in the cluster any more nor a way into it. */
  retain(links: readonly BrokerLink[]): void {
    for (const [address, link] of this.#links) {
      if (links.includes(link)) continue;
      link.drop();
      this.#links.delete(address);
    }
  }

  /** Ends every connection that something is waiting for, and says which. */
  dropBusy(): string[] {
    const busy = [...this.#links.values()].filter((link) => link.busy);
    for (const link of busy) link.abandon(outOfTime(link.address));
    return busy.map(({ address }) => address);
  }

  close(): void {
    this.retain([]);
  }
}

/** A request whose answer depends on nothing but what is asked and the version: encoded once while both stay. */
function rememberRequest<T>(encode: (version: number, subject: T) => Buffer) {
  let last: { readonly version: number; readonly subject: T; readonly payload: Buffer } | null = null;
  return (version: number, subject: T): Buffer => {
    if (last?.version !== version || last.subject !== subject) {
      last = { version, subject, payload: encode(version, subject) };
    }
    return last.payload;
  };
}

export const rememberOffsetFetch = () => rememberRequest<readonly string[]>(encodeOffsetFetch);
export const rememberShareOffsets = () =>
  rememberRequest<readonly string[]>((_version, groups) => encodeShareOffsets(groups));
export const rememberListOffsets = (which: number) =>
  rememberRequest<readonly TopicPartitions[]>((version, topics) => encodeListOffsets(version, which, topics));

export function outOfTime(address: string): CollectorError {
  return new CollectorError(
    "TIMEOUT",
    `${address} had not answered when the sample's time was up.`,
    "Is the broker overloaded or paused, or the timeout too short for this cluster?",
  );
}

/** The most telling one first: a refusal says more than a closed port. */
const TELLING = ["AUTH", "PROTOCOL", "DENIED", "ANSWERED_ERROR", "TIMEOUT", "UNREACHABLE"];

export function combinedFailure(failures: readonly CollectorError[]): CollectorError {
  const [first, ...rest] = [...failures].sort((a, b) => TELLING.indexOf(a.code) - TELLING.indexOf(b.code));
  if (!first) {
    return new CollectorError("UNREACHABLE", "No broker is connected.", "Is the cluster running?");
  }
  if (rest.length === 0) return first;
  const others = rest.map(({ message }) => message).join(" ");
  return new CollectorError(first.code, `${first.message} ${others}`, first.hint, { cause: first });
}
