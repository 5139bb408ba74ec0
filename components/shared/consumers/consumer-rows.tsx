"use client";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useState } from "react";
import { followRow } from "@/components/shared/table/follow-row";
import { SpaceRow } from "@/components/shared/table/space-row";
import { useIsNarrow } from "@/components/ui/use-is-narrow";
import type { ConsumerView } from "@/lib/model/views";
import { ConsumerRow } from "./consumer-row";

/** With more rows than this only those on the screen are rendered. */
const MOST_RENDERED = 200;
const ROW_HEIGHT = 54;

/** The body of the consumers table. */
export function ConsumerRows({ rows }: { rows: readonly ConsumerView[] }) {
  const isNarrow = useIsNarrow();
  return rows.length > MOST_RENDERED ? (
    <RowsOnScreen rows={rows} isNarrow={isNarrow} />
  ) : (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is what the keyboard uses
    <tbody className="block" onClick={followRow}>
      {rows.map((consumer) => (
        <ConsumerRow key={consumer.id} consumer={consumer} isNarrow={isNarrow} />
      ))}
    </tbody>
  );
}

function RowsOnScreen({ rows, isNarrow }: { rows: readonly ConsumerView[]; isNarrow: boolean }) {
  const [top, setTop] = useState(0);
  const noteTop = useCallback((body: HTMLTableSectionElement | null) => {
    if (body) setTop(body.getBoundingClientRect().top + window.scrollY);
  }, []);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]!.id,
    overscan: 10,
    scrollMargin: top,
    useFlushSync: false,
  });
  const items = virtualizer.getVirtualItems();
  const before = (items[0]?.start ?? top) - top;
  const after = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? top) - top);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is what the keyboard uses
    <tbody ref={noteTop} className="block" onClick={followRow}>
      <SpaceRow height={before} />
      {items.map(({ index, key }) => (
        <ConsumerRow
          key={key}
          ref={virtualizer.measureElement}
          index={index}
          consumer={rows[index]!}
          isNarrow={isNarrow}
        />
      ))}
      <SpaceRow height={after} />
    </tbody>
  );
}
