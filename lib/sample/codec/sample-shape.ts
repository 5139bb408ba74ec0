import type { Layout, RowMap } from "../layout.ts";
import type { Sample } from "../sample.ts";
import { isFields } from "./plain.ts";

/** What the codec itself relies on in what it read; that it is what was written, the checksum says. */
export function isRows(value: unknown): value is RowMap | null {
  if (value === null) return true;
  return (
    isFields(value) &&
    value.streams instanceof Int32Array &&
    value.lanes instanceof Int32Array &&
    value.consumers instanceof Int32Array &&
    value.positions instanceof Int32Array
  );
}

export function isLayout(value: unknown): value is Layout {
  return (
    isFields(value) &&
    typeof value.version === "number" &&
    isRows(value.rows) &&
    isListOfKeys(value.streams) &&
    isListOfKeys(value.consumers) &&
    isFields(value.lanes) &&
    isCount(value.lanes.count) &&
    value.lanes.stream instanceof Int32Array &&
    value.lanes.number instanceof Int32Array &&
    isFields(value.positions) &&
    isCount(value.positions.count) &&
    value.positions.lane instanceof Int32Array &&
    value.positions.start instanceof Int32Array
  );
}

export function isSample(value: unknown): value is Sample {
  return (
    isFields(value) &&
    typeof value.startedAt === "number" &&
    typeof value.finishedAt === "number" &&
    isLayout(value.layout) &&
    isFields(value.lanes) &&
    isFields(value.positions) &&
    isFields(value.streams) &&
    isFields(value.consumers)
  );
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isListOfKeys(value: unknown): boolean {
  return Array.isArray(value) && value.every((info) => isFields(info) && typeof info.key === "string");
}
