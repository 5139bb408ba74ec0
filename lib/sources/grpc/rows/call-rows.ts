import type { EndedCall } from "../../../sample/calls.ts";
import type { BookedCall, BookedProcess } from "../book/booked.ts";
import { known } from "../book/flow.ts";
import type { Rows } from "./rows.ts";
import { sameItems } from "./same-items.ts";
import type { CallPlaces, CallRows } from "./shown.ts";

export function callRowsOf(rows: Rows): CallRows {
  const made = rows.processes.map(({ process, book }) => ({ process, callsVersion: book.callsVersion }));
  const held = rows.calls;
  const isSame =
    held !== null &&
    held.made.length === made.length &&
    made.every(
      ({ process, callsVersion }, i) =>
        held.made[i]!.process === process && held.made[i]!.callsVersion === callsVersion,
    );
  if (isSame) return held;
  const calls = rows.processes.flatMap(({ process }) => [...process.calls.values()]);
  calls.sort((a, b) => startOf(a) - startOf(b));
  const processes = new Map(made.map(({ process }, i) => [process, i]));
  rows.calls = {
    made,
    calls,
    key: calls.map(({ key }) => key),
    peer: calls.map(({ row }) => row.peer),
    clientName: calls.map(({ row }) => row.clientName || null),
    flow: calls.map(({ peer }) => peer.method.flow),
    process: Int32Array.from(calls, ({ process }) => processes.get(process)!),
    ...numberConnections(calls),
  };
  return rows.calls;
}

function numberConnections(calls: readonly BookedCall[]): Pick<CallRows, "connection" | "connections"> {
  const numbers = new Map<BookedProcess, Map<number, number>>();
  const connections: { process: BookedProcess; id: number }[] = [];
  const connection = Int32Array.from(calls, ({ process, row: { connectionId: id } }) => {
    if (id === undefined) return -1;
    const ofProcess = numbers.get(process) ?? new Map<number, number>();
    numbers.set(process, ofProcess);
    const number = ofProcess.get(id) ?? connections.push({ process, id }) - 1;
    ofProcess.set(id, number);
    return number;
  });
  return { connection, connections };
}

/** On Streamside's clock, whatever is absurd last. */
function startOf({ process, row }: BookedCall): number {
  return process.receivedAt - process.serverTimeMs + known(row.startedAtMs) || Number.MAX_SAFE_INTEGER;
}

export function placesOf(rows: Rows): CallPlaces {
  const callRows = callRowsOf(rows);
  const { layout, laneOf, consumerOf } = rows;
  if (rows.places?.rows === callRows) return rows.places;
  const { calls } = callRows;
  const consumer = Int32Array.from(calls, ({ peer }) => consumerOf.get(peer) ?? -1);
  const position = Int32Array.from(calls, (call) => laneOf.get(call) ?? -1);
  const ofPosition = new Int32Array(layout.positions.count).fill(-1);
  for (const [call, at] of position.entries()) if (at >= 0) ofPosition[at] = call;
  const stream = consumer.map((row) => layout.consumers[row]?.streams[0] ?? -1);
  rows.places = { rows: callRows, stream, consumer, position, ofPosition };
  return rows.places;
}

/** What became of calls that ended lately, by their keys. */
export function endedOfAll(rows: Rows): ReadonlyMap<string, EndedCall> {
  const made = rows.processes.map(({ book }) => book.endedCalls).filter(({ size }) => size > 0);
  if (made.length === 1) return made[0]!;
  if (rows.ended === null || sameItems(rows.ended.made, made) === made) {
    rows.ended = { made, all: new Map(made.flatMap((ended) => [...ended])) };
  }
  return rows.ended.all;
}
