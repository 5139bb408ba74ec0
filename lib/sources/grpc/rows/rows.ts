import type { SourceEvent } from "../../../model/source.ts";
import type { ConsumerInfo, Layout, StreamInfo } from "../../../sample/layout.ts";
import { nextLayout } from "../../../sample/row-map.ts";
import type { BookedPeer } from "../book/booked.ts";
import { kindText } from "../book/flow.ts";
import type { BackendFindings } from "../ways/findings.ts";
import { type MetricsBooks, takeMetrics } from "../ways/metrics-books.ts";
import { LaneRows, type PlacedLanes } from "./lane-rows.ts";
import { mapRowDetails, type RowDetails } from "./row-details.ts";
import type { CallPlaces, CallRows, EndedRows, ProcessPart, Seen, ShownMethod, ShownPeer } from "./shown.ts";
import { mapMethods, processesOf } from "./shown-methods.ts";
import { mapConsumer, mapPeers, type Numbers } from "./shown-peers.ts";

/** A layout with what its rows stand for. */
export interface Rows extends PlacedLanes {
  readonly layout: Layout;
  /** Every process once, and again where it answers at another address too: those count for nothing. */
  readonly processes: readonly ProcessPart[];
  readonly doubles: readonly ProcessPart[];
  readonly methods: readonly ShownMethod[];
  readonly peers: readonly ShownPeer[];
  /** Row of the consumer of each peer. */
  readonly consumerOf: ReadonlyMap<BookedPeer, number>;
  readonly details: RowDetails;
  readonly metrics: MetricsBooks;
  readonly numbers: Numbers;
  /** Made when they are first asked for, and again when a call comes or goes; null until then. */
  calls: CallRows | null;
  places: CallPlaces | null;
  ended: EndedRows | null;
  /** What the layout was made of: the same again makes the same layout. */
  readonly seen: readonly Seen[];
}

/** The rows of all addresses: the same object until methods, peers or calls that are lanes come or go. */
export function mapRows(backends: readonly BackendFindings[], previous: Rows | null): Rows {
  const metrics = takeMetrics(backends, previous?.metrics ?? new Map());
  const seen = backends.map(({ address, book, catalogue, metricsAreShared }) => {
    const told = metrics.get(address)?.book ?? null;
    return {
      address,
      shared: metricsAreShared === true,
      book,
      version: book?.version ?? 0,
      metrics: told,
      metricsVersion: told?.version ?? 0,
      catalogue,
    };
  });
  if (previous !== null && sameSeen(previous.seen, seen)) return previous;

  const numbers = previous?.numbers ?? { last: 0 };
  const { processes, doubles } = processesOf(seen);
  const methods = mapMethods(seen, processes, previous?.methods ?? []);
  const streams: StreamInfo[] = [];
  const consumers: ConsumerInfo[] = [];
  const peers: ShownPeer[] = [];
  const consumerOf = new Map<BookedPeer, number>();
  const lanes = new LaneRows(previous, numbers);
  const start = [0];
  const peersBefore = new Map(previous?.peers.map((peer) => [peer.key, peer]));
  const addresses = new Map(processes.map(({ process, address }) => [process, address]));
  for (const [stream, method] of methods.entries()) {
    streams.push(mapStream(method));
    for (const peer of mapPeers(method, peersBefore, numbers)) {
      for (const part of peer.parts) consumerOf.set(part.peer, peers.length);
      lanes.addPeer(peer, stream, peers.length);
      start.push(lanes.count);
      consumers.push(mapConsumer(peer, stream));
      peers.push(peer);
    }
  }
  const layout = nextLayout(previous?.layout ?? null, {
    streams,
    lanes: lanes.describe(backends.length > 1 ? addresses : null),
    consumers,
    positions: lanes.positions(start),
  });
  const { laneOf, members, memberOf } = lanes;
  return {
    ...{ layout, processes, doubles, methods, peers, consumerOf },
    ...{ lanes: lanes.lanes, laneOf, members, memberOf },
    details: mapRowDetails(methods, peers),
    ...{ metrics, numbers, seen },
    calls: previous?.calls ?? null,
    places: null,
    ended: previous?.ended ?? null,
  };
}

/** What metrics alone tell of, since this was last asked: books of StreamHealth are asked by who keeps them. */
export function takeMetricsEvents({ metrics }: Rows): SourceEvent[] {
  return [...metrics.values()].flatMap(({ book }) => book.takeEvents());
}

function sameSeen(a: readonly Seen[], b: readonly Seen[]): boolean {
  return a.length === b.length && a.every((one, i) => FIELDS.every((field) => one[field] === b[i]![field]));
}

const FIELDS = ["address", "shared", "book", "version", "metrics", "metricsVersion", "catalogue"] as const;

function mapStream({ key, path, kind, side }: ShownMethod): StreamInfo {
  return { key, name: path, kind: "method", detail: kindText(kind, side), calls: { kind, side } };
}
