"use client";
import { OnlyFilter, SourceFilter, StatusFilter, SystemFilter } from "@/components/shared/table/filters";
import type { ConsumersParams, SetConsumersParams } from "./consumer-query";

export function ConsumerFilters({
  params,
  setParams,
}: {
  params: ConsumersParams;
  setParams: SetConsumersParams;
}) {
  return (
    <div className="contents">
      <SystemFilter value={params.system} onChange={(system) => setParams({ system, limit: null })} />
      <StatusFilter value={params.status} onChange={(status) => setParams({ status, limit: null })} />
      <SourceFilter source={params.source} onClear={() => setParams({ source: null, limit: null })} />
      <OnlyFilter
        value={params.stream}
        every="stream"
        onClear={() => setParams({ stream: null, limit: null })}
      />
    </div>
  );
}
