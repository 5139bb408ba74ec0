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

/** Fixed widths: numbers change every second, columns do not move. */
export function ConsumerColumns() {
  return (
    <colgroup>
      <col className="w-36" />
      <col />
      <col className="w-28" />
      <col className="w-24 lg:w-28" />
      <col className="w-22 lg:w-24" />
      <col className="w-22 lg:w-24" />
      <col className="w-26 max-lg:hidden" />
      <col className="w-38 max-lg:hidden" />
    </colgroup>
  );
}

/** Without `sorting` the order is given: worst first. */
export function ConsumerTableHead({ sorting }: { sorting?: Sorting<ConsumerSort> }) {
  const columns: ConsumerSort[] = ["worst", "name", "latency", "backlog", "in", "out", "drain"];
  return (
    <thead className="border-line border-b text-dim text-xs max-md:hidden">
      <tr>
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
}
