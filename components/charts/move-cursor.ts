import uPlot from "uplot";

/** Steps from one edge of a chart to the other. */
const STEPS = 90;

/** Moves the shared cursor of all charts with this key; past the right edge, which is now, it goes away. */
export function moveCursor(syncKey: string, steps: number): void {
  const { plots } = uPlot.sync(syncKey);
  const { min, max } = plots[0]?.scales.x ?? {};
  if (min == null || max == null) return;
  const left = plots[0]!.cursor.left ?? -1;
  const from = left < 0 ? max : plots[0]!.posToVal(left, "x");
  const to = Math.max(min, from + (steps * (max - min)) / STEPS);
  for (const plot of plots) {
    plot.setCursor({ left: to > max ? -10 : plot.valToPos(to, "x"), top: 0 });
  }
}
