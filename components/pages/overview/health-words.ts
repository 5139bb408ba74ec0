import { consumerHref, sourceHref, streamHref } from "@/components/shared/entity-href";
import { formatAge } from "@/lib/format";
import type { Severity } from "@/lib/model/status";
import { kindWord } from "@/lib/model/system";
import type { OverviewMeta, Trouble } from "@/lib/model/views";

export interface HealthPart {
  readonly key: string;
  readonly text: string;
  readonly color: string;
  /** What it is about: a page, or the consumers it counts; null: everything. */
  readonly href: string | null;
}

/** Lost sources told one by one, and statuses told in all: a headline is no list. */
const SOURCES_TOLD = 2;
const STATUSES_TOLD = 4;
const NAMES_TOLD = 2;

const COLORS: Readonly<Record<Severity, string>> = {
  critical: "text-crit",
  warning: "text-warn",
  unknown: "text-dim",
  good: "",
};

/** The worst there is, in words: lost sources, then how many consumers are what, then how many are fine. */
export function healthParts(meta: Pick<OverviewMeta, "counts" | "sources" | "troubles">, now: number) {
  const lost = meta.troubles.filter((trouble) => trouble.kind === "source");
  const statuses = meta.troubles.filter((trouble) => trouble.kind !== "source");
  const parts: HealthPart[] = [
    ...lostParts(lost, now),
    ...statuses.slice(0, STATUSES_TOLD).map(troublePart),
    ...moreParts(statuses.slice(STATUSES_TOLD)),
  ];
  return parts.length > 0 ? [...parts, ...fineParts(meta.counts.good)] : [calmPart(meta)];
}

export function healthSentence(parts: readonly HealthPart[]): string {
  return parts.map((part) => part.text).join(", ");
}

/** What the overview's tab says: `1 source lost, 2 stalled, 1 behind`, or the sentence where all is well. */
export function overviewTitle(
  meta: Pick<OverviewMeta, "counts" | "sources" | "troubles">,
  now: number,
): { readonly name: string; readonly severity: Severity } {
  const lost = meta.troubles.filter(({ kind }) => kind === "source").length;
  const statuses = meta.troubles.filter((trouble) => trouble.kind !== "source");
  const words = [
    ...(lost > 0 ? [`${count(lost)} ${lost === 1 ? "source" : "sources"} lost`] : []),
    ...statuses
      .slice(0, STATUSES_TOLD)
      .map((trouble) =>
        trouble.kind === "health"
          ? `${trouble.name} ${trouble.status}`
          : `${count(trouble.count)} ${trouble.status}`,
      ),
  ];
  if (words.length > 0) {
    const severity = lost > 0 ? "critical" : statuses[0]!.severity;
    return { name: words.join(", "), severity };
  }
  const isUnknown = meta.counts.unknown > 0 || meta.counts.good === 0;
  return { name: healthSentence(healthParts(meta, now)), severity: isUnknown ? "unknown" : "good" };
}

type LostSource = Extract<Trouble, { kind: "source" }>;
type Health = Extract<Trouble, { kind: "health" }>;
type Counted = Extract<Trouble, { kind: "consumers" | "streams" }>;

function lostParts(lost: readonly LostSource[], now: number): HealthPart[] {
  if (lost.length > SOURCES_TOLD) {
    const names = lost.slice(0, SOURCES_TOLD).map(({ name }) => name);
    const more = lost.length - names.length;
    return [
      {
        key: "sources",
        text: `${count(lost.length)} sources are lost: ${names.join(", ")} and ${count(more)} more`,
        color: COLORS.critical,
        href: "/sources",
      },
    ];
  }
  return lost.map((source) => {
    const word = source.status === "lost" ? "is lost" : "refuses to answer";
    return {
      key: source.id,
      text: `${sourceWords(source)} ${word} for ${formatAge(Math.round((now - source.since) / 1000) * 1000)}`,
      color: COLORS.critical,
      href: sourceHref(source.id),
    };
  });
}

/** `Kafka “orders”`, and `kafka/demo` where the name says the system itself. */
function sourceWords({ system, name }: LostSource | Health): string {
  const word = kindWord(system);
  return name.toLowerCase().includes(system) ? name : `${word} “${name}”`;
}

/** "2 stalled: billing, audit", "1 stream full: ORDERS", "kafka/demo is degraded": the page of the one, or the list. */
function troublePart(trouble: Health | Counted): HealthPart {
  const { kind, status, severity } = trouble;
  const part = { key: `${kind} ${status}`, color: COLORS[severity] };
  if (trouble.kind === "health") {
    const text = `${sourceWords(trouble)} is ${status}`;
    return { ...part, key: `${kind} ${trouble.id}`, text, href: sourceHref(trouble.id) };
  }
  const { count: many, worst } = trouble;
  const names = worst.slice(0, NAMES_TOLD).map(({ name }) => name);
  const [only] = worst;
  const what = kind === "consumers" ? "" : `${many === 1 ? "stream" : "streams"} `;
  const text = `${count(many)} ${what}${status}: ${names.join(", ")}${many > names.length ? " …" : ""}`;
  if (many === 1 && only) {
    return { ...part, text, href: kind === "consumers" ? consumerHref(only.id) : streamHref(only.id) };
  }
  return { ...part, text, href: kind === "consumers" ? statusHref([status]) : "/streams" };
}

function moreParts(more: readonly (Health | Counted)[]): HealthPart[] {
  if (more.length === 0) return [];
  const sum = more.reduce((total, one) => total + (one.kind === "health" ? 1 : one.count), 0);
  const statuses = [...new Set(more.map(({ status }) => status))];
  return [
    {
      key: "more",
      text: `${count(sum)} ${statuses.join(" or ")}`,
      color: COLORS[more[0]!.severity],
      href: statusHref(more.filter(({ kind }) => kind === "consumers").map(({ status }) => status)),
    },
  ];
}

function statusHref(statuses: readonly string[]): string {
  return `/consumers?status=${statuses.join(",")}`;
}

function fineParts(good: number): HealthPart[] {
  return good === 0 ? [] : [{ key: "good", text: `${count(good)} fine`, color: "", href: null }];
}

/** Nothing to say but that. Whoever has not been heard of yet is not fine. */
function calmPart({ counts, sources }: Pick<OverviewMeta, "counts" | "sources">): HealthPart {
  const part = (text: string, color: string, href: string | null = null) => ({
    key: "calm",
    text,
    color,
    href,
  });
  if (sources.length === 0) return part("No sources yet", "text-dim", "/sources");
  if (sources.some(({ status }) => status === "waiting"))
    return part("Waiting for the first numbers…", "text-dim", "/sources");
  if (counts.unknown > 0) return part(`${count(counts.unknown)} unknown`, "text-dim");
  if (counts.good === 0) return part("No consumers yet", "text-dim");
  return part(counts.good === 1 ? "1 consumer, fine" : `All ${count(counts.good)} fine`, "text-good");
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
