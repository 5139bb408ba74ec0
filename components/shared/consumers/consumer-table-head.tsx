import { memo } from "react";
import { SortHeader, type Sorting } from "@/components/shared/table/sort-header";
import type { ConsumerSort } from "@/lib/model/live";

/** The names of the columns that sort, here and in the list of a phone. */
export const CONSUMER_SORT_NAMES: Readonly<Record<ConsumerSort, string>> = {
  worst: "Status",
  name: "Consumer",
  latency: "Oldest",
  backlog: "Backlog",
  in: "In /s",
  out: "Out /s",
  drain: "Drains in",
};

const TITLES: Readonly<Record<ConsumerSort, string>> = {
  worst: "Worst first: severity, then age × backlog, then the name",
  name: "Who reads",
  latency: "How old the oldest unread message is",
  backlog: "What waits for the consumer",
  in: "Arriving for the consumer, a second",
  out: "Finished by the consumer, a second",
  drain: "When the backlog is gone at the present pace",
};

const CLASSES: Readonly<Partial<Record<ConsumerSort, string>>> = { drain: "max-lg:hidden" };

/**
 * Rows are grids of equal columns, not rows of a table layout: a table is laid out as a whole when one number in it changes,
 * and only blocks can be left out of layout and painting while they are off the screen.
 */
export const CONSUMER_TABLE = "block";
/** Fixed widths: numbers change every second, columns do not move. */
export const CONSUMER_COLUMNS =
  "grid md:items-center md:grid-cols-[9rem_minmax(0,1fr)_7rem_6rem_5.5rem_5.5rem] lg:grid-cols-[9rem_minmax(0,1fr)_7rem_7rem_6rem_6rem_6.5rem_9.5rem]";

/** Without `sorting` the order is given: worst first. */
export const ConsumerTableHead = memo(function ConsumerTableHead({
  sorting,
}: {
  sorting?: Sorting<ConsumerSort>;
}) {
  const columns: ConsumerSort[] = ["worst", "name", "latency", "backlog", "in", "out", "drain"];
  return (
    <thead className="block border-line border-b text-dim text-xs max-md:hidden">
      <tr className={CONSUMER_COLUMNS}>
        {columns.map((by) => (
          <SortHeader
            key={by}
            by={by}
            sorting={sorting}
            title={TITLES[by]}
            align={by === "worst" || by === "name" ? "left" : "right"}
            className={CLASSES[by]}
          >
            {CONSUMER_SORT_NAMES[by]}
          </SortHeader>
        ))}
        <th scope="col" className="whitespace-nowrap py-2 pr-4 pl-3 text-right font-medium max-lg:hidden">
          Backlog, 15 m
        </th>
      </tr>
    </thead>
  );
});
