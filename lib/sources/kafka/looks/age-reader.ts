import { allOrLate } from "../../../async/all-or-late.ts";
import type { Clock } from "../../../async/clock.ts";
import type { PartialFailure } from "../../../model/source.ts";
import { remapColumn } from "../../../sample/remap.ts";
import { rowsSince } from "../../../sample/row-map.ts";
import type { Plan } from "../groups/plan.ts";
import type { Api } from "../link/link.ts";
import type { BrokerSampler } from "../offsets/broker-sampler.ts";
import type { Topology } from "../topology/topology.ts";
import { Cursor, WireError } from "../wire/cursor.ts";
import { KafkaError } from "../wire/error-codes.ts";
import { decodeFetch, encodeFetch, type FetchedPartition, type FetchFrom } from "../wire/fetch.ts";
import { type FirstRecord, firstRecord } from "../wire/record-batch.ts";

/** From version 13 on topics are named by id; 12 is spoken by Kafka 3.0 to 4.x. */
export const FETCH: Api = { key: 1, name: "Fetch", min: 12, max: 12 };
/** Positions looked up a second, over the whole cluster. */
const PER_SECOND = 20;
/** Enough for a batch of a producer's default 16 KiB. A larger one comes whole when it is asked for first. */
const LIMITS = { maxWaitMs: 0, minBytes: 0, maxBytes: 256 * 1024, partitionMaxBytes: 20 * 1024 };
/** A sample waits no longer for it: what comes later counts in the next one, if the position has not moved. */
const WAIT_MS = 200;
/** A position that cannot be looked up is left alone for so long; a topic that may not be read, and a broker, too. */
const RETRY_MS = 10_000;
const DENIED_RETRY_MS = 60_000;

export interface AgeRound {
  readonly plan: Plan;
  readonly position: Float64Array;
  /** Log starts by lane; may belong to other lanes than the plan's for one sample after a change. */
  readonly floor: Float64Array;
  readonly topology: Topology;
  readonly samplers: ReadonlyMap<number, BrokerSampler>;
  /** Rows of the layout of the last round, worst first. */
  readonly wanted: readonly number[];
}

/** One partition to ask for, and the rows that wait for it: more than one group may stand at the same place. */
interface Lookup extends FetchFrom {
  readonly lane: number;
  /** Where the rows stand; `offset` is further on where what lies between is known to be no message. */
  readonly at: number;
  readonly rows: number[];
}

/**
 * Looks up when the first unread message of a position was written, by a small Fetch at the position: a few positions a
 * second, one request a leader at a time, the worst first. Remembers what it found until the position moves. It needs
 * READ on the topic; where that is missing, ages stay lower bounds. Nothing that goes wrong here fails a sample.
 */
