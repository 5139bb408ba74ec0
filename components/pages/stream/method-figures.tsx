import { CALL_DEFINITIONS } from "@/components/shared/call-words";
import { Figures, ReadingFigure } from "@/components/ui/figure";
import type { ReadingKind } from "@/components/ui/reading";
import { formatBytes, UNKNOWN } from "@/lib/format";
import type { MethodView } from "@/lib/model/call";
import type { Reading } from "@/lib/model/reading";

/** What the calls of a method come to now: how many, how often, and what goes each way. */
export function MethodFigures({ method }: { method: MethodView }) {
  const figure = (name: string, reading: Reading, kind: ReadingKind, definition: string) => (
    <ReadingFigure
      name={name}
      reading={reading}
      kind={kind}
      definition={`${definition} From: ${method.from}.`}
      {...(kind === "bytes" && { format: bytesPerSecond })}
    />
  );
  return (
    <Figures>
      {figure("Live calls", method.live, "count", CALL_DEFINITIONS.live)}
      {figure("Started", method.startedPerSecond, "rate", CALL_DEFINITIONS.started)}
      {figure("Ended", method.completedPerSecond, "rate", CALL_DEFINITIONS.ended)}
      {figure("Messages sent", method.sentPerSecond, "rate", CALL_DEFINITIONS.sent)}
      {figure("Messages received", method.receivedPerSecond, "rate", CALL_DEFINITIONS.received)}
      {figure("Bytes sent", method.bytesSentPerSecond, "bytes", CALL_DEFINITIONS.bytesSent)}
      {figure("Bytes received", method.bytesReceivedPerSecond, "bytes", CALL_DEFINITIONS.bytesReceived)}
      {figure("Retries", method.retriesPerSecond, "rate", CALL_DEFINITIONS.retries)}
    </Figures>
  );
}

function bytesPerSecond(value: number): string {
  const text = formatBytes(value);
  return text === UNKNOWN ? text : `${text}/s`;
}
