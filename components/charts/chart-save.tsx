"use client";
import { Menu } from "@base-ui/react/menu";
import { memo, type RefObject } from "react";
import type { ChartSeries, TimeRange } from "./chart-data";
import { chartCsv, drawPicture, fileName } from "./save-chart";

const ITEM = "cursor-pointer rounded px-3 py-1 outline-none data-highlighted:bg-hover";

/** What a chart shows now. */
export interface ShownChart {
  readonly series: ChartSeries;
  readonly range: TimeRange;
  /** The number at the top of its axis. */
  readonly top: string;
}

/**
 * What a chart shows as a file: its numbers, or a picture of it. Seen where one points, or comes to it by keyboard. It
 * looks at what is shown when it is asked: it need not be rendered with every push.
 */
export const ChartSave = memo(function ChartSave({
  label,
  shown,
  host,
}: {
  label: string;
  shown: RefObject<ShownChart>;
  /** Holds the plot. */
  host: RefObject<HTMLElement | null>;
}) {
  const saveCsv = () => {
    const { series, range } = shown.current;
    save(new Blob([chartCsv(series, range)], { type: "text/csv" }), fileName(label, range, "csv"));
  };
  const savePng = () => {
    const { range, top } = shown.current;
    const plot = host.current?.querySelector("canvas");
    if (!plot) return;
    drawPicture(plot, { label, top, range }).toBlob((blob) => {
      if (blob) save(blob, fileName(label, range, "png"));
    }, "image/png");
  };
  return (
    <Menu.Root>
      <Menu.Trigger
        aria-label={`Save ${label}`}
        className="absolute top-0 left-0 z-10 rounded bg-panel px-1 text-2xs text-dim leading-3.5 opacity-0 hover:text-ink focus-visible:opacity-100 group-hover/chart:opacity-100 data-popup-open:opacity-100"
      >
        Save
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="z-50" align="start">
          <Menu.Popup className="rounded-md border border-line bg-panel p-1 shadow-lg outline-none">
            <Menu.Item className={ITEM} onClick={saveCsv}>
              Numbers (CSV)
            </Menu.Item>
            <Menu.Item className={ITEM} onClick={savePng}>
              Picture (PNG)
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
});

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
