import type { WallClock } from "../../../async/clock.ts";
import type { Plan } from "../groups/plan.ts";
import type { BrokerLink } from "../link/client.ts";
import type { Api } from "../link/link.ts";
import type { BrokerSampler } from "../offsets/broker-sampler.ts";
import { laneName } from "../offsets/unreadable-runs.ts";
import type { Topology } from "../topology/topology.ts";
import { Cursor } from "../wire/cursor.ts";
import {
  decodeDescribeProducers,
  decodeDescribeTransactions,
  decodeListTransactions,
  encodeDescribeProducers,
  encodeDescribeTransactions,
  encodeListTransactions,
} from "../wire/transactions.ts";

/** Spoken by Kafka 3.0 and newer. */
const DESCRIBE_PRODUCERS: Api = { key: 61, name: "DescribeProducers", min: 0, max: 0 };
const DESCRIBE_TRANSACTIONS: Api = { key: 65, name: "DescribeTransactions", min: 0, max: 0 };
const LIST_TRANSACTIONS: Api = { key: 66, name: "ListTransactions", min: 0, max: 0 };
/** Topics with transactions always have one open: whose it is matters once it lasts. */
const LASTS_MS = 3_000;
const RETRY_MS = 10_000;
/** Lanes asked for at once. */
const LANES = 20;

export interface OpenTransaction {
  readonly topic: string;
  readonly partition: number;
  /** Where it begins in this partition. */
  readonly from: number;
  /** When it was first seen open here, EpochMs. */
  readonly seenAt: number;
  /** Null: it may not be asked for, or is not known yet. */
  readonly producer: number | null;
  readonly transactionalId: string | null;
  /** When it began, EpochMs by the broker's clock, and how long the broker lets it be open; NaN: not told. */
  readonly startedAt: number;
  readonly timeoutMs: number;
}

export interface HeldLane {
  readonly lane: number;
  /** Its last stable offset. */
  readonly from: number;
}

/**
 * Finds out whose the open transactions are that readers stand before: a partition's leader names the producer, the
 * coordinators its transactional id and since when it has been open (KIP-664). What may not be asked for stays unknown.
 */
export class OpenTransactions {
  readonly #clock: WallClock;
  readonly #open = new Map<string, OpenTransaction>();
  #restUntil = Number.NEGATIVE_INFINITY;
  #busy = false;

  constructor(clock: WallClock) {
    this.#clock = clock;
  }

  /** The transaction that begins here; undefined where none was held on to. */
  at(topic: string, partition: number, from: number): OpenTransaction | undefined {
    const known = this.#open.get(laneName(topic, partition));
    return known?.from === from ? known : undefined;
  }

  /** Takes in which lanes hold somebody up now, and asks about those that do so for long. Nobody waits for the answers. */
  look(
    { layout: { streams, lanes } }: Plan,
    { leader }: Topology,
    samplers: ReadonlyMap<number, BrokerSampler>,
    held: readonly HeldLane[],
  ): void {
    const now = this.#clock.now();
    const names = new Set<string>();
    const unknown = new Map<BrokerLink, OpenTransaction[]>();
    let asked = 0;
    for (const { lane, from } of held) {
      const topic = streams[lanes.stream[lane]!]!.name;
      const partition = lanes.number[lane]!;
      const name = laneName(topic, partition);
      names.add(name);
      let open = this.#open.get(name);
      if (open?.from !== from) {
        open = {
          topic,
          partition,
          from,
          seenAt: now,
          producer: null,
          transactionalId: null,
          startedAt: Number.NaN,
          timeoutMs: Number.NaN,
        };
        this.#open.set(name, open);
      }
      const link = samplers.get(leader[lane]!)?.link;
      if (now - open.seenAt < LASTS_MS || isKnown(open) || asked === LANES || !link?.ready) continue;
      asked++;
      unknown.set(link, [...(unknown.get(link) ?? []), open]);
    }
    for (const name of this.#open.keys()) if (!names.has(name)) this.#open.delete(name);
    if (unknown.size === 0 || this.#busy || now < this.#restUntil) return;
    this.#restUntil = now + RETRY_MS;
    void this.#ask(
      unknown,
      [...samplers.values()].map(({ link }) => link),
    );
  }

  async #ask(
    unknown: ReadonlyMap<BrokerLink, readonly OpenTransaction[]>,
    links: readonly BrokerLink[],
  ): Promise<void> {
    this.#busy = true;
    try {
      await Promise.all([...unknown].map(([link, open]) => this.#askProducers(link, open)));
      const all = [...unknown.values()]
        .flat()
        .flatMap(({ topic, partition, from }) => this.at(topic, partition, from) ?? [])
        .filter(({ producer }) => producer !== null);
      if (all.length > 0) await Promise.all(links.map((link) => this.#askCoordinator(link, all)));
    } catch {
      // The sample asks these brokers, too, and tells what is wrong with them. Asked again after a rest.
    } finally {
      this.#busy = false;
    }
  }

  async #askProducers(link: BrokerLink, open: readonly OpenTransaction[]): Promise<void> {
    if (link.versionOf(DESCRIBE_PRODUCERS) === null) return;
    const byTopic = new Map<string, number[]>();
    for (const { topic, partition } of open) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
    const topics = [...byTopic].map(([topic, partitions]) => ({ topic, partitions }));
    const { body } = await link.request(DESCRIBE_PRODUCERS, () => encodeDescribeProducers(topics));
    for (const answer of decodeDescribeProducers(new Cursor(body))) {
      const asked = open.find(
        ({ topic, partition }) => topic === answer.topic && partition === answer.partition,
      );
      const found = answer.open.find(({ from }) => from === asked?.from);
      if (asked && found) this.#learn(asked, { producer: found.producer });
    }
  }

  /** The coordinator of a transaction is the broker that lists it. */
  async #askCoordinator(link: BrokerLink, open: readonly OpenTransaction[]): Promise<void> {
    if (!link.ready || link.versionOf(LIST_TRANSACTIONS) === null) return;
    const producers = [...new Set(open.map(({ producer }) => producer!))];
    const { body } = await link.request(LIST_TRANSACTIONS, () => encodeListTransactions(producers));
    const ids = decodeListTransactions(new Cursor(body));
    if (ids.size === 0) return;
    for (const one of open) {
      const transactionalId = ids.get(one.producer!);
      if (transactionalId !== undefined) this.#learn(one, { transactionalId });
    }
    if (link.versionOf(DESCRIBE_TRANSACTIONS) === null) return;
    const answer = await link.request(DESCRIBE_TRANSACTIONS, () =>
      encodeDescribeTransactions([...ids.values()]),
    );
    for (const { error, producer, startedAt, timeoutMs } of decodeDescribeTransactions(
      new Cursor(answer.body),
    )) {
      if (error !== 0 || startedAt < 0) continue;
      for (const one of open) if (one.producer === producer) this.#learn(one, { startedAt, timeoutMs });
    }
  }

  /** Samples hold what was known before. */
  #learn({ topic, partition, from }: OpenTransaction, told: Partial<OpenTransaction>): void {
    const known = this.at(topic, partition, from);
    if (known) this.#open.set(laneName(topic, partition), { ...known, ...told });
  }
}

function isKnown({ startedAt }: OpenTransaction): boolean {
  return !Number.isNaN(startedAt);
}
