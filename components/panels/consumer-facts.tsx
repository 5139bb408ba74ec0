import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";
import { type ReadingKind, readingTitle } from "@/components/ui/reading";
import {
  definitionOf,
  exactCount,
  formatBytes,
  formatCountdown,
  formatDrain,
  formatDuration,
  formatPerSecond,
  type Measure,
  readingParts,
} from "@/lib/format";
import type { Reading } from "@/lib/model/reading";
import { severityOf } from "@/lib/model/status";
import type { ConsumerView } from "@/lib/model/views";
import { latencyName } from "./consumer-words";

const FORMATS: Readonly<Record<ReadingKind, (value: number) => string>> = {
  duration: formatDuration,
  rate: formatPerSecond,
  count: exactCount,
  bytes: formatBytes,
};

/** The present figures in a row, larger than anything but the name. Each keeps its place while it changes. */
export function ConsumerFacts({ consumer }: { consumer: ConsumerView }) {
  const amount = consumer.backlogUnit === "bytes" ? "bytes" : "count";
  const isCritical = severityOf(consumer.status) === "critical";
  const fact = (name: string, measure: Measure, reading: Reading, kind: ReadingKind, tone?: Tone) => (
    <Fact
      name={name}
      title={readingTitle(reading, kind, definitionOf(consumer.system, measure))}
      {...(tone && { tone })}
    >
      <FactValue reading={reading} format={FORMATS[kind]} />
    </Fact>
  );
  return (
    <dl className="flex flex-wrap gap-x-7 gap-y-3 max-md:grid max-md:grid-cols-3 max-md:gap-x-4">
      {fact(
        latencyName(consumer),
        "latency",
        consumer.latencyMs,
        "duration",
        isCritical ? "crit" : undefined,
      )}
      {fact("Backlog", "backlog", consumer.backlog, amount)}
      {fact("In", "in", consumer.inPerSecond, "rate")}
      {fact("Out", "out", consumer.outPerSecond, "rate")}
      <Fact name="Drains in" title={definitionOf(consumer.system, "drain")}>
        {formatDrain(consumer.drain)}
      </Fact>
      {consumer.inFlight && fact("In flight", "inFlight", consumer.inFlight, amount)}
      <RetentionFact consumer={consumer} />
    </dl>
  );
}

const SOON_MS = 3_600_000;
const VERY_SOON_MS = 600_000;

/** When what waits may be lost: shown where it is known that it may be. */
function RetentionFact({ consumer }: { consumer: ConsumerView }) {
  const { retention, system } = consumer;
  if (retention === null || retention.value === null) return null;
  const tone = retentionTone(consumer, retention.value);
  return (
    <Fact
      name="Lost to retention"
      title={readingTitle(retention, "duration", definitionOf(system, "retention"))}
      {...(tone && { tone })}
    >
      {retention.value === 0 ? "any moment" : <FactValue reading={retention} format={formatCountdown} />}
    </Fact>
  );
}

/** Where everything will have been read before that, nothing is urgent, however short a topic keeps its records. */
function retentionTone({ drain }: ConsumerView, leftMs: number): Tone | undefined {
  if (drain.kind === "in" && drain.seconds * 1000 < leftMs) return undefined;
  if (leftMs < VERY_SOON_MS) return "crit";
  return leftMs < SOON_MS ? "warn" : undefined;
}

function FactValue({ reading, format }: { reading: Reading; format: (value: number) => string }) {
  const { prefix, text } = readingParts(reading, format);
  return (
    <>
      {prefix && <span className="font-normal text-dim text-sm">{prefix} </span>}
      {text}
    </>
  );
}

type Tone = "warn" | "crit";

function Fact(props: { name: string; title: string; tone?: Tone; children: ReactNode }) {
  return (
    <div className="min-w-22" title={props.title}>
      <dt className="text-dim text-xs">{props.name}</dt>
      <dd
        className={cx(
          "font-semibold text-lg tracking-tight md:whitespace-nowrap",
          props.tone === "crit" && "text-crit",
          props.tone === "warn" && "text-warn",
        )}
      >
        {props.children}
      </dd>
    </div>
  );
}
