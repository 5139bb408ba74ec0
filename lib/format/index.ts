export { csvLine } from "./csv.ts";
export { definitionOf, type Measure } from "./definition.ts";
export { around, factText } from "./fact.ts";
export {
  exactBacklog,
  exactCount,
  formatBacklog,
  formatBytes,
  formatCount,
  formatPerSecond,
  formatRate,
  UNKNOWN,
} from "./number.ts";
export { readingParts } from "./reading.ts";
export { sentenceText, wholeSeconds } from "./sentence.ts";
export {
  formatAge,
  formatClock,
  formatCountdown,
  formatDrain,
  formatDuration,
  formatInterval,
  formatMoment,
  formatOnAxis,
  formatSpan,
  formatTimestamp,
} from "./time.ts";
