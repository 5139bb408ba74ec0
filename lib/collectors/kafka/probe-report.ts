import type { PartialFailure, SourceFact } from "../../model/source.ts";
import type { CollectorError } from "../contract.ts";
import type { ProbeQuantile, ProbeReading } from "./probe-book.ts";

export interface ProbeState {
  readonly topic: string;
  readonly deadlineMs: number;
  readonly reading: ProbeReading;
  readonly failure: CollectorError | null;
}

/** What the source's page tells of the probe. */
export function mapProbeFacts({ topic, deadlineMs, reading }: ProbeState): SourceFact[] {
  const { p50, p99, max, sent, late, lost, outstanding, waitingMs } = reading;
  const facts: SourceFact[] = [
    {
      label: "End to end",
      value: `p50 ${quantile(p50)} · p99 ${quantile(p99)} · slowest ${quantile(max)}`,
      title: `From when a message was due to be written to ${topic} until it could be read, over 15 minutes`,
    },
    {
      label: "Probe messages",
      value:
        `${sent.toLocaleString("en")} sent · ${late} late · ${lost} lost · ${outstanding} on the way` +
        (waitingMs > deadlineMs ? `, for ${duration(waitingMs)} or longer` : ""),
      title: `Late: later than ${duration(deadlineMs)}, counted with its true time. Lost: stored and not there, or given up`,
    },
  ];
  return facts;
}

/** For `/metrics`. What is not known is left out; `…_at_least` is 1 where messages on their way may make it larger. */
export function mapProbeGauges({ reading }: ProbeState): Record<string, number> {
  const gauges: Record<string, number> = {
    streamside_kafka_probe_sent_total: reading.sent,
    streamside_kafka_probe_late_total: reading.late,
    streamside_kafka_probe_lost_total: reading.lost,
    streamside_kafka_probe_outstanding: reading.outstanding,
    streamside_kafka_probe_waiting_seconds: reading.waitingMs / 1000,
  };
  const quantiles: readonly (readonly [string, ProbeQuantile | null])[] = [
    ["0.5", reading.p50],
    ["0.99", reading.p99],
    ["1", reading.max],
  ];
  for (const [share, value] of quantiles) {
    if (value !== null) gauges[`streamside_kafka_probe_seconds{quantile="${share}"}`] = value.ms / 1000;
  }
  return gauges;
}

export function mapProbeFailures({ topic, failure }: ProbeState): PartialFailure[] {
  if (failure === null) return [];
  const { code, message, hint } = failure;
  return [{ scope: "source", subject: `probe on ${topic}`, code, message: `${message} ${hint}`.trim() }];
}

function quantile(value: ProbeQuantile | null): string {
  return value === null ? "–" : `${value.atLeast ? "≥ " : ""}${duration(value.ms)}`;
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}
