import type { EpochMs } from "../../../model/reading.ts";
import type { CallBook } from "../book/call-book.ts";
import type { ChannelzFindings, MethodCatalogue, MetricsFindings } from "./ways.ts";

/** What is known of one address of the target now; null: not offered, refused or lost for the moment. */
export interface BackendFindings {
  /** `host:port`, or the whole target where it is one address only: unique within the source, part of keys and names. */
  readonly address: string;
  /** From StreamHealth; kept while its Watch is lost for less than it takes to be stale. */
  readonly book: CallBook | null;
  /**
   * Whether the process says so now. False: nothing confirms the book at present; its rows stay, so that nothing seems to
   * have ended, and none of their numbers is known.
   */
  readonly confirmed: boolean;
  readonly channelz: ChannelzFindings | null;
  readonly catalogue: MethodCatalogue | null;
  readonly metrics: MetricsFindings | null;
  /** What it has said of planned ends of connections; absent: nothing. */
  readonly stops?: PlannedStops;
  /** They are those of all addresses together. */
  readonly metricsAreShared?: boolean;
}

/** What is known of an address from Streamside's own connection to it, and from its health. */
export interface PlannedStops {
  /** It ends connections at a certain age, over and over. */
  readonly recycles: boolean;
  /** When it last said that it goes down: NOT_SERVING, or a GOAWAY without an error; NaN: never. */
  readonly drainedAt: EpochMs;
}
