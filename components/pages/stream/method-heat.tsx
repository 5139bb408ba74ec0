"use client";
import { useState } from "react";
import { HeatMap, type HeatStep, stepCursor } from "@/components/charts";
import { LATENCY_WORDS } from "@/components/shared/call-words";
import { useShortcut } from "@/components/shell/shortcuts";
import { useTimeWindow } from "@/components/shell/use-time-window";
import { Card, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { useAt } from "@/lib/live";
import type { LatencyHeat, MethodView } from "@/lib/model/call";
import { WINDOW_MS } from "@/lib/model/live";

const HEIGHT = 148;

/** How long the calls of a method took over the last minutes, one map for each measure that its kind of call has. */
export function MethodHeat({
  heat,
  method,
  isStale,
}: {
  heat: readonly LatencyHeat[];
  method: MethodView;
  isStale: boolean;
}) {
  const { windowMs } = useTimeWindow();
  // What is kept longer has no heat.
  const shownMs = Math.min(windowMs, WINDOW_MS);
  // Elsewhere in time the arrows step through it.
  const isLive = useAt() === null;
  const [cursor, setCursor] = useState<number | null>(null);
  const move = (step: HeatStep) => setCursor((at) => stepCursor(heat[0], at, step));
  useShortcut("ArrowLeft", "Cursor back in time, through all charts", () => move(-1), isLive);
  useShortcut("ArrowRight", "Cursor towards now", () => move(1), isLive);
  return (
    <Card labelledBy="latency-title" className="min-w-0">
      <CardHeader title="Latency" id="latency-title">
        {heat.length > 0 && `from: ${method.from}`}
      </CardHeader>
      {heat.length === 0 ? (
        <EmptyState title="No latencies yet">{WHY_NONE}</EmptyState>
      ) : (
        <div className="flex flex-col gap-4 px-4 py-3">
          {heat.map((one) => (
            <div key={one.measure}>
              <h3 className="mb-1.5 truncate font-semibold">
                {LATENCY_WORDS[one.measure].name}{" "}
                <small className="ml-1 font-normal text-dim text-xs">
                  {LATENCY_WORDS[one.measure].about}
                </small>
              </h3>
              <HeatMap
                label={LATENCY_WORDS[one.measure].name}
                unit={LATENCY_WORDS[one.measure].unit}
                heat={one}
                windowMs={shownMs}
                height={HEIGHT}
                cursor={cursor}
                onCursor={setCursor}
                isStale={isStale}
              />
            </div>
          ))}
        </div>
      )}
    </Card>
  );
}

const WHY_NONE =
  "They are told by the process itself (streamside.health.v1) or by its metrics, and counted from the moment Streamside is started. The first column comes within some 10 s of the first call that ended since then.";
