"use client";
import { useKept } from "@/components/shell/use-kept";
import { Card, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { IncidentList } from "./incident-list";
import { KeptFigures } from "./kept-figures";

const ON = `history:
  raw: 24h
  maxBytes: 2GB`;

/** What is kept of the past, and what of it has a name. */
export function HistoryPage() {
  const kept = useKept();
  if (kept === null) return <p className="py-8 text-dim">Asking the server…</p>;
  if (!kept.isOn) {
    return (
      <Card>
        <EmptyState title="Nothing is recorded" code={ON}>
          History is switched off, so no page can be put back to another moment. With these lines in
          streamside.yaml, or none at all, a day is kept.
        </EmptyState>
      </Card>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <Card labelledBy="kept-title">
        <CardHeader title={kept.opened === null ? "What is kept" : kept.opened.name} id="kept-title">
          {kept.opened === null ? kept.dir : "a recording that was exported"}
        </CardHeader>
        <KeptFigures kept={kept} />
      </Card>
      {kept.opened === null && (
        <Card labelledBy="incidents-title">
          <CardHeader title="Incidents" id="incidents-title" />
          <IncidentList incidents={kept.incidents} />
        </Card>
      )}
    </div>
  );
}
