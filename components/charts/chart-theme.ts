/** Colours a chart may use, by the name of their CSS variable. */
export const CHART_COLORS = [
  "kafka",
  "nats",
  "grpc",
  "ink",
  "dim",
  "faint",
  "line",
  "panel",
  "crit",
  "warn",
  "good",
  "hot",
] as const;
export type ChartColor = (typeof CHART_COLORS)[number];
export type ChartTheme = Readonly<Record<ChartColor, string>>;

/** A canvas cannot use CSS variables: their present values. */
export function readTheme(element: Element): ChartTheme {
  const style = getComputedStyle(element);
  return Object.fromEntries(
    CHART_COLORS.map((name) => [name, inFull(style.getPropertyValue(`--${name}`).trim()) || "#888888"]),
  ) as ChartTheme;
}

/** `#rrggbb` of `#rgb`, which a build makes of it where it can. */
function inFull(color: string): string {
  return /^#[\da-f]{3}$/i.test(color) ? color.replace(/[\da-f]/gi, "$&$&") : color;
}

/** A `#rrggbb` colour made transparent; any other notation is left as it is. */
export function withAlpha(color: string, alpha: number): string {
  if (!/^#[\da-f]{6}$/i.test(color)) return color;
  return (
    color +
    Math.round(alpha * 255)
      .toString(16)
      .padStart(2, "0")
  );
}

/** Calls back when the system goes from light to dark or back. */
export function onSchemeChange(listener: () => void): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}
