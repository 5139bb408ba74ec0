import type { WallClock } from "../../../async/clock.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";
import type { LinkWatcher } from "./link.ts";

/** The states of a gRPC channel, here of Streamside's own connection to one address. */
export type ConnectivityState = "IDLE" | "CONNECTING" | "READY" | "TRANSIENT_FAILURE";

export interface LinkState {
  readonly state: ConnectivityState;
  /** Since when it is in this state, EpochMs. */
  readonly since: EpochMs;
  /** Connections made after the first one. */
  readonly reconnects: number;
  readonly lastLoss: { readonly at: EpochMs; readonly reason: string } | null;
}

/** Servers that end every connection at a certain age do so again and again: told so often at most, while it costs nothing. */
const ROUTINE_MS = 600_000;
const PROMPT_MS = 2_000;
/** As servers say that a connection is as old as it may be. */
const AGE = /\bmax[_ ](connection[_ ])?age\b/i;

/** Keeps what became of the connections to one address, and tells of what changed. */
export class LinkLog implements LinkWatcher {
  /** It ends connections at a certain age: the last one was ended so. */
  recycles = false;
  /** When it last said, without an error, that it wants to be left; NaN: never. */
  askedToLeaveAt = Number.NaN;
  readonly #target: string;
  readonly #clock: WallClock;
  #events: SourceEvent[] = [];
  #connections = 0;
  /** Whether the newest connection takes new calls. */
  #isUp = false;
  /** Whether it is there at all: after a GOAWAY, calls that are under way go on. */
  isOpen = false;
  #goaway: string | null = null;
  #goawayToldAt = Number.NEGATIVE_INFINITY;
  /** The newest GOAWAY was not told. */
  #isRoutine = false;
  state: LinkState;

  constructor(target: string, clock: WallClock) {
    this.#target = target;
    this.#clock = clock;
    this.state = { state: "IDLE", since: clock.now(), reconnects: 0, lastLoss: null };
  }

  connecting(): void {
    this.#turn("CONNECTING");
  }

  failed(): void {
    this.#turn("TRANSIENT_FAILURE");
  }

  connected(): void {
    this.#turn("READY");
    this.#connections++;
    this.#isUp = true;
    this.isOpen = true;
    const untold = this.#isRoutine && this.#goaway !== null ? `; ${this.#goaway}` : "";
    this.#goaway = null;
    const { lastLoss } = this.state;
    if (this.#connections === 1) return;
    this.state = { ...this.state, reconnects: this.#connections - 1 };
    const awayMs = lastLoss === null ? Number.NaN : this.state.since - lastLoss.at;
    if (untold !== "" && awayMs <= PROMPT_MS) return;
    this.#tell("connection back", `Connected again to ${this.#target}${formatAway(awayMs)}${untold}`);
  }

  onGoaway(reason: string): void {
    this.#goaway = reason;
    const at = this.#clock.now();
    const isPlanned = reason.startsWith("GOAWAY NO_ERROR");
    this.recycles = isPlanned && AGE.test(reason);
    if (isPlanned && !this.recycles) this.askedToLeaveAt = at;
    this.#isRoutine = isPlanned && at - this.#goawayToldAt < ROUTINE_MS;
    if (!this.#isRoutine) {
      this.#goawayToldAt = at;
      this.#tell("goaway", `${this.#target} asks to be left: ${reason}`);
    }
    this.#lose(reason);
  }

  onLost(reason: string): void {
    this.lost(reason);
  }

  /** Does nothing when it is lost already, whose reason came first. */
  lost(reason: string): void {
    this.isOpen = false;
    if (!this.#isUp) return;
    if (this.#goaway === null) {
      this.#tell("connection lost", `The connection to ${this.#target} was lost: ${reason}`);
    }
    this.#lose(reason);
  }

  takeEvents(): SourceEvent[] {
    return this.#events.splice(0);
  }

  #lose(reason: string): void {
    this.#isUp = false;
    this.#turn("IDLE");
    this.state = { ...this.state, lastLoss: { at: this.#clock.now(), reason } };
  }

  #turn(state: ConnectivityState): void {
    this.state = { ...this.state, state, since: this.#clock.now() };
  }

  #tell(kind: string, title: string): void {
    this.#events.push({ at: this.#clock.now(), kind, title });
  }
}

function formatAway(ms: number): string {
  if (!(ms >= 0)) return "";
  return ms < 1_000 ? ` after ${Math.round(ms)} ms` : ` after ${Math.round(ms / 1_000)} s`;
}
