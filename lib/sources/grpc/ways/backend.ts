import type { Clock } from "../../../async/clock.ts";
import { formatAge } from "../../../format/time.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { CallBook } from "../book/call-book.ts";
import type { GrpcCollectorOptions } from "../config.ts";
import { createGrpcClient, type GrpcClient } from "../connection/client.ts";
import type { Address } from "../connection/resolve.ts";
import type { AskedWay } from "./asked-way.ts";
import { type BackendWays, createBackendWays, type MetricsPlace } from "./backend-ways.ts";
import type { BackendFindings, PlannedStops } from "./findings.ts";
import { createHealthBook, type HealthBook } from "./health/health-book.ts";
import { WayEvents } from "./way-events.ts";

export interface BackendSettings {
  readonly options: GrpcCollectorOptions;
  readonly clock: Clock;
  readonly address: Address;
  /** The target's own `host:port` where the address is one of several it stands for; null: the address itself. */
  readonly authority: string | null;
  /** Null: it has none, or all addresses share one. */
  readonly metrics: MetricsPlace | null;
}

/** Numbers that are older than this are not served any more, when the way to them was lost. */
const KEPT_MS = 10_000;

/** One address of the target: one connection, and the ways of seeing it that it offers. */
export class Backend {
  readonly address: Address;
  /** For people: the target, and which of its addresses. */
  readonly label: string;
  readonly client: GrpcClient;
  readonly ways: BackendWays;
  readonly #book = new CallBook();
  readonly #healthBook: HealthBook;
  readonly #wayEvents: WayEvents;
  readonly #clock: Clock;
  readonly #closeWays: () => void;

  constructor({ options, clock, address, authority, metrics }: BackendSettings) {
    const host = authority?.replace(/:\d+$/, "");
    const label = host === undefined ? address.name : `${host} at ${address.name}`;
    this.#clock = clock;
    this.address = address;
    this.label = label;
    this.client = createGrpcClient({ ...options, target: label }, clock, { to: address.dial, authority });
    this.#healthBook = createHealthBook(authority === null ? "" : ` at ${address.name}`);
    const { ways, close } = createBackendWays({
      options,
      clock,
      target: label,
      client: this.client,
      book: this.#book,
      healthBook: this.#healthBook,
      metrics,
      keptMs: KEPT_MS,
    });
    this.ways = ways;
    this.#closeWays = close;
    this.#wayEvents = new WayEvents(label, ways);
  }

  /** Those that are wanted. */
  get asked(): AskedWay<unknown>[] {
    return Object.values(this.ways).filter((way) => way !== null);
  }

  /**
   * Asks every way that is not being asked already. Each of the promises resolves when one has answered or failed; all of
   * them together make the round.
   */
  ask(): { readonly way: AskedWay<unknown>; readonly answered: Promise<void>; readonly isNew: boolean }[] {
    const startedAt = this.#clock.now();
    const { state, since } = this.client.link;
    // Channelz first: it counts calls while none other is under way.
    const { channelz } = this.ways;
    const ways = this.asked.sort((a, b) => Number(b === channelz) - Number(a === channelz));
    const round = ways.map((way) => {
      const isNew = Number.isNaN(way.pendingSince);
      return { way, answered: way.ask(), isNew };
    });
    void Promise.all(round.map(({ answered }) => answered)).then(() => {
      const isSame = state === "READY" && this.client.link.since === since;
      if (isSame && this.#isSilentSince(startedAt))
        this.client.drop("let go by Streamside: no answer in time");
    });
    return round;
  }

  /** Nothing came over the connection, and something should have. */
  #isSilentSince(startedAt: EpochMs): boolean {
    const { metrics: _, ...ways } = this.ways;
    const overConnection = Object.values(ways).filter((way) => way !== null);
    return (
      !overConnection.some((way) => way.hasHeardSince(startedAt)) &&
      overConnection.some(
        ({ state }) =>
          state.kind === "lost" && (state.error.code === "TIMEOUT" || state.error.code === "UNREACHABLE"),
      )
    );
  }

