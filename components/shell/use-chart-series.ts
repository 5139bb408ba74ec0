"use client";
import { useEffect, useState } from "react";
import { fetchLongSeries, type LongSeriesAsked, toBlock, useNow } from "@/lib/live";
import type { SeriesBlock, SeriesMeasure } from "@/lib/model/live";
import { usualStep } from "@/lib/model/long-series";
import type { EpochMs } from "@/lib/model/reading";
import { useMoment } from "./use-moment";
import { useTimeWindow } from "./use-time-window";

/** What is live goes on each second; what is longer than that is asked for again at least so seldom. */
const ANEW_LEAST_MS = 10_000;
const ANEW_MOST_MS = 60_000;

/** What the charts of a page are of. */
export interface Charted {
  readonly entities: readonly string[];
  readonly measures: readonly SeriesMeasure[];
  /** The name of a column in the page's own series. */
  readonly name: (entity: string, measure: SeriesMeasure) => string;
}

export interface ChartSeriesShown {
  /** Null: it is not there yet. */
  readonly series: SeriesBlock | null;
  /** What a point stands for, ms; null: a sample. */
  readonly stepMs: number | null;
  /** Why there is nothing; null: there is, or will be. */
  readonly problem: string | null;
  /** What is shown, to be saved; null: no more than the page itself has. */
  readonly asked: LongSeriesAsked | null;
}

/**
 * The series of a page's charts for the time window that is chosen: its own, and those that are kept where it is longer.
 *
 * @param own the last 15 minutes
 * @param shiftMs so much earlier; null: nothing is wanted
 */
export function useChartSeries(
  own: SeriesBlock | null,
  { entities, measures, name }: Charted,
  shiftMs: number | null = 0,
): ChartSeriesShown {
  const { windowMs, isLong } = useTimeWindow();
  const span = useSpan(windowMs, shiftMs ?? 0);
  const key = isLong && shiftMs !== null ? JSON.stringify({ entities, measures, ...span }) : null;
  const [found, setFound] = useState<{
    key: string;
    block: SeriesBlock | null;
    problem: string | null;
  } | null>(null);
  useEffect(() => {
    if (key === null) return;
    const asking = new AbortController();
    const asked = JSON.parse(key) as LongSeriesAsked;
    fetchLongSeries(asked, asking.signal).then(
      (told) =>
        setFound(
          "answer" in told
            ? { key, block: toBlock(told.answer, name), problem: null }
            : { key, block: null, problem: told.problem.detail },
        ),
      () => {},
    );
    return () => asking.abort();
  }, [key, name]);
  if (key === null) return { series: own, stepMs: null, problem: null, asked: null };
  const isOfThis = found !== null && sameEntities(found.key, key);
  return {
    // Until the next answer is there, the one before stays.
    series: isOfThis ? found.block : null,
    stepMs: usualStep(windowMs),
    problem: isOfThis ? found.problem : null,
    asked: JSON.parse(key) as LongSeriesAsked,
  };
}

function sameEntities(a: string, b: string): boolean {
  const of = (key: string) => (JSON.parse(key) as LongSeriesAsked).entities.join();
  return of(a) === of(b);
}

function useSpan(windowMs: number, shiftMs: number): { from: EpochMs; to: EpochMs } {
  const { at } = useMoment();
  const now = useNow();
  const anewMs = Math.min(ANEW_MOST_MS, Math.max(ANEW_LEAST_MS, usualStep(windowMs)));
  const end = (at ?? Math.ceil(now / anewMs) * anewMs) - shiftMs;
  return { from: end - windowMs, to: end };
}
