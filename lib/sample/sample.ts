import type { EpochMs } from "../model/reading.ts";
import type { SourceSignal } from "../model/signal.ts";
import type { PartialFailure, SourceEvent, SourceFact, SourceSection } from "../model/source.ts";
import type { CallColumns } from "./calls.ts";
import type { ConsumerColumns, LaneColumns, PositionColumns, StreamColumns } from "./columns.ts";
import type { Gauge } from "./gauge.ts";
import type { Layout } from "./layout.ts";

/**
 * Everything a source told at one instant, as plain data: `structuredClone` of it means the same, and nothing in it is
 * written again after it was handed on.
 */
export interface Sample {
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs;
  /** Who the rows are. The same version until topology changes. */
  readonly layout: Layout;
  /** Row for row with `layout.lanes`. */
  readonly lanes: LaneColumns;
  /** Row for row with `layout.positions`. */
  readonly positions: PositionColumns;
  /** Row for row with `layout.streams`. */
  readonly streams: StreamColumns;
  /** Row for row with `layout.consumers`. */
  readonly consumers: ConsumerColumns;
  /** Live calls (gRPC), also those that are no lane; absent in systems without them. */
  readonly calls?: CallColumns;
  /** What `positions.member` points into. */
  readonly members: readonly Member[];
  readonly facts: readonly SourceFact[];
  /** Tables of what the source consists of besides streams and consumers: servers, connections between them … */
  readonly sections?: readonly SourceSection[];
  /** Figures of the source as a whole for `/metrics`. */
  readonly gauges?: readonly Gauge[];
  readonly events: readonly SourceEvent[];
  readonly failures: readonly PartialFailure[];
  /** What it shows of its own health: what a health service says, brokers that are missing … */
  readonly signals?: readonly SourceSignal[];
  /** Services of which a health service told whether they serve, the empty name is the server as a whole; absent: none. */
  readonly health?: readonly { readonly service: string; readonly isServing: boolean }[];
  readonly cost: SampleCost;
  /** What the words of its kind are made from: plain data that only its kind reads. Absent: there is nothing more to say. */
  readonly details?: unknown;
}

export interface Member {
  readonly id: string;
  readonly clientId: string;
  readonly host: string;
  readonly consumer: number;
}

export interface SampleCost {
  /** Requests sent to the system for this sample. */
  readonly requests: number;
}