export class AgeReader {
  readonly #clock: Clock;
  #plan: Plan | null = null;
  /** The offset each row was looked up at, NaN for never, and what was found there: NaN where it cannot be told. */
  #at = new Float64Array(0);
  #since = new Float64Array(0);
  #found = 0;
  #tokens = PER_SECOND;
  #tokensAt = Number.NEGATIVE_INFINITY;
  readonly #busy = new Set<number>();
  /** Positions whose batch did not fit behind others, by lane and offset: first the next time. */
  #hungry = new Map<number, { readonly at: number; readonly next: number }>();
  readonly #brokerRest = new Map<number, number>();
  readonly #laneRest = new Map<number, number>();
  readonly #denied = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends what there is to ask. Resolves when it is answered, or when a sample should not wait longer; never rejects. */
  async look(round: AgeRound): Promise<void> {
    const adopted = this.#adopt(round.plan);
    if (round.wanted.length === 0 || !adopted) return;
    const asked = [...this.#choose(round)].map(([sampler, lookups]) => this.#ask(round, sampler, lookups));
    if (asked.length > 0) await allOrLate(this.#clock, asked, WAIT_MS);
  }

  /** When the message at each position was written, as far as it was looked up at just that position; null: nowhere. */
  column({ plan, position, floor }: Pick<AgeRound, "plan" | "position" | "floor">): Float64Array | null {
    if (this.#plan !== plan || this.#found === 0) return null;
    const { lane } = plan.layout.positions;
    const column = new Float64Array(position.length).fill(Number.NaN);
    for (let row = 0; row < column.length; row++) {
      const at = this.#at[row]!;
      if (Number.isNaN(at)) continue;
      if (at === standing(position[row]!, floor[lane[row]!]!)) column[row] = this.#since[row]!;
    }
    return column;
  }

  /** One for all topics that may not be read. */
  failures(): PartialFailure[] {
    const [first, ...more] = this.#denied.keys();
    if (first === undefined) return [];
    const others = more.length === 0 ? "" : ` and ${more.length} more`;
    return [
      {
        scope: "source",
        subject: "age of unread messages",
        code: "DENIED",
        message:
          `No permission to READ topic ${first}${others}: an unread message older than what was seen here ` +
          "has a lower bound for its age. Allow READ on the topic to have it measured.",
      },
    ];
  }

  /** Takes the memory over to another plan. False where rows of the last layout say nothing about this one. */
  #adopt(plan: Plan): boolean {
    const before = this.#plan;
    if (before === plan) return true;
    const rows = before && rowsSince(before.layout, plan.layout)?.positions;
    if (rows) {
      this.#at = remapColumn(this.#at, rows, Number.NaN);
      this.#since = remapColumn(this.#since, rows, Number.NaN);
    } else {
      this.#at = new Float64Array(plan.layout.positions.count).fill(Number.NaN);
      this.#since = this.#at.slice();
    }
    this.#found = this.#at.reduce((found, at) => (Number.isNaN(at) ? found : found + 1), 0);
    this.#plan = plan;
    this.#hungry.clear();
    this.#laneRest.clear();
    return false;
  }

  /** What to ask which leader for, as far as the rate allows. */
  #choose({ plan, position, floor, topology, samplers, wanted }: AgeRound): Map<BrokerSampler, Lookup[]> {
    const now = this.#clock.now();
    const elapsed = now - this.#tokensAt;
    this.#tokens = Math.min(PER_SECOND, this.#tokens + Math.max(0, elapsed / 1000) * PER_SECOND);
    this.#tokensAt = now;
    forgetPast(this.#brokerRest, now);
    forgetPast(this.#laneRest, now);
    forgetPast(this.#denied, now);

    const { streams, lanes, positions } = plan.layout;
    const chosen = new Map<number, Lookup>();
    const routes = new Map<BrokerSampler, Lookup[]>();
    for (const row of this.#inOrder(wanted, positions.lane)) {
      if (row >= positions.count) continue; // of a layout that a failed sample has replaced
      const lane = positions.lane[row]!;
      const at = standing(position[row]!, floor[lane]!);
      if (Number.isNaN(at) || this.#at[row] === at) continue;
      const same = chosen.get(lane);
      if (same) {
        if (same.at === at) same.rows.push(row);
        continue;
      }
      const topic = streams[lanes.stream[lane]!]!.name;
      const node = topology.leader[lane]!;
      const sampler = samplers.get(node);
      const resting = this.#brokerRest.has(node) || this.#laneRest.has(lane) || this.#denied.has(topic);
      if (!sampler?.link.ready || this.#busy.has(node) || resting || this.#tokens < 1) continue;
      this.#tokens--;
      const hungry = this.#hungry.get(lane);
      const offset = hungry?.at === at ? hungry.next : at;
      const lookup = { topic, partition: lanes.number[lane]!, offset, lane, at, rows: [row] };
      chosen.set(lane, lookup);
      const route = routes.get(sampler);
      if (route) route.push(lookup);
      else routes.set(sampler, [lookup]);
    }
    return routes;
  }

  /** Who got nothing the last time, then by turns the worst of those never looked up and of those that have moved since. */
  #inOrder(wanted: readonly number[], lane: Int32Array): number[] {
    const hungry: number[] = [];
    const fresh: number[] = [];
    const moved: number[] = [];
    for (const row of wanted) {
      if (this.#hungry.has(lane[row]!)) hungry.push(row);
      else if (Number.isNaN(this.#at[row]!)) fresh.push(row);
      else moved.push(row);
    }
    for (let n = 0; n < fresh.length || n < moved.length; n++) {
      if (n < fresh.length) hungry.push(fresh[n]!);
      if (n < moved.length) hungry.push(moved[n]!);
    }
    return hungry;
  }

  async #ask({ plan }: AgeRound, { node, link }: BrokerSampler, lookups: readonly Lookup[]): Promise<void> {
    this.#busy.add(node);
    try {
      const { body } = await link.request(FETCH, () => encodeFetch(lookups, LIMITS));
      const { error, partitions } = decodeFetch(new Cursor(body));
      if (error !== KafkaError.none) this.#brokerRest.set(node, this.#clock.now() + RETRY_MS);
      if (this.#plan !== plan) return;
      const answers = new Map(partitions.map((answer) => [`${answer.partition}/${answer.topic}`, answer]));
      lookups.forEach((lookup, index) => {
        const answer = answers.get(`${lookup.partition}/${lookup.topic}`);
        if (answer) this.#take(lookup, answer, index === 0);
      });
    } catch {
      // The sample itself asks this broker, too, and tells what is wrong with it.
      this.#brokerRest.set(node, this.#clock.now() + RETRY_MS);
    } finally {
      this.#busy.delete(node);
    }
  }

  #take({ topic, lane, at, offset, rows }: Lookup, { error, records }: FetchedPartition, first: boolean) {
    this.#hungry.delete(lane);
    if (error === KafkaError.topicDenied) {
      this.#denied.set(topic, this.#clock.now() + DENIED_RETRY_MS);
    } else if (error !== KafkaError.none) {
      // A leader that has moved, or an offset that retention has just passed: soon known to those who keep track of it.
      this.#laneRest.set(lane, this.#clock.now() + RETRY_MS);
    } else {
      const { writtenAt, next } = readFirst(records, offset);
      if (writtenAt === null) {
        // Behind others, what did not fit is left out. The first one is not held to the limits: there is nothing there.
        if (first && next === offset) this.#laneRest.set(lane, this.#clock.now() + RETRY_MS);
        else this.#hungry.set(lane, { at, next });
        return;
      }
      for (const row of rows) {
        if (Number.isNaN(this.#at[row]!)) this.#found++;
        this.#at[row] = at;
        this.#since[row] = writtenAt;
      }
    }
  }
}

/** NaN also where the bytes cannot be read: asking again would bring the same ones. */
function readFirst(records: Buffer, offset: number): FirstRecord {
  try {
    return firstRecord(records, offset);
  } catch (error) {
    if (error instanceof WireError) return { writtenAt: Number.NaN, next: offset };
    throw error;
  }
}

/** What lies below the log start cannot be read any more: the first unread message is the log start's. */
function standing(position: number, floor: number): number {
  if (position < floor) return floor; // not Math.max: a floor that is not known clamps nothing
  return position;
}

function forgetPast<K>(until: Map<K, number>, now: number): void {
  for (const [key, time] of until) if (time <= now) until.delete(key);
}
