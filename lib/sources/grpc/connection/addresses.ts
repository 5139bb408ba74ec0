import type { Clock } from "../../../async/clock.ts";
import type { EpochMs } from "../../../model/reading.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { type Address, lookUp, planTarget, type TargetPlan } from "./resolve.ts";

/** A name is looked up again this often, and after a failure, but not more often than that. */
const LOOK_UP_MS = 30_000;
const LOOK_UP_SPACING_MS = 5_000;
/** Each address costs a connection and a Watch. */
export const MOST_ADDRESSES = 64;

export interface AddressesOptions {
  readonly target: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Which addresses a target stands for now. */
export class Addresses {
  readonly plan: TargetPlan;
  readonly #options: AddressesOptions;
  #found: readonly Address[] = [];
  #family: Address["family"] | null = null;
  #watched: readonly Address[] = [];
  #lookedUpAt = Number.NEGATIVE_INFINITY;
  #isDoubted = false;
  #lookingUp: Promise<void> | null = null;
  /** Of the newest look-up; null: it went well, or there is nothing to look up. */
  failure: CollectorError | null = null;

  constructor(options: AddressesOptions) {
    this.#options = options;
    this.plan = planTarget(options.target);
    if (this.plan.kind === "fixed") this.#take(this.plan.addresses);
  }

  /** When the name was looked up last, EpochMs; -Infinity: never. */
  get lookedUpAt(): EpochMs {
    return this.#lookedUpAt;
  }

  /** All that were found, of the family that is watched. */
  get total(): number {
    return this.#ofFamily().length;
  }

  /**
   * Those to watch, in the same order as long as they are there. Looks the name up when that is due, which is waited for
   * only while no address is known. Throws `CollectorError` when none is to be had.
   */
  async current(): Promise<readonly Address[]> {
    if (this.plan.kind === "name" && this.#isDue()) {
      this.#lookingUp ??= this.#lookUp(this.plan).finally(() => {
        this.#lookingUp = null;
      });
    }
    if (this.#watched.length === 0) await this.#lookingUp;
    if (this.#watched.length === 0) throw this.failure ?? nothingFound(this.#options.target);
    return this.#watched;
  }

  /** One of them cannot be reached: perhaps it is no longer one of them. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /**
   * None of them can be reached. A name with addresses of both families is watched by the family the resolver put first:
   * both are ways to the same processes, which would be seen twice. A machine without a way into that family reaches none
   * of them, and takes the other.
   */
  tryOtherFamily(): void {
    const other = this.#found.find(({ family }) => family !== this.#family);
    if (other === undefined) return;
    this.#family = other.family;
    this.#choose();
  }

  #isDue(): boolean {
    const age = this.#options.clock.now() - this.#lookedUpAt;
    return age >= (this.#isDoubted ? LOOK_UP_SPACING_MS : LOOK_UP_MS);
  }

  async #lookUp({ name }: TargetPlan & { readonly kind: "name" }): Promise<void> {
    const { timeoutMs, clock } = this.#options;
    this.#isDoubted = false;
    try {
      const found = await lookUp(name, timeoutMs, clock);
      if (found.length > 0) this.#take(found);
      this.failure = found.length > 0 ? null : nothingFound(this.#options.target);
    } catch (error) {
      // What was known is better than nothing: a DNS server that is down takes no address away.
      if (!(error instanceof CollectorError)) throw error;
      this.failure = error;
    } finally {
      this.#lookedUpAt = this.#watched.length === 0 ? Number.NEGATIVE_INFINITY : clock.now();
    }
  }

  #take(found: readonly Address[]): void {
    this.#found = found;
    if (!found.some(({ family }) => family === this.#family)) this.#family = found[0]?.family ?? null;
    this.#choose();
  }

  #ofFamily(): readonly Address[] {
    return this.#found.filter(({ family }) => family === this.#family);
  }

  /** Those that are watched already stay, so that what is shown does not change with the order of answers. */
  #choose(): void {
    const found = new Map(this.#ofFamily().map((address) => [address.name, address]));
    const stay = this.#watched.flatMap(({ name }) => found.get(name) ?? []);
    for (const { name } of stay) found.delete(name);
    const come = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#watched = [...stay, ...come].slice(0, MOST_ADDRESSES);
  }
}

function nothingFound(target: string): CollectorError {
  return new CollectorError(
    "UNREACHABLE",
    `${target} stands for no address.`,
    "Is the name right, and can this machine resolve it?",
  );
}
