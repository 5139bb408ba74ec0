"use client";
import { Card, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { exactCount } from "@/lib/format";
import type { ConsumerView } from "@/lib/model/views";
import { MoreRows } from "./consumer-more";
import { ConsumerRows } from "./consumer-rows";
import { ConsumerColumns, ConsumerTableHead } from "./consumer-table-head";

/** Who reads a stream, worst first. */
export function StreamConsumers({
  rows,
  total,
  onMore,
}: {
  rows: readonly ConsumerView[];
  total: number;
  onMore: (limit: number) => void;
}) {
  return (
    <Card labelledBy="consumers-title">
      <CardHeader title="Consumers, worst first" id="consumers-title">
        {total > 0 && `${exactCount(rows.length)} of ${exactCount(total)}`}
      </CardHeader>
      {rows.length > 0 ? (
        <table className="w-full table-fixed border-collapse max-md:block" aria-labelledby="consumers-title">
          <ConsumerColumns />
          <ConsumerTableHead />
          <ConsumerRows rows={rows} />
        </table>
      ) : (
        <EmptyState title="No consumers">Nobody reads this stream now.</EmptyState>
      )}
      <MoreRows shown={rows.length} total={total} onMore={onMore} />
    </Card>
  );
}
