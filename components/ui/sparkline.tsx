import { memo } from "react";

/** SVG path data of the values on a w × h field, highest at the top; gaps stay gaps, a lone value becomes a dot. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const max = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) || 1;
  const step = width / Math.max(1, values.length - 1);
  let path = "";
  let isOpen = false;
  values.forEach((value, i) => {
    if (value === null) {
      isOpen = false;
      return;
    }
    const at = `${(i * step).toFixed(1)} ${(height - (value / max) * height).toFixed(1)}`;
    path += isOpen ? `L${at}` : `M${at}h.01`;
    isOpen = true;
  });
  return path;
}

const VIEW_HEIGHT = 20;

/** The course of a number without axes. `color` is any CSS colour, as `var(--kafka)`. */
export const Sparkline = memo(function Sparkline({
  values,
  color,
  label,
  width = 120,
  height = 22,
}: {
  values: readonly (number | null)[];
  color: string;
  label: string;
  width?: number;
  height?: number;
}) {
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 -1 ${width} ${VIEW_HEIGHT + 2}`}
      preserveAspectRatio="none"
      className="inline-block align-middle"
    >
      <path
        d={sparkPath(values, width, VIEW_HEIGHT)}
        fill="none"
        stroke={color}
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
});
