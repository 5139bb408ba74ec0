import { exactCount } from "@/lib/format";

/** The foot of a card that shows the first of many: the rest on request, and back. `more`: how many those are. */
export function ShowMore({
  more,
  isLong,
  onLong,
}: {
  more: number;
  isLong: boolean;
  onLong: (isLong: boolean) => void;
}) {
  if (more <= 0) return null;
  return (
    <button
      type="button"
      onClick={() => onLong(!isLong)}
      className="block w-full border-line border-t px-4 py-2 text-center text-dim hover:bg-hover hover:text-ink focus-visible:-outline-offset-2"
    >
      {isLong ? "Show fewer" : `Show ${exactCount(more)} more`}
    </button>
  );
}
