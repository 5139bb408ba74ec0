import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";

export interface Sorting<S extends string> {
  readonly sort: S;
  readonly reverse: boolean;
  /** Sorts by another column, or turns round the present one. */
  readonly onSort: (sort: S, reverse: boolean) => void;
}

/** A column head. One that sorts does so on the server; without `sorting` or `by` the order is given. Its natural order is largest or worst first; of names A first, of what `rises` the least. */
export function SortHeader<S extends string>({
  sorting,
  by,
  children,
  title,
  align = "right",
  rises = by === "name",
  className,
}: {
  sorting?: Sorting<S> | undefined;
  by?: S | undefined;
  children: string;
  title?: string;
  align?: "left" | "right";
  rises?: boolean;
  className?: string | undefined;
}) {
  const classes = cx(
    "px-3 py-2 font-medium first:pl-4 last:pr-4",
    align === "left" ? "text-left" : "text-right",
    className,
  );
  if (sorting === undefined || by === undefined) {
    return (
      <th scope="col" title={title} className={classes}>
        {children}
      </th>
    );
  }
  const isSorted = sorting.sort === by;
  const isAscending = rises !== sorting.reverse;
  const direction = isAscending ? "ascending" : "descending";
  return (
    <th scope="col" aria-sort={isSorted ? direction : undefined} className={classes}>
      <button
        type="button"
        title={title}
        onClick={() => sorting.onSort(by, isSorted ? !sorting.reverse : false)}
        className={cx(
          "group inline-flex items-center gap-1 whitespace-nowrap hover:text-ink",
          align === "right" && "flex-row-reverse",
          isSorted && "text-ink",
        )}
      >
        {children}
        <Icon
          name={isSorted && isAscending ? "up" : "down"}
          className={cx(
            "size-[0.85em]",
            !isSorted && "opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60",
          )}
        />
      </button>
    </th>
  );
}

/** The same sorts for a phone, where the list has no column heads. */
export function NarrowSort<S extends string>({
  sorting,
  sorts,
  names,
}: {
  sorting: Sorting<S>;
  sorts: readonly S[];
  names: Readonly<Record<S, string>>;
}) {
  return (
    <select
      aria-label="Sort by"
      value={sorting.sort}
      onChange={(event) => sorting.onSort(event.target.value as S, false)}
      className="h-7 rounded border border-line bg-panel px-1.5 text-dim md:hidden"
    >
      {sorts.map((sort) => (
        <option key={sort} value={sort}>
          by {names[sort].toLowerCase()}
        </option>
      ))}
    </select>
  );
}
