"use client";
import type { ReactNode } from "react";
import { AppLink } from "@/components/shell/app-link";
import { EmptyState } from "@/components/ui/empty-state";
import { SourceStatusBadge } from "@/components/ui/status-badge";
import { formatCountdown } from "@/lib/format";
import { useLive, useNow } from "@/lib/live";
import type { SourceView } from "@/lib/model/views";
import { SOURCE_CONFIG_LINES } from "./sources-config-lines";

/** Why there is nothing to list: no source, none sampled yet, or sources that answer and hold nothing (`children`). */
export function SourcesExplain({ what, children }: { what: string; children: ReactNode }) {
  const { frame } = useLive<"sources">({ view: "sources" });
  if (!frame) return <div className="min-h-32" />;
  if (frame.rows.length === 0) {
    return (
      <EmptyState title="No sources" code={SOURCE_CONFIG_LINES}>
        Streamside watches nothing yet. Add your clusters to{" "}
        <code className="font-mono">streamside.yaml</code>; it is read again without a restart.
      </EmptyState>
    );
  }
  const silent = frame.rows.filter((source) => source.asOf === null || source.lastError !== null);
  if (silent.length === 0) return <EmptyState title={what}>{children}</EmptyState>;
  return (
    <EmptyState title={silent.length === frame.rows.length ? "Nothing sampled yet" : what}>
      <ul className="flex flex-col gap-1">
        {silent.map((source) => (
          <Silent key={source.id} source={source} />
        ))}
      </ul>
      <AppLink href="/sources" className="mt-2 inline-block text-ink underline underline-offset-2">
        Sources
      </AppLink>
    </EmptyState>
  );
}

function Silent({ source }: { source: SourceView }) {
  const now = useNow();
  const error = source.lastError;
  return (
    <li className="flex flex-wrap items-center gap-x-2">
      <SourceStatusBadge status={source.status} />
      <span>
        {source.name}: {error ? error.message : "the first sample is on its way."}
        {error?.nextTryAt && ` Next try ${formatCountdown(error.nextTryAt - now)}.`}
      </span>
    </li>
  );
}
