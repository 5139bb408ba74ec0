export { fetchLongSeries, type LongSeriesAsked, longSeriesHref, toBlock } from "./fetch-long-series.ts";
export { type FetchedMessage, fetchMessage } from "./fetch-message.ts";
export {
  deleteIncident,
  exportHref,
  fetchComparison,
  fetchKept,
  fetchMarks,
  type Mark,
  type MarksOf,
  markIncident,
} from "./fetch-past.ts";
export { LiveProvider, useAt } from "./live-provider.tsx";
export { markLossesSeen } from "./mark-losses-seen.ts";
export {
  useBusy,
  useClock,
  useConnection,
  useLive,
  useNow,
  usePast,
  usePastAsOf,
  useRunningNow,
} from "./use-live.ts";
