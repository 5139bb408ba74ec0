import { allOrLate } from "../../../async/all-or-late.ts";
import type { Clock } from "../../../async/clock.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { capped } from "../../event-text.ts";
import { type GrpcCollectorOptions, isUsed } from "../config.ts";
import { Addresses } from "../connection/addresses.ts";
import type { Address } from "../connection/resolve.ts";
import { AskedWay } from "./asked-way.ts";
import { Backend } from "./backend.ts";
import type { BackendFindings } from "./findings.ts";
import { createMetricsWay } from "./metrics/metrics-way.ts";
import type { MetricsFindings } from "./ways.ts";

/** A sample is held up so long at most by what is late, once something is known. */
const LATE_MS = 500;
const METRICS_KEPT_MS = 10_000;

/** The addresses of a target, each watched by itself. */
export class Backends {
  readonly addresses: Addresses;
  /** A Prometheus endpoint that is none of a single address; null: there is none. */
  readonly sharedMetrics: AskedWay<MetricsFindings> | null;
  readonly #options: GrpcCollectorOptions;
  readonly #clock: Clock;
  readonly #closing: (() => void)[] = [];
  #backends = new Map<string, Backend>();
  #events: SourceEvent[] = [];
  #requestsOfClosed = 0;
  #isClosed = false;
  /** Once there were several, each has its own name for good. */
  #areSeveral = false;

  constructor(options: GrpcCollectorOptions, clock: Clock) {
    const { target, connectTimeoutMs } = options;
    this.#options = options;
    this.#clock = clock;
    this.addresses = new Addresses({ target, timeoutMs: connectTimeoutMs, clock });
    this.sharedMetrics = this.#createSharedMetrics();
  }

  get all(): readonly Backend[] {
    return [...this.#backends.values()];
  }

  /** Requests sent so far. */
  get requests(): number {
    return this.all.reduce((sum, { client }) => sum + client.requests, this.#requestsOfClosed);
  }

  /** What an address is called in keys and names: the whole target while it has been the only one. */
  nameOf({ address }: Backend): string {
    return this.#areSeveral ? address.name : this.#options.target;
  }

  /** What is known of each address. What all of them share is told as of the first, lest it count several times. */
  findings(): BackendFindings[] {
    return this.all.map((backend, i) => {
      const findings = backend.findings(this.nameOf(backend));
      return i === 0 && this.sharedMetrics
        ? { ...findings, metrics: this.sharedMetrics.value, metricsAreShared: true }
        : findings;
    });
  }

  get areSeveral(): boolean {
    return this.#areSeveral;
  }

  /**
   * One round: asks every way of every address. Resolves when all have answered or failed; once one has answered, those
   * that are late are not waited for, and those that were late in the round before not at all.
   */
  async ask(): Promise<void> {
    const addresses = await this.addresses.current();
    if (this.#isClosed) throw new CollectorError("INTERNAL", "The collector was closed.", "");
    this.#settle(addresses);
    const startedAt = this.#clock.now();
    const round = this.all.flatMap((backend) => backend.ask());
    const shared = this.sharedMetrics;
    if (shared) round.push({ way: shared, isNew: Number.isNaN(shared.pendingSince), answered: shared.ask() });
    const heard = new Promise<void>((resolve) => {
      for (const { way, answered } of round) {
        void answered.then(() => {
          if (way.hasHeardSince(startedAt)) resolve();
        });
      }
    });
    await allOrLate(this.#clock, answersOf(round.filter(({ isNew }) => isNew)), LATE_MS);
    await Promise.race([heard, Promise.all(answersOf(round))]);
    // A call that failed because its connection broke tells so before the connection does.
    await new Promise(setImmediate);
  }

  /** What a round came to: where an address cannot be reached, the next one looks for others. */
  note(failures: readonly CollectorError[]): void {
    const unreachable = failures.filter(({ code }) => code === "UNREACHABLE" || code === "TIMEOUT");
    if (unreachable.length > 0) this.addresses.doubt();
    if (unreachable.length === this.#backends.size) this.addresses.tryOtherFamily();
  }

  takeEvents(): SourceEvent[] {
    return this.#events.splice(0);
  }

  close(): void {
    this.#isClosed = true;
    for (const backend of this.all) backend.close();
    this.sharedMetrics?.close();
    for (const close of this.#closing) close();
  }

  /** Lets go of addresses that are gone, and begins to watch new ones. */
  #settle(addresses: readonly Address[]): void {
    const before = this.#backends;
    const isFirst = before.size === 0;
    const now = new Map<string, Backend>();
    const come: Address[] = [];
    for (const address of addresses) {
      const known = before.get(address.name);
      if (known === undefined) come.push(address);
      now.set(address.name, known ?? this.#create(address));
      before.delete(address.name);
    }
    this.#backends = now;
    this.#areSeveral ||= now.size > 1;
    for (const backend of before.values()) {
      this.#events.push(...backend.takeEvents(false));
      this.#requestsOfClosed += backend.client.requests;
      backend.close();
    }
    if (isFirst) return;
    const { target } = this.#options;
    const at = this.#clock.now();
    this.#events.push(
      ...capped([...before.values()], `addresses of ${target} are gone`, at, ({ address }) => ({
        at,
        kind: "address gone",
        title: `${address.name} is no longer an address of ${target}`,
      })),
      ...capped(come, `addresses of ${target} are new`, at, ({ name }) => ({
        at,
        kind: "address new",
        title: `${name} is a new address of ${target}`,
      })),
    );
  }

  #create(address: Address): Backend {
    const { plan } = this.addresses;
    const { metrics } = this.#options;
    const isNamed = plan.kind === "name";
    const host = isNamed ? address.name.replace(/:\d+$/, "").replace(/^\[|\]$/g, "") : undefined;
    return new Backend({
      options: this.#options,
      clock: this.#clock,
      address,
      authority: isNamed ? `${plan.name.host}:${plan.name.port}` : null,
      metrics: metrics === undefined || this.sharedMetrics !== null ? null : { url: metrics, address: host },
    });
  }

  /** A URL whose host is the target's name is that of each address; any other one is asked once for all of them. */
  #createSharedMetrics(): AskedWay<MetricsFindings> | null {
    const { metrics: url, requestTimeoutMs: timeoutMs, tls } = this.#options;
    const { plan } = this.addresses;
    if (url === undefined || !isUsed(this.#options, "metrics")) return null;
    if (plan.kind === "fixed" && plan.addresses.length === 1) return null;
    if (plan.kind === "name" && new URL(url).hostname === plan.name.host) return null;
    const way = createMetricsWay({ url, tls, timeoutMs, clock: this.#clock });
    this.#closing.push(() => way.close());
    return new AskedWay<MetricsFindings>({
      use: "metrics",
      way: async () => way,
      asOf: ({ asOf }) => asOf,
      keptMs: METRICS_KEPT_MS,
      timeoutMs: 2 * timeoutMs,
      clock: this.#clock,
    });
  }
}

function answersOf(round: ReturnType<Backend["ask"]>): Promise<void>[] {
  return round.map(({ answered }) => answered);
}