  /**
   * Why nothing is known of this address as of a round that began then; null: something is. Where nothing failed and
   * nothing is awaited, what its ways have told before still stands.
   */
  failure(startedAt: EpochMs): CollectorError | null {
    const ways = this.asked;
    if (ways.some((way) => this.#isTold(way, startedAt))) return null;
    const failed = ways.flatMap(({ state }) => ("error" in state ? [state.error] : []));
    const pending = ways.filter(({ pendingSince }) => !Number.isNaN(pendingSince));
    if (pending.length > 0) {
      return failed[0] ?? this.#explainSilence(Math.min(...pending.map(({ pendingSince }) => pendingSince)));
    }
    // A refusal says more than what the other ways failed with.
    return failed.find(({ code }) => code === "AUTH" || code === "DENIED") ?? failed[0] ?? null;
  }

  #explainSilence(since: EpochMs): CollectorError {
    const { state, lastLoss } = this.client.link;
    if (state !== "READY" && lastLoss !== null) {
      return new CollectorError(
        "UNREACHABLE",
        `${this.label}: the connection was lost (${lastLoss.reason}), and there is no other yet.`,
        "Is the service running?",
      );
    }
    return new CollectorError(
      "TIMEOUT",
      `${this.label} has not answered for ${formatAge(this.#clock.now() - since)}${state === "READY" ? "" : `; its connection is ${state}`}.`,
      "Is the process paused or overloaded?",
    );
  }

  /** What came over a connection that broke since is no longer so. */
  #isTold(way: AskedWay<unknown>, startedAt: EpochMs): boolean {
    return way.hasHeardSince(startedAt) && (this.client.isOpen || way.use === "metrics");
  }

  /** What the services of the address told last, whether or not it can be reached now. */
  get toldHealth(): HealthBook["told"] {
    return this.#healthBook.told;
  }

  /** @param name what the rows of this address are called by */
  findings(name: string): BackendFindings {
    const { instrumented, channelz, reflection, metrics } = this.ways;
    return {
      address: name,
      book: this.#servedBook(),
      confirmed: instrumented !== null && this.client.isOpen && isConfirmed(instrumented),
      channelz: channelz?.value ?? null,
      catalogue: reflection?.value ?? null,
      metrics: metrics?.value ?? null,
      stops: this.#plannedStops(),
    };
  }

  /** A server that goes down in order says NOT_SERVING first, or sends a GOAWAY without an error. */
  #plannedStops(): PlannedStops {
    const { recycles, askedToLeaveAt } = this.client;
    const { services = [] } = this.ways.health?.value ?? {};
    const isLeaving = services.some(({ service, state }) => service === "" && state === "NOT_SERVING");
    return { recycles, drainedAt: isLeaving ? this.#clock.now() : askedToLeaveAt };
  }

  /**
   * The rows of an address that does not answer stay. Those of a process that has lost only its StreamHealth go after a
   * while: what the other ways tell stands in for them.
   */
  #servedBook(): CallBook | null {
    const { instrumented, ...others } = this.ways;
    if (instrumented === null || this.#book.process === null) return null;
    if (this.client.isOpen && isConfirmed(instrumented)) return this.#book;
    if (instrumented.state.kind === "not offered") return null;
    const now = this.#clock.now();
    const lostFor = now - this.#book.process.receivedAt;
    const isSeenOtherwise = Object.values(others).some((way) => way?.hasHeardSince(now - KEPT_MS) === true);
    return lostFor > KEPT_MS && isSeenOtherwise ? null : this.#book;
  }

  /** @param isKnown whether anything is known of the address now */
  takeEvents(isKnown: boolean): SourceEvent[] {
    return [
      ...this.client.takeEvents(),
      ...(isKnown ? this.#wayEvents.take(this.#clock.now()) : []),
      ...this.#healthBook.takeEvents(),
      ...this.#book.takeEvents(),
    ];
  }

  prune(now: EpochMs): void {
    this.#book.prune(now);
  }

  close(): void {
    for (const way of this.asked) way.close();
    this.#closeWays();
    this.client.close();
  }
}

function isConfirmed(way: AskedWay<CallBook>): boolean {
  return way.state.kind === "used" && Number.isNaN(way.pendingSince);
}
