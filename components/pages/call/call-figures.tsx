import { CALL_DEFINITIONS } from "@/components/shared/call-words";
import { Figure, Figures } from "@/components/ui/figure";
import {
  exactCount,
  formatAge,
  formatCountdown,
  formatDuration,
  formatPerSecond,
  UNKNOWN,
} from "@/lib/format";
import type { CallView } from "@/lib/model/call";
import { severityOf } from "@/lib/model/status";

/** How long something waits in the call, how much does, and what went each way. `asOf`: what ages are counted to. */
export function CallFigures({ call, asOf }: { call: CallView; asOf: number }) {
  const age = (at: number | null) => (at === null ? UNKNOWN : formatAge(asOf - at));
  const ago = (at: number | null, count: number | null) =>
    count === 0 ? "never" : at === null ? UNKNOWN : `${age(at)} ago`;
  const waits = call.waitingMs !== null && call.waitingMs > 0;
  return (
    <Figures>
      <Figure
        name="Waiting"
        title={CALL_DEFINITIONS.waiting}
        tone={waits && severityOf(call.status) === "critical" ? "crit" : undefined}
      >
        {known(call.waitingMs, (ms) => (ms === 0 ? "nothing" : formatDuration(ms)))}
      </Figure>
      <Figure name="Queued" title={CALL_DEFINITIONS.queued}>
        {known(call.queued, exactCount)}
      </Figure>
      <Figure name="Unread" title={CALL_DEFINITIONS.unread}>
        {known(call.unread, exactCount)}
      </Figure>
      <Figure name="Sent" title={`${CALL_DEFINITIONS.sent} A second.`}>
        {known(call.sentPerSecond, formatPerSecond)}
      </Figure>
      <Figure name="Received" title={`${CALL_DEFINITIONS.received} A second.`}>
        {known(call.receivedPerSecond, formatPerSecond)}
      </Figure>
      <Figure name="Sent in all" title={CALL_DEFINITIONS.sent}>
        {known(call.sent, exactCount)}
      </Figure>
      <Figure name="Received in all" title={CALL_DEFINITIONS.received}>
        {known(call.received, exactCount)}
      </Figure>
      <Figure name="Last sent">{ago(call.lastSentAt, call.sent)}</Figure>
      <Figure name="Last received">{ago(call.lastReceivedAt, call.received)}</Figure>
      <Figure name="Age" title={CALL_DEFINITIONS.age}>
        {age(call.startedAt)}
      </Figure>
      <Figure name="Deadline" title={CALL_DEFINITIONS.deadline}>
        {call.deadlineAt === null ? UNKNOWN : deadlineText(call.deadlineAt - asOf)}
      </Figure>
    </Figures>
  );
}

function known(value: number | null, format: (value: number) => string): string {
  return value === null ? UNKNOWN : format(value);
}

function deadlineText(leftMs: number): string {
  return leftMs <= 0 ? "passed" : formatCountdown(leftMs);
}
