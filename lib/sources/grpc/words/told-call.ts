import type { CallRow, ConnectionRow } from "@streamside/grpc-health";
import type { CallSide } from "../../../model/call.ts";
import type { Sample } from "../../../sample/sample.ts";
import { type Flow, known } from "../book/flow.ts";
import type { GrpcDetails, ProcessDetails } from "../rows/details.ts";

/** One call as a sample tells of it. */
export interface ToldCall {
  /** Its row in `Sample.calls`. */
  readonly at: number;
  readonly row: CallRow;
  /** Null: it has none yet, or nothing is told of it. */
  readonly connection: ConnectionRow | null;
  readonly process: ProcessDetails;
  readonly side: CallSide;
  readonly flow: Flow;
  /** Bits of `ConsumerFlag`. */
  readonly flags: number;
  /** Who the other end says it is; null: not told. */
  readonly clientName: string | null;
}

export function detailsOf({ details }: Sample): GrpcDetails {
  return details as GrpcDetails;
}

export function callAt(sample: Sample, at: number): ToldCall {
  const { connection, clientName, flags, stream } = sample.calls!;
  const { calls, processes } = detailsOf(sample);
  return {
    at,
    row: calls.rows[at]!,
    connection: calls.connections[connection[at]!] ?? null,
    process: processes[calls.process[at]!]!,
    side: sideOf(sample, stream[at]!),
    flow: calls.flow[at]!,
    flags: flags[at]!,
    clientName: clientName[at] ?? null,
  };
}

/** Which end of the calls of a stream the target is. */
export function sideOf({ layout }: Sample, stream: number): CallSide {
  return layout.streams[stream]?.calls?.side ?? "server";
}

/** The live calls of a consumer that are its lanes. */
export function callsOf(sample: Sample, consumer: number): ToldCall[] {
  const { start } = sample.layout.positions;
  const { ofPosition } = detailsOf(sample).calls;
  return Array.from(ofPosition.subarray(start[consumer]!, start[consumer + 1]!))
    .filter((at) => at >= 0)
    .map((at) => callAt(sample, at));
}

/** Other calls on the same connection, also those that are no lane. */
export function neighboursOf(sample: Sample, { at }: ToldCall): ToldCall[] {
  const { connection } = sample.calls!;
  const others: ToldCall[] = [];
  if (connection[at]! < 0) return others;
  for (let other = 0; other < connection.length; other++) {
    if (other !== at && connection[other] === connection[at]) others.push(callAt(sample, other));
  }
  return others;
}

/** How long ago something was on the process's clock when it last told of itself, ms; NaN: not known. */
export function ageOf({ process }: Pick<ToldCall, "process">, atMs: number | undefined): number {
  return process.serverTimeMs - known(atMs);
}
