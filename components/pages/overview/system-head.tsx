import { Age } from "@/components/ui/age";
import { cx } from "@/components/ui/cx";
import { SystemDot } from "@/components/ui/system-dot";
import { SYSTEM_NAMES, type System } from "@/lib/model/system";
import type { SourceChip, SystemView } from "@/lib/model/views";
import { oldestSource, type SystemState, systemSize } from "./system-state";

/** The top of a column: which system, how much of it, and how old its numbers are. */
export function SystemHead({
  system,
  view,
  chips,
  state,
}: {
  system: System;
  view: SystemView | undefined;
  chips: readonly SourceChip[];
  state: SystemState;
}) {
  const oldest = oldestSource(chips, system);
  const isGrey = state.kind !== "live";
  const missing = view ? view.counts.sources - view.counts.sourcesLive : 0;
  return (
    <div className="flex min-h-10 items-center gap-2.5 px-2.5 py-2 md:px-4">
      <span className={cx("inline-flex", isGrey && "opacity-50 grayscale")}>
        <SystemDot system={system} />
      </span>
      <h2 className={cx("font-semibold", isGrey && "text-dim")}>{SYSTEM_NAMES[system]}</h2>
      <span className="truncate text-dim text-xs max-lg:hidden">
        {view && state.kind !== "absent" && systemSize(view)}
        {(state.kind === "lost" || state.kind === "refused") && view?.counts.streams !== 0 && ", last known"}
        {missing > 0 && state.kind === "live" && <span className="text-warn"> · {missing} not live</span>}
      </span>
      {oldest && <Age {...oldest} className="ml-auto text-xs max-md:hidden" />}
    </div>
  );
}
