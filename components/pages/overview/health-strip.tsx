"use client";
import { sourceHref } from "@/components/shared/entity-href";
import { AppLink } from "@/components/shell/app-link";
import { PageTitle } from "@/components/shell/page-title";
import { Age } from "@/components/ui/age";
import { cx } from "@/components/ui/cx";
import { SourceStatusBadge } from "@/components/ui/status-badge";
import { useAt, useConnection, useLive, useNow } from "@/lib/live";
import type { FrameOf } from "@/lib/model/live";
import { SOURCE_STATUSES } from "@/lib/model/source";
import type { SourceChip } from "@/lib/model/views";
import { type HealthPart, healthParts, healthSentence, overviewTitle } from "./health-words";

/** Worst first, in one line: how consumers are, and how fresh the numbers of each source are. */
export function HealthStrip() {
  const { frame } = useLive({ view: "overview" });
  const { status } = useConnection();
  const now = useNow();
  const at = useAt();
  const parts = frame ? healthParts(frame.meta, now) : null;
  return (
    <div className="mt-1 mb-3.5 flex flex-wrap items-baseline gap-x-6 gap-y-1.5">
      {frame && <PageTitle {...overviewTitle(frame.meta, now)} />}
      <h1 className="min-h-7 text-pretty break-words font-semibold text-xl tracking-tight">
        {parts ? (
          <Headline parts={parts} />
        ) : (
          <span className="text-dim">{at === null ? WAITING[status] : "Reading what was recorded…"}</span>
        )}
      </h1>
      <output aria-live="polite" className="sr-only">
        {frame && spoken(frame)}
      </output>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
        {worstFirst(frame?.meta.sources ?? []).map((chip) => (
          <li key={chip.id}>
            <Freshness chip={chip} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How long a source has been lost changes every second, and is no news. */
function spoken({ meta, asOf }: FrameOf["overview"]): string {
  const began = meta.troubles.find((trouble) => trouble.kind === "source")?.since ?? asOf;
  return healthSentence(healthParts(meta, began));
}

const WAITING = {
  connecting: "Connecting to the server…",
  live: "Waiting for the first numbers…",
  lost: "No connection to the server",
};

function Headline({ parts }: { parts: readonly HealthPart[] }) {
  return parts.map((part, i) => (
    <span key={part.key}>
      {i > 0 && " · "}
      {part.href === null ? (
        <span className={part.color}>{part.text}</span>
      ) : (
        <AppLink href={part.href} prefetch={false} className={cx("hover:underline", part.color)}>
          {part.text}
        </AppLink>
      )}
    </span>
  ));
}

function Freshness({ chip }: { chip: SourceChip }) {
  const isLive = chip.status === "live";
  return (
    <AppLink
      href={sourceHref(chip.id)}
      className={cx("inline-flex items-baseline gap-1.5 text-dim hover:text-ink", !isLive && "text-ink")}
    >
      {chip.name}
      {!isLive && <SourceStatusBadge status={chip.status} />}
      {chip.asOf !== null && <Age {...chip} bare className={isLive ? "font-medium" : ""} />}
    </AppLink>
  );
}

function worstFirst(chips: readonly SourceChip[]): SourceChip[] {
  return [...chips].sort((a, b) => SOURCE_STATUSES.indexOf(a.status) - SOURCE_STATUSES.indexOf(b.status));
}
