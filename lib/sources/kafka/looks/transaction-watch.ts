import type { WallClock } from "../../../async/clock.ts";
import type { Plan } from "../groups/plan.ts";
import type { KafkaClient } from "../link/client.ts";
import type { BrokerSampler } from "../offsets/broker-sampler.ts";
import { StableOffsets } from "../offsets/stable-offsets.ts";
import { laneName, UnreadableRuns } from "../offsets/unreadable-runs.ts";
import type { Topology } from "../topology/topology.ts";
import { Cursor, WireError } from "../wire/cursor.ts";
import { KafkaError } from "../wire/error-codes.ts";
import { decodeFetch, encodeFetch, type FetchedPartition, type FetchFrom } from "../wire/fetch.ts";
import { type UnreadableRun, unreadableRun } from "../wire/unreadable.ts";
import { FETCH } from "./age-reader.ts";
import { type OpenTransaction, OpenTransactions } from "./open-transactions.ts";

/** Positions looked at a second, over the whole cluster: in topics with transactions, and in others. */
const LOOKS = 200;
const FIRST_LOOKS = 20;
/** Positions that the ones to look at are chosen from. */
const CANDIDATES = 2_000;
/** Headers are all that is wanted, so that a batch may be cut. */
const LIMITS = {
  maxWaitMs: 0,
  minBytes: 0,
  maxBytes: 512 * 1024,
  partitionMaxBytes: 4 * 1024,
  readCommitted: true,
};
/** What is known of a topic. Plain: it has no transactions, or may not be read. */
const [UNKNOWN, PLAIN, TRANSACTIONAL] = [0, 1, 2];
const RETRY_MS = 10_000;
const DENIED_MS = 60_000;
/** A topic in which a message was found that belongs to no transaction is taken to have none for so long. */
const PLAIN_MS = 600_000;

export interface TransactionRound {
  readonly plan: Plan;
  readonly topology: Topology;
  readonly samplers: ReadonlyMap<number, BrokerSampler>;
  readonly position: Float64Array;
  readonly head: Float64Array;
  readonly floor: Float64Array;
  /** The backlog that brokers report themselves. */
  readonly backlog: Float64Array | null;
}

export interface TransactionColumns {
  /** 0 where nothing is left that anybody can be shown. */
  readonly backlog: Float64Array | null;
  /** What a reader of committed transactions can have: at most so much, exactly as far as batches were looked at. */
  readonly readable: Float64Array | null;
  /** Rows that stand where an open transaction begins. */
  readonly held: readonly number[];
}

interface Look extends FetchFrom {
  /** Of the topic. */
  readonly id: string;
  readonly lane: number;
  /** Where somebody stands; `offset` is further on where nothing in between can be read. */
  readonly at: number;
}

/**
 * Knows what of a backlog can be read in a topic with transactions:
 *
 * - the marker that ends one takes an offset and is shown to nobody: clients that commit "the last message I finished, plus
 *   one" stand before it for good (Kafka's Java consumer commits past it). Where nothing else is left, nothing waits;
 * - messages of an aborted transaction are shown to readers of the default isolation level, and to readers of committed
 *   messages never;
 * - from where the first open transaction begins, the last stable offset, only the former are given anything.
 *
 * Which of the two a group is, the broker does not know: its backlog is what Kafka's own tools print, to the end offset,
 * and the part that readers of committed messages can have stands beside it. One that stands past the last stable offset
 * is no such reader.
 *
 * Small Fetches, a bounded number a second, look at positions that stand still short of the end; what they find holds
 * while the position stays. They need READ on the topic; without it, the backlog stays what the tools print.
 */
export class TransactionWatch {
  readonly #clock: WallClock;
  readonly #stable: StableOffsets;
  #plan: Plan | null = null;
  #topology: Topology | null = null;
  readonly #runs = new UnreadableRuns();
  readonly #holders: OpenTransactions;
  /** 1 for each lane with an open transaction, as of when. */
  #open = new Uint8Array(0);
  #openAt = Number.NaN;
  /** Where each row stood the last time. */
  #before: Float64Array = new Float64Array(0);
  /** Topics with transactions, and their ids: one that has had a transaction will have more. */
  readonly #transactional = new Map<string, string>();
  readonly #plainUntil = new Map<string, number>();
  readonly #restUntil = new Map<number, number>();
  readonly #busy = new Set<number>();

  constructor(client: KafkaClient, clock: WallClock) {
    this.#clock = clock;
    this.#stable = new StableOffsets(client, clock);
    this.#holders = new OpenTransactions(clock);
  }

  /** Last stable offsets by lane, NaN outside of topics with transactions; null: there are none. */
  get stable(): Float64Array | null {
    return this.#stable.column;
  }

  /** Asks for the last stable offsets, if it is time to. Never rejects. */
  refresh(round: Pick<TransactionRound, "plan" | "topology" | "samplers">): Promise<void> {
    this.#adopt(round.plan, round.topology);
    return this.#stable.refresh(round.samplers);
  }

