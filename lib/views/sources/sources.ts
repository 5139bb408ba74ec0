import { judgeSource } from "../../derive/source-verdict.ts";
import type { ViewOf } from "../../model/live.ts";
import { SOURCE_STATUSES } from "../../model/source.ts";
import type { Verdict } from "../../model/status.ts";
import type { SourceChip, SourceView } from "../../model/views.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";

const FAILURES_SHOWN = 100;

/** Every source with the health of its collector, worst first. */
export function viewSources(snapshot: Snapshot): ViewOf["sources"] {
  const rows = [...snapshot.sources.values()].map((source) => viewSource(source));
  return { asOf: snapshot.at, meta: {}, rows: worstFirst(rows) };
}

export function viewSourceChips(snapshot: Snapshot): SourceChip[] {
  return worstFirst([...snapshot.sources.values()].map((source) => chipOf(source)));
}

/** The health of a source as a whole. */
export function sourceVerdict(source: SourceSnapshot): Verdict {
  return judgeSource({
    status: source.status,
    failure: source.table.isFailing ? source.table.lastFailure : null,
    signals: source.table.signals,
  });
}

export function viewSource(source: SourceSnapshot): SourceView {
  const { sampled } = source;
  const layout = sampled?.layout;
  return {
    ...chipOf(source),
    address: source.table.address,
    lastError: source.table.lastFailure,
    sample: {
      durationMs: sampled?.cost.wallMs ?? null,
      cpuMs: sampled?.cost.cpuMs ?? null,
      requests: sampled?.sample.cost.requests ?? null,
      positions: layout?.positions.count ?? null,
    },
    counts: {
      streams: layout?.streams.length ?? 0,
      lanes: layout?.lanes.count ?? 0,
      consumers: layout?.consumers.length ?? 0,
    },
    facts: source.table.facts,
    verdict: sourceVerdict(source),
    failures: sampled?.sample.failures.slice(0, FAILURES_SHOWN) ?? [],
    samples: { ...source.table.counts },
  };
}

function chipOf(source: SourceSnapshot): SourceChip {
  const { id, name, kind } = source.identity;
  return {
    id,
    name,
    kind,
    kindName: source.table.kindName,
    status: source.status,
    asOf: source.table.asOf,
    intervalMs: source.table.intervalMs,
  };
}

function worstFirst<T extends SourceChip>(chips: T[]): T[] {
  return chips.sort(
    (a, b) => SOURCE_STATUSES.indexOf(a.status) - SOURCE_STATUSES.indexOf(b.status) || (a.id < b.id ? -1 : 1),
  );
}
