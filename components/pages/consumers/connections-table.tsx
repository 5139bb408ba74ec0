"use client";
import { useState } from "react";
import { ConsumerRows } from "@/components/shared/consumers/consumer-rows";
import { CONSUMER_TABLE, ConsumerTableHead } from "@/components/shared/consumers/consumer-table-head";
import { MoreRows } from "@/components/shared/table/more-rows";
import { Card, CardHeader } from "@/components/ui/card";
import { exactCount } from "@/lib/format";
import { useLive } from "@/lib/live";
import { type ConsumersQuery, useConsumersQuery } from "./consumer-query";

const FIRST = 20;

/** Connections of core NATS clients, worst first: what waits there are bytes, so they stand apart from the consumers. */
export function ConnectionsTable() {
  const {
    query: { q, source, system },
  } = useConsumersQuery(false);
  return <Connections {...(q && { q })} {...(source && { source })} {...(system && { system })} />;
}

/** Apart from what reads the address, which would be read again with every push. */
function Connections(filter: Pick<ConsumersQuery, "q" | "source" | "system">) {
  const [limit, setLimit] = useState(FIRST);
  const { frame } = useLive<"consumers">(
    { view: "consumers", connections: "only", limit, ...filter },
    { keepPrevious: true },
  );
  if (!frame || frame.rows.length === 0) return null;
  const { rows, meta } = frame;
  return (
    <Card labelledBy="connections-title">
      <CardHeader title="Connections of NATS clients, worst first" id="connections-title">
        {exactCount(rows.length)} of {exactCount(meta.total)}
      </CardHeader>
      <table className={CONSUMER_TABLE} aria-labelledby="connections-title">
        <ConsumerTableHead />
        <ConsumerRows rows={rows} />
      </table>
      <MoreRows shown={rows.length} total={meta.rows} onMore={setLimit} />
    </Card>
  );
}
