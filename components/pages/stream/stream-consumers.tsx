"use client";
import { ConsumerRows } from "@/components/shared/consumers/consumer-rows";
import { CONSUMER_TABLE, ConsumerTableHead } from "@/components/shared/consumers/consumer-table-head";
import { MoreRows } from "@/components/shared/table/more-rows";
import { Card, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { exactCount } from "@/lib/format";
import type { ConsumerView } from "@/lib/model/views";

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
        <table className={CONSUMER_TABLE} aria-labelledby="consumers-title">
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
