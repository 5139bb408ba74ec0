import { judgeSource } from "../derive/source-verdict.ts";
import type { ViewOf } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { SOURCE_STATUSES } from "../model/source.ts";
import type { Verdict } from "../model/status.ts";
import type { SourceChip, SourceView } from "../model/views.ts";
import type { SourceTable } from "../store/source-table.ts";
import type { Store } from "../store/store.ts";

const FAILURES_SHOWN = 100;

/** Every source with the health of its collector, worst first. */
export function viewSources(store: Store, now: EpochMs): ViewOf["sources"] {
  const rows = [...store.sources.values()].map((table) => viewSource(table, now));
  return { asOf: now, meta: {}, rows: worstFirst(rows) };
}

export function viewSourceChips(store: Store, now: EpochMs): SourceChip[] {
  return worstFirst([...store.sources.values()].map((table) => chipOf(table, now)));
}

/** The health of a source as a whole. */
export function sourceVerdict(table: SourceTable, now: EpochMs): Verdict {
  return judgeSource({
    status: table.statusAt(now),
    failure: table.isFailing ? table.lastFailure : null,
    signals: table.signals,
  });
}

export function viewSource(table: SourceTable, now: EpochMs): SourceView {
  const { sampled } = table;
  const layout = sampled?.layout;
  return {
    ...chipOf(table, now),
    address: table.address,
    lastError: table.lastFailure,
    sample: {
      durationMs: sampled?.cost.wallMs ?? null,
      cpuMs: sampled?.cost.cpuMs ?? null,
      requests: sampled?.observation.cost.requests ?? null,
      positions: layout?.positions.count ?? null,
    },
    counts: {
      streams: layout?.streams.length ?? 0,
      lanes: layout?.lanes.count ?? 0,
      consumers: layout?.consumers.length ?? 0,
    },
    facts: table.facts,
    verdict: sourceVerdict(table, now),
    failures: sampled?.observation.failures.slice(0, FAILURES_SHOWN) ?? [],
    samples: { ...table.counts },
  };
}

function chipOf(table: SourceTable, now: EpochMs): SourceChip {
  const { id, name, kind } = table.identity;
  return { id, name, kind, status: table.statusAt(now), asOf: table.asOf, intervalMs: table.intervalMs };
}

function worstFirst<T extends SourceChip>(chips: T[]): T[] {
  return chips.sort(
    (a, b) => SOURCE_STATUSES.indexOf(a.status) - SOURCE_STATUSES.indexOf(b.status) || (a.id < b.id ? -1 : 1),
  );
}
