import { setTimeout as delay } from "node:timers/promises";
import { contradictionsIn } from "../lib/derive/contradictions.fixture.ts";
import { severityOf, severityRank } from "../lib/model/status.ts";
import type { ConsumerView } from "../lib/model/views.ts";

/** How soon it is asked again whether there is a newer sample. */
const ASKED_AGAIN_MS = 250;

/** What was seen of the rows of a demo since it was ready. */
export interface WatchedRows {
  readonly since: number;
  /** Rows that were read, each once a sample. */
  readonly rows: number;
  /** How often nobody answered. */
  readonly unanswered: number;
  /** Every contradiction, each kind once: a row that is wrong stays so for a while. */
  readonly contradictions: readonly string[];
}

/**
 * Reads every row of the demo once a sample, whatever the tests do with it meanwhile: a sentence has to fit its own
 * numbers while brokers die and come back, too.
 */
export function watchRows(url: string): { readonly seen: WatchedRows; stop(): Promise<void> } {
  const stopping = new AbortController();
  const told = new Map<string, string>();
  const newest = new Map<string, number>();
  const seen = { since: Date.now(), rows: 0, unanswered: 0 };

  const read = (rows: readonly ConsumerView[]) => {
    let worst = 0;
    for (const row of rows) {
      const rank = severityRank(severityOf(row.status));
      const found = contradictionsIn(row);
      if (rank < worst) found.push(`is ${row.status}, below a row that is better`);
      worst = Math.max(worst, rank);
      for (const wrong of found) {
        const kind = `${row.id}: ${wrong.replace(/[\d.,]+/g, "n")}`;
        if (told.has(kind)) continue;
        const { status, because, backlog, latencyMs, inPerSecond, outPerSecond, drain } = row;
        const beside = { status, backlog, latencyMs, inPerSecond, outPerSecond, drain };
        told.set(kind, `${row.id} ${wrong}: ${because} ${JSON.stringify(beside)}`);
      }
      if ((row.asOf ?? 0) > (newest.get(row.source) ?? 0)) seen.rows++;
    }
    for (const { source, asOf } of rows) if (asOf !== null) newest.set(source, asOf);
  };
  const watching = (async () => {
    const { signal } = stopping;
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${url}/api/v1/consumers?limit=500`, { signal });
        const rows = ((await answer.json()) as { items: ConsumerView[] }).items;
        if (rows.some(({ source, asOf }) => (asOf ?? 0) > (newest.get(source) ?? 0))) read(rows);
      } catch {
        if (!signal.aborted) seen.unanswered++;
      }
      await delay(ASKED_AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    get seen() {
      return { ...seen, contradictions: [...told.values()] };
    },
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}
