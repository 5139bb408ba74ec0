import { CALL_DEFINITIONS } from "@/components/shared/call-words";
import { SortHeader, type Sorting } from "@/components/shared/table/sort-header";
import type { CallSort } from "@/lib/model/live";

/** The names of the columns that sort, here and in the list of a phone. */
export const CALL_SORT_NAMES: Readonly<Record<CallSort, string>> = {
  stall: "Status",
  age: "Age",
  queued: "Queued",
  sent: "Sent",
  received: "Received",
  deadline: "Deadline",
};

const COLUMNS: readonly {
  name: string;
  by?: CallSort;
  title: string;
  isLeft?: boolean;
  className?: string;
}[] = [
  {
    name: "Status",
    by: "stall",
    title: "Worst first: status, then how long its oldest message has waited",
    isLeft: true,
  },
  { name: "Call", title: "Who is at the other end: by name, where it tells one", isLeft: true },
  { name: "Age", by: "age", title: CALL_DEFINITIONS.age },
  { name: "Waiting", title: CALL_DEFINITIONS.waiting },
  { name: "Queued", by: "queued", title: `${CALL_DEFINITIONS.queued} Unread: ${CALL_DEFINITIONS.unread}` },
  {
    name: "Sent",
    by: "sent",
    title: `${CALL_DEFINITIONS.sent} A second; in all, and when the last one was.`,
  },
  {
    name: "Received",
    by: "received",
    title: `${CALL_DEFINITIONS.received} A second; in all, and when the last one was.`,
  },
  { name: "Deadline", by: "deadline", title: CALL_DEFINITIONS.deadline, className: "max-lg:hidden" },
];

/** Fixed widths: numbers change every second, columns do not move. */
export function CallColumns() {
  return (
    <colgroup>
      <col className="w-31" />
      <col />
      <col className="w-22" />
      <col className="w-24" />
      <col className="w-24" />
      <col className="w-38" />
      <col className="w-38" />
      <col className="w-26 max-lg:hidden" />
    </colgroup>
  );
}

/** Stays while the rows scroll. Without `sorting` the order is given: worst first. */
export function CallsHead({ sorting }: { sorting?: Sorting<CallSort> }) {
  return (
    <thead className="text-dim text-xs *:*:sticky *:*:top-0 *:*:z-2 *:*:bg-panel *:*:shadow-[inset_0_-1px_var(--line)] max-md:hidden">
      <tr>
        {COLUMNS.map(({ name, by, title, isLeft, className }) => (
          <SortHeader
            key={name}
            by={by}
            sorting={sorting}
            title={title}
            align={isLeft ? "left" : "right"}
            rises={by === "deadline"}
            className={className}
          >
            {name}
          </SortHeader>
        ))}
      </tr>
    </thead>
  );
}
