/** As large as a TimeChart, with words where the lines will be: nothing moves when they come. */
export function ChartPlaceholder({ height, children }: { height: number; children: string }) {
  return (
    <div className="pt-3.5 pb-4">
      <div
        className="flex items-center justify-center rounded border border-line border-dashed px-1 text-center text-faint text-xs"
        style={{ height: `${height / 16}rem` }}
      >
        {children}
      </div>
    </div>
  );
}
