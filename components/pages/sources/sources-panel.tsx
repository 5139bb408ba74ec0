"use client";
import { SOURCE_CONFIG_LINES } from "@/components/shared/sources-config-lines";
import { NoFrameYet } from "@/components/shared/table/empty";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { useLive } from "@/lib/live";
import { SourceCard } from "./sources-card";

/** How each collector is doing: one card a source, so that a dead one never hides another. */
export function SourcesPanel() {
  const { frame } = useLive<"sources">({ view: "sources" });
  if (!frame) {
    return (
      <Card>
        <NoFrameYet />
      </Card>
    );
  }
  if (frame.rows.length === 0) {
    return (
      <Card>
        <EmptyState title="No sources" code={SOURCE_CONFIG_LINES}>
          Streamside watches nothing yet. Add your clusters to{" "}
          <code className="font-mono">streamside.yaml</code>, or try everything on a load made for it with{" "}
          <code className="font-mono">npm run demo</code>.
        </EmptyState>
      </Card>
    );
  }
  return (
    <div className="grid items-start gap-4 grid-cols-[repeat(auto-fill,minmax(min(26rem,100%),1fr))]">
      {frame.rows.map((source) => (
        <SourceCard key={source.id} source={source} />
      ))}
    </div>
  );
}