  /**
   * What is known of the rows of topics with transactions. A column is null where it would hold nothing; `backlog` is the
   * one that brokers report where it adds nothing to that.
   */
  columns(
    round: Pick<TransactionRound, "plan" | "position" | "head" | "floor" | "backlog">,
  ): TransactionColumns {
    const { plan, position, head, floor, backlog } = round;
    const { stable } = this;
    if (stable === null || this.#plan !== plan) return { backlog, readable: null, held: [] };
    this.#noteOpen(stable, head);
    const { lane: laneOf } = plan.layout.positions;
    const held: number[] = [];
    let column = backlog;
    let readable: Float64Array | null = null;
    for (let row = 0; row < position.length; row++) {
      const at = position[row]!;
      const lane = laneOf[row]!;
      const end = stable[lane]!;
      // What is not known compares false. Who stands past the last stable offset reads what is not committed, too.
      if (!(at <= end && at < head[lane]!) || (backlog !== null && backlog[row]! >= 0)) continue;
      const run = this.#runs.at(lane, at);
      const blank = run?.blank ?? at;
      if (blank >= head[lane]!) {
        if (column === null || column === backlog) column = backlog?.slice() ?? unknowns(position.length);
        column[row] = 0;
        continue;
      }
      readable ??= unknowns(position.length);
      let from = run?.seen ?? at;
      if (from < floor[lane]!) from = floor[lane]!; // nothing where the floor is not known
      readable[row] = (run?.count ?? 0) + Math.max(0, end - from);
      if (this.#open[lane] === 1 && blank >= end) held.push(row);
    }
    return { backlog: column, readable, held };
  }

  /**
   * Where a transaction is open: the last stable offset lies before the end. It is asked for after the ends are, so that one
   * of an earlier sample says nothing of the end of this one: what was found then holds until it is asked for again.
   */
  #noteOpen(stable: Float64Array, head: Float64Array): void {
    if (this.#openAt === this.#stable.askedAt && this.#open.length === stable.length) return;
    this.#openAt = this.#stable.askedAt;
    this.#open = Uint8Array.from(stable, (end, lane) => (end < head[lane]! ? 1 : 0));
  }

  /** The transactions that hold these rows up (`held`, of `columns`), by lane, as far as they are known. */
  openBefore({ layout }: Plan, held: readonly number[]): ReadonlyMap<number, OpenTransaction> {
    const { streams, lanes, positions } = layout;
    const open = new Map<number, OpenTransaction>();
    for (const lane of new Set(held.map((row) => positions.lane[row]!))) {
      const topic = streams[lanes.stream[lane]!]!.name;
      const known = this.#holders.at(topic, lanes.number[lane]!, this.stable?.[lane] ?? Number.NaN);
      if (known) open.set(lane, known);
    }
    return open;
  }

  /**
   * Sends looks at positions that stand still short of the end, and asks whose the transactions are that hold rows back
   * (`held`, of `columns`). Nobody waits for the answers.
   */
  look(round: TransactionRound, held: readonly number[]): void {
    const { plan, topology, samplers, position } = round;
    this.#adopt(plan, topology);
    const lanes = new Set(held.map((row) => plan.layout.positions.lane[row]!));
    const heldLanes = [...lanes].map((lane) => ({ lane, from: this.stable?.[lane] ?? Number.NaN }));
    this.#holders.look(plan, topology, samplers, heldLanes);
    const routes = new Map<BrokerSampler, Look[]>();
    for (const look of this.#choose(round)) {
      const sampler = samplers.get(topology.leader[look.lane]!);
      if (!sampler?.link.ready || this.#busy.has(sampler.node)) continue;
      if (sampler.link.versionOf(FETCH) === null) continue;
      const route = routes.get(sampler);
      if (route) route.push(look);
      else routes.set(sampler, [look]);
    }
    for (const [sampler, looks] of routes) void this.#ask(plan, sampler, looks);
    this.#before = position;
  }

  #adopt(plan: Plan, topology: Topology): void {
    if (this.#plan !== plan) {
      this.#plan = plan;
      this.#before = new Float64Array(0);
      this.#restUntil.clear();
      this.#stable.adopt(plan);
      this.#topology = null;
    }
    if (this.#topology !== topology) this.#route(plan, topology);
  }

  /** What was found in a topic says nothing of another of the same name. */
  #route(plan: Plan, topology: Topology): void {
    this.#topology = topology;
    const ids = new Map(topology.topics.map(({ name, id }) => [name, id]));
    for (const name of this.#plainUntil.keys()) if (!ids.has(name)) this.#plainUntil.delete(name);
    for (const [name, id] of this.#transactional) {
      if (ids.get(name) === id) continue;
      this.#transactional.delete(name);
      this.#runs.forget(name);
    }
    this.#stable.route(topology, (topic) => this.#transactional.has(topic));
    this.#runs.adopt(plan);
  }

  /**
   * The nearest to its end first: it is the likeliest to have nothing left. One position a lane, and of a topic that may
   * have no transactions one in all.
   */
  #choose(round: TransactionRound): Look[] {
    const { plan, topology, position, head } = round;
    const { lanes, positions } = plan.layout;
    const waiting = (row: number) => head[positions.lane[row]!]! - position[row]!;
    const nearest = (rows: Iterable<number>) => [...rows].sort((a, b) => waiting(a) - waiting(b));
    const { first, more } = this.#standing(round);
    const chosen = new Map<number, number>();
    for (const row of [...nearest(first).slice(0, FIRST_LOOKS), ...nearest(more)]) {
      const lane = positions.lane[row]!;
      if (!chosen.has(lane)) chosen.set(lane, row);
      if (chosen.size === LOOKS) break;
    }
    return [...chosen].map(([lane, row]) => {
      const { name: topic, id } = topology.topics[lanes.stream[lane]!]!;
      const at = position[row]!;
      return { topic, id, partition: lanes.number[lane]!, offset: this.#runs.nextOf(lane, at), lane, at };
    });
  }

  /**
   * Rows that stand still short of the end, and of which it is not known whether there is anything to read: the one
   * nearest to its end of each topic not known yet, and those of topics with transactions. Walks all rows: no closures.
   */
  #standing({ plan, position, head, backlog }: TransactionRound): { first: number[]; more: number[] } {
    const { streams, lanes, positions } = plan.layout;
    const { lane: laneOf } = positions;
    const { stream: streamOf } = lanes;
    const { stable } = this;
    const before = this.#before;
    const now = this.#clock.now();
    const kinds = Uint8Array.from(streams, ({ name }) => this.#kindOf(name, now));
    const nearest = new Int32Array(streams.length).fill(-1);
    const more: number[] = [];
    for (let row = 0; row < before.length; row++) {
      const at = position[row]!;
      if (before[row] !== at) continue;
      const lane = laneOf[row]!;
      const waiting = head[lane]! - at;
      const stream = streamOf[lane]!;
      const kind = kinds[stream]!;
      if (!(waiting > 0) || kind === PLAIN || (backlog !== null && backlog[row]! >= 0)) continue;
      const other = nearest[stream]!;
      if (kind === UNKNOWN && other >= 0 && head[laneOf[other]!]! - position[other]! <= waiting) continue;
      if ((this.#restUntil.get(lane) ?? 0) > now) continue;
      if (kind === UNKNOWN) nearest[stream] = row;
      else if (more.length < CANDIDATES) {
        const isDrained = stable !== null && this.#runs.nextOf(lane, at) >= stable[lane]!;
        if (!isDrained && !this.#runs.at(lane, at)?.readable) more.push(row);
      }
    }
    return { first: [...nearest].filter((row) => row >= 0), more };
  }

  #kindOf(topic: string, now: number): number {
    if ((this.#plainUntil.get(topic) ?? 0) > now) return PLAIN;
    return this.#transactional.has(topic) ? TRANSACTIONAL : UNKNOWN;
  }

  async #ask(plan: Plan, { node, link }: BrokerSampler, looks: readonly Look[]): Promise<void> {
    this.#busy.add(node);
    const rest = (look: Look) => this.#restUntil.set(look.lane, this.#clock.now() + RETRY_MS);
    try {
      const { body } = await link.request(FETCH, () => encodeFetch(looks, LIMITS));
      const { error, partitions } = decodeFetch(new Cursor(body));
      if (this.#plan !== plan) return;
      if (error !== KafkaError.none) looks.forEach(rest);
      const answers = new Map(partitions.map((answer) => [laneName(answer.topic, answer.partition), answer]));
      for (const look of looks) {
        const answer = answers.get(laneName(look.topic, look.partition));
        if (answer) this.#take(look, answer);
      }
    } catch {
      // As above: the sample tells what is wrong with this broker.
      if (this.#plan === plan) looks.forEach(rest);
    } finally {
      this.#busy.delete(node);
    }
  }

  #take({ topic, id, partition, lane, at, offset }: Look, answer: FetchedPartition): void {
    if (answer.error === KafkaError.topicDenied) {
      this.#plainUntil.set(topic, this.#clock.now() + DENIED_MS);
      return;
    }
    const run = answer.error === KafkaError.none ? readRun(answer, offset) : null;
    if (run === null) {
      this.#restUntil.set(lane, this.#clock.now() + RETRY_MS);
      return;
    }
    const isHeldBack = !run.readable && run.next >= answer.stable;
    if (run.transactional || isHeldBack) {
      this.#runs.keep(lane, topic, partition, at, run);
      if (this.#transactional.has(topic)) return;
      this.#transactional.set(topic, id);
      this.#topology = null; // its last stable offsets are asked for from now on
    } else if (run.readable) {
      if (this.#transactional.has(topic)) this.#runs.keep(lane, topic, partition, at, run);
      else this.#plainUntil.set(topic, this.#clock.now() + PLAIN_MS);
    }
  }
}

function unknowns(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

/** Null where the bytes cannot be read: asking again would bring the same ones. */
function readRun({ records, aborted }: FetchedPartition, offset: number): UnreadableRun | null {
  try {
    return unreadableRun(records, offset, aborted);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
