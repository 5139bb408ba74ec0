"use client";
import { PeekForm } from "@/components/shared/peek/peek-form";
import { Figure, Figures, ReadingFigure } from "@/components/ui/figure";
import { definitionOf, exactCount } from "@/lib/format";
import type { StreamMeta } from "@/lib/model/views";

/** What flows in and out now, and what is held. Any message of it can be looked at where its source allows that. */
export function StreamFigures({ meta: { stream, peek } }: { meta: StreamMeta }) {
  const { system } = stream;
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-3">
      <Figures>
        <ReadingFigure
          name="In"
          reading={stream.inPerSecond}
          kind="rate"
          definition={definitionOf(system, "in")}
        />
        <ReadingFigure
          name="Out"
          reading={stream.outPerSecond}
          kind="rate"
          definition={`All consumers together. ${definitionOf(system, "out")}`}
        />
        <ReadingFigure
          name="Held"
          reading={stream.retained}
          kind="count"
          definition={definitionOf(system, "retained")}
        />
        <Figure name="Consumers">{exactCount(stream.consumers)}</Figure>
        {stream.lanes !== 1 && <Figure name="Lanes">{exactCount(stream.lanes)}</Figure>}
      </Figures>
      {peek && <PeekForm streamId={stream.id} range={peek} />}
    </div>
  );
}
