"use client";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, useCallback, useState } from "react";
import type { ConsumerView } from "@/lib/model/views";
import { ConsumerRow } from "./consumer-row";

/** With more rows than this only those on the screen are rendered. */
const MOST_RENDERED = 200;
const ROW_HEIGHT = 54;

/** The body of the consumers table. */
export function ConsumerRows({ rows }: { rows: readonly ConsumerView[] }) {
  return rows.length > MOST_RENDERED ? (
    <RowsOnScreen rows={rows} />
  ) : (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is what the keyboard uses
    <tbody className="max-md:block" onClick={followRow}>
      {rows.map((consumer) => (
        <ConsumerRow key={consumer.id} consumer={consumer} />
      ))}
    </tbody>
  );
}

function RowsOnScreen({ rows }: { rows: readonly ConsumerView[] }) {
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
    <tbody ref={noteTop} className="max-md:block" onClick={followRow}>
      <Space height={before} />
      {items.map(({ index, key }) => (
        <ConsumerRow key={key} ref={virtualizer.measureElement} index={index} consumer={rows[index]!} />
      ))}
      <Space height={after} />
    </tbody>
  );
}

/** Stands for the rows above and below the screen. One cell: more than there are columns would move them. */
function Space({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr className="max-md:block">
      <td className="max-md:block" style={{ height, padding: 0 }} />
    </tr>
  );
}

/** A click beside the link counts as one on it, unless it ended a selection. */
function followRow(event: MouseEvent<HTMLElement>): void {
  if (!(event.target instanceof Element) || event.target.closest("a")) return;
  if (window.getSelection()?.isCollapsed === false) return;
  const link = event.target.closest("tr")?.querySelector("a");
  if (!link) return;
  if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
  else link.click();
}
