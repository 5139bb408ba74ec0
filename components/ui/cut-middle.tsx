import { cx } from "./cx";

/** Shorter names stay in one piece: they fit, or lose their end. */
const SHORTEST_CUT = 20;
const MOST_KEPT = 12;
const LEAST_KEPT = 5;

/**
 * A name that loses its middle where there is no room for all of it, never its end: names of one kind begin alike.
 * `title`: what there is to say on hover besides the name itself.
 */
export function CutMiddle({
  text,
  title = text,
  className,
}: {
  text: string;
  title?: string;
  className?: string | undefined;
}) {
  const [start, end] = halves(text);
  if (end === "") {
    return (
      <span className={cx("block min-w-0 max-w-full truncate", className)} title={title}>
        {text}
      </span>
    );
  }
  // Two boxes would be read out as two words, and found as none.
  return (
    <span className={cx("flex min-w-0 max-w-full overflow-hidden", className)} title={title}>
      <span className="sr-only select-none">{text}</span>
      <span aria-hidden="true" className="min-w-0 overflow-hidden text-ellipsis whitespace-pre">
        {start}
      </span>
      <span aria-hidden="true" className="shrink-0 whitespace-pre">
        {end}
      </span>
    </span>
  );
}

/**
 * A name in two: what may go, and the end that tells it from others, from a separator on where there is one at a good place
 * (`-2024 · 12`). A short name has no such end.
 */
export function halves(text: string): readonly [start: string, end: string] {
  const characters = [...text];
  if (characters.length < SHORTEST_CUT) return [text, ""];
  const separator = characters.slice(-MOST_KEPT, -LEAST_KEPT + 1).findIndex((one) => /[\s./:_·-]/.test(one));
  const kept = separator < 0 ? LEAST_KEPT + 3 : MOST_KEPT - separator;
  return [characters.slice(0, -kept).join(""), characters.slice(-kept).join("")];
}
