import type { MethodView } from "../../model/call.ts";
import { isServerError, nameOfCode } from "../../model/call.ts";
import { type Reading, toReading } from "../../model/reading.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import type { MethodCounter } from "../../sample/method-totals.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";

/** What the calls of a gRPC method come to now; null for any other stream. */
export function viewMethod(source: SourceSnapshot, sampled: Sampled, stream: number): MethodView | null {
  const { layout, sample, streamIds } = sampled;
  const { calls: about } = layout.streams[stream]!;
  const history = source.table.methods.of(streamIds[stream]!);
  const totals = sample.streams.calls?.[stream] ?? [];
  if (about === undefined || history === null) return null;
  const rate = (counter: MethodCounter): Reading => toReading(history.rate(counter));
  const counts = new Map<number, number>();
  let live = totals.length === 0 ? Number.NaN : 0;
  for (const { started, completed, statuses } of totals) {
    live += started - completed;
    for (const { code, count } of statuses) counts.set(code, (counts.get(code) ?? 0) + count);
  }
  return {
    kind: about.kind,
    side: about.side,
    live: toReading(Math.max(0, live)),
    startedPerSecond: rate("started"),
    completedPerSecond: rate("completed"),
    sentPerSecond: rate("sent"),
    receivedPerSecond: rate("received"),
    bytesSentPerSecond: rate("bytesSent"),
    bytesReceivedPerSecond: rate("bytesReceived"),
    retriesPerSecond: rate("retries"),
    codes: [...counts]
      .sort(([a, x], [b, y]) => y - x || a - b)
      .map(([code, total]) => ({
        code: nameOfCode(code),
        isError: isServerError(code),
        total,
        lastMinute: history.lastMinute(code),
      })),
    from: [...new Set(totals.map(({ from }) => from))].join(", "),
  };
}
