import type { WallClock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { rowsOfConsumers, stillUnread } from "../../../sample/focus.ts";
import type { Sample } from "../../../sample/sample.ts";
import type { NatsClient } from "../connection/client.ts";
import { type Mapped, mapPosition, mapStanding } from "../mapper.ts";
import type { ConsumerEntry, StreamEntry } from "./entries.ts";
import { askConsumer, askStream } from "./listing.ts";
import type { StreamSnapshot } from "./snapshot.ts";

/** The last sample of everything: what a smaller one adds to. */
export interface LastSample {
  readonly mapped: Mapped;
  readonly observation: Sample;
}

interface Looked {
  readonly row: number;
  readonly consumer: ConsumerEntry;
}

/**
 * A few consumers, asked for between two samples of all, each after its stream. What is not answered, or by nobody who
 * leads, keeps its value and its time. Null where none of them is known.
 */
export async function readFocus(
  keys: readonly string[],
  { mapped, observation }: LastSample,
  clientOf: (stream: StreamSnapshot) => NatsClient | null,
  clock: WallClock,
): Promise<Sample | null> {
  const rows = rowsOfConsumers(mapped.layout, keys);
  const looked = findLooked(rows, mapped);
  if (looked.size === 0) return null;
  const startedAt = clock.now();
  let requests = 0;
  const { head, floor, asOf } = observation.lanes;
  const lanes = { ...observation.lanes, head: head.slice(), floor: floor.slice(), asOf: asOf.slice() };
  const { positions: last } = mapped;
  const positions = {
    ...last,
    position: last.position.slice(),
    backlog: last.backlog.slice(),
    inFlight: last.inFlight.slice(),
    lost: (observation.positions.lost ?? last.lost).slice(),
    asOf: last.asOf.slice(),
  };
  await Promise.all(
    [...looked].map(async ([lane, consumers]) => {
      const stream = mapped.snapshot.streams[lane]!;
      const client = clientOf(stream);
      if (client === null) return;
      requests += 1 + consumers.length;
      const { name, createdAt } = stream.entry;
      const entry = await tolerantly(() => askStream(client, name, clock));
      if (entry === null || entry.createdAt !== createdAt) return;
      mapStanding(entry, lane, lanes);
      await Promise.all(
        consumers.map(async ({ row, consumer }) => {
          const told = await tolerantly(() => askConsumer(client, name, consumer.name, clock));
          if (told === null || told.createdAt !== consumer.createdAt || !isLed(entry, told)) return;
          const isFiltered = mapped.layout.consumers[row]!.filtered === true;
          mapPosition(entry, told, isFiltered, row, positions, last, row);
        }),
      );
    }),
  );
  if (requests === 0) return null; // only the system account tells of them, and not so often
  return {
    ...observation,
    startedAt,
    finishedAt: clock.now(),
    lanes,
    positions: {
      ...positions,
      unreadSince: stillUnread(
        observation.positions.unreadSince,
        observation.layout.positions,
        rows,
        positions.position,
        last.position,
      ),
    },
    events: [],
    failures: [],
    cost: { requests },
  };
}

/** The consumers of each stream concerned, by the stream's row. Connections are none. */
function findLooked(rows: readonly number[], { layout, snapshot }: Mapped): Map<number, Looked[]> {
  const found = new Map<number, Looked[]>();
  for (const row of rows) {
    const lane = layout.positions.lane[row]!;
    const consumer = snapshot.streams[lane]?.consumers.find(
      ({ name }) => name === layout.consumers[row]!.name,
    );
    if (consumer !== undefined) found.set(lane, [...(found.get(lane) ?? []), { row, consumer }]);
  }
  return found;
}

function isLed({ cluster }: StreamEntry, { leader }: ConsumerEntry): boolean {
  return cluster === null || leader !== "";
}

/** The next full sample says what is wrong. */
async function tolerantly<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CollectorError || error instanceof Error) return null;
    throw error;
  }
}
