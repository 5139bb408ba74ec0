import { exactCount } from "../../format/index.ts";
import type { PartialFailure, SourceFact } from "../../model/source.ts";
import type { CollectorError } from "../../sample/collector-error.ts";
import { type Gauge, gaugesOf } from "../../sample/gauge.ts";
import type { ProbeQuantile, ProbeReading } from "./probe-book.ts";

/** What a probe calls what it does. */
export interface ProbeWords {
  /** The topic or subject it goes over. */
  readonly over: string;
  /** What its times are, and from when until when they are taken. */
  readonly times: string;
  readonly timesTitle: string;
  /** What it sends, and what makes one of them lost. */
  readonly sent: string;
  readonly lostTitle: string;
  /** What the names of its gauges begin with. */
  readonly gauges: string;
}

export interface ProbeState {
  readonly words: ProbeWords;
  readonly deadlineMs: number;
  readonly reading: ProbeReading;
  /** Why nothing gets through, or only some of it; null while all is well. */
  readonly failure: CollectorError | null;
}

/** What the source's page tells of the probe. */
export function mapProbeFacts({ words, deadlineMs, reading }: ProbeState): SourceFact[] {
  const { p50, p99, max, sent, late, lost, outstanding, waitingMs, waitingSince } = reading;
  const counts = `${late} late · ${lost} lost · ${outstanding} on the way`;
  return [
    {
      label: words.times,
      value: `p50 ${quantile(p50)} · p99 ${quantile(p99)} · slowest ${quantile(max)}`,
      title: `${words.timesTitle}, over 15 minutes`,
    },
    {
      label: words.sent,
      value:
        waitingMs > deadlineMs
          ? {
              kind: "ago",
              value: waitingSince,
              of: `${exactCount(sent)} sent · ${counts}, the oldest sent {}`,
            }
          : { kind: "count", value: sent, of: `{} sent · ${counts}` },
      title: `Late: later than ${duration(deadlineMs)}, counted with its true time. Lost: ${words.lostTitle}`,
    },
  ];
}

/** For `/metrics`. What is not known is left out. */
export function mapProbeGauges({ words, reading }: ProbeState): Gauge[] {
  const { gauges: name, sent, times } = words;
  const quantiles: readonly (readonly [string, ProbeQuantile | null])[] = [
    ["0.5", reading.p50],
    ["0.99", reading.p99],
    ["1", reading.max],
  ];
  return [
    ...gaugesOf({
      [`${name}_sent_total`]: [`${sent} sent.`, reading.sent],
      [`${name}_late_total`]: [`${sent} that came back late.`, reading.late],
      [`${name}_lost_total`]: [`${sent} that did not come back.`, reading.lost],
      [`${name}_outstanding`]: [`${sent} on the way.`, reading.outstanding],
      [`${name}_waiting_seconds`]: ["For how long the oldest of them has been.", reading.waitingMs / 1000],
    }),
    ...quantiles.flatMap(([quantile, value]) =>
      value === null
        ? []
        : gaugesOf({ [`${name}_seconds`]: [`${times}, over 15 minutes.`, value.ms / 1000] }, { quantile }),
    ),
  ];
}

export function mapProbeFailures({ words, failure }: ProbeState): PartialFailure[] {
  if (failure === null) return [];
  const { code, message, hint } = failure;
  return [{ scope: "source", subject: `probe on ${words.over}`, code, message: `${message} ${hint}`.trim() }];
}

function quantile(value: ProbeQuantile | null): string {
  return value === null ? "–" : `${value.atLeast ? "≥ " : ""}${duration(value.ms)}`;
}

function duration(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(2))} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}
