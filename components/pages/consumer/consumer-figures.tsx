import { backlogParts } from "@/components/shared/backlog-parts";
import { latencyName } from "@/components/shared/consumer-words";
import { Figure, Figures, ReadingFigure, type Tone } from "@/components/ui/figure";
import { readingTitle } from "@/components/ui/reading";
import { definitionOf, formatCountdown, formatDrain } from "@/lib/format";
import { severityOf } from "@/lib/model/status";
import type { ConsumerView } from "@/lib/model/views";

/** How late it is, how much waits, how fast that grows and shrinks, and how long there is. */
export function ConsumerFigures({ consumer }: { consumer: ConsumerView }) {
  const { system } = consumer;
  const amount = consumer.backlogUnit === "bytes" ? "bytes" : "count";
  return (
    <Figures>
      <ReadingFigure
        name={latencyName(consumer)}
        reading={consumer.latencyMs}
        kind="duration"
        definition={definitionOf(system, "latency")}
        tone={isLate(consumer) ? "crit" : undefined}
      />
      <ReadingFigure
        name="Backlog"
        reading={consumer.backlog}
        kind={amount}
        definition={definitionOf(system, "backlog")}
      />
      {backlogParts(consumer).map((part) => (
        <ReadingFigure key={part.name} kind={amount} {...part} />
      ))}
      <ReadingFigure
        name="In"
        reading={consumer.inPerSecond}
        kind="rate"
        definition={definitionOf(system, "in")}
      />
      <ReadingFigure
        name="Out"
        reading={consumer.outPerSecond}
        kind="rate"
        definition={definitionOf(system, "out")}
      />
      <Figure name="Drains in" title={definitionOf(system, "drain")}>
        {formatDrain(consumer.drain)}
      </Figure>
      <RetentionFigure consumer={consumer} />
    </Figures>
  );
}

/** Where calls fail nothing need be late. */
function isLate({ status }: ConsumerView): boolean {
  return severityOf(status) === "critical" && status !== "failing";
}

const SOON_MS = 3_600_000;
const VERY_SOON_MS = 600_000;

/** When the first of what waits is lost at this pace: shown where it is known that it will be. */
function RetentionFigure({ consumer }: { consumer: ConsumerView }) {
  const { firstLoss, system } = consumer;
  if (firstLoss === null || firstLoss.value === null) return null;
  const name = "First loss in";
  const definition = definitionOf(system, "retention");
  const tone = lossTone(firstLoss.value);
  return firstLoss.value === 0 ? (
    <Figure name={name} title={readingTitle(firstLoss, "duration", definition)} tone={tone}>
      any moment
    </Figure>
  ) : (
    <ReadingFigure
      name={name}
      reading={firstLoss}
      kind="duration"
      definition={definition}
      tone={tone}
      format={formatCountdown}
    />
  );
}

function lossTone(leftMs: number): Tone | undefined {
  if (leftMs < VERY_SOON_MS) return "crit";
  return leftMs < SOON_MS ? "warn" : undefined;
}
