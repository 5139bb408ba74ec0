/** Amounts as text, for facts and events. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `472 B`, `1.5 MiB`, `unknown`. */
export function bytesText(bytes: number): string {
  if (Number.isNaN(bytes)) return "unknown";
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** step;
  return `${value.toFixed(step === 0 || value >= 100 ? 0 : 1)} ${UNITS[step]}`;
}

/** `0.43 ms`, `12 s`, `3 h 20 min`; empty where it is not known. */
export function durationText(ms: number): string {
  if (Number.isNaN(ms)) return "";
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 1_000) return `${ms.toFixed(0)} ms`;
  const seconds = Math.floor(ms / 1_000);
  const [big, small, unit, less] =
    seconds < 60
      ? [seconds, 0, "s", ""]
      : seconds < 3_600
        ? [Math.floor(seconds / 60), seconds % 60, "min", "s"]
        : seconds < 86_400
          ? [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, "h", "min"]
          : [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, "d", "h"];
  return small === 0 ? `${big} ${unit}` : `${big} ${unit} ${small} ${less}`;
}
