import type { Scope } from "../../../sample/collector.ts";
import type { Layout } from "../../../sample/layout.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import type { AgeRound, AgeTarget } from "./age-memory.ts";
import type { MessageClient } from "./stored-message.ts";

interface AgeRoundInput {
  readonly layout: Layout;
  readonly position: Float64Array;
  /** In the order of the layout's streams. */
  readonly streams: readonly StreamSnapshot[];
  /** The connection to the account that has the stream. */
  readonly clientOf: (stream: StreamSnapshot) => MessageClient | null;
  readonly scope: Scope | undefined;
  /** What `scope.unaged` are rows of; null: no sample yet. */
  readonly layoutBefore: Layout | null;
}

/** Who is to be looked up in this sample: what someone looks at, then the worst. */
export function ageRound({
  layout,
  position,
  streams,
  clientOf,
  scope,
  layoutBefore,
}: AgeRoundInput): AgeRound {
  const wanted = new Set(scope?.focus);
  for (const row of scope?.unaged ?? []) {
    const key = layoutBefore?.consumers[layoutBefore.positions.consumer[row] ?? -1]?.key;
    if (key !== undefined) wanted.add(key);
  }
  let firsts: Int32Array | null = null;
  const targetOf = (row: number): AgeTarget | null => {
    firsts ??= firstConsumers(streams);
    const consumerRow = layout.positions.consumer[row]!;
    const streamRow = layout.consumers[consumerRow]!.streams[0]!;
    const stream = streams[streamRow];
    const consumer = stream?.consumers[consumerRow - firsts[streamRow]!];
    const client = stream && clientOf(stream);
    return client && stream && consumer ? { client, stream: stream.entry, consumer } : null;
  };
  return { layout, position, wanted: [...wanted], targetOf };
}

/** The row of each stream's first consumer. */
function firstConsumers(streams: readonly StreamSnapshot[]): Int32Array {
  const firsts = new Int32Array(streams.length);
  for (let row = 1; row < streams.length; row++) {
    firsts[row] = firsts[row - 1]! + streams[row - 1]!.consumers.length;
  }
  return firsts;
}
