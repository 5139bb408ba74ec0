import type { FrameOf, QueryOf } from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";
import type { Store } from "../store.ts";

export function viewCalls(_store: Store, _query: QueryOf<"calls">, now: EpochMs): FrameOf["calls"] {
  return { meta: { asOf: now, total: 0, all: 0, live: 0 }, rows: [], series: null };
}

export function viewCallPage(_store: Store, _query: QueryOf<"call">): FrameOf["call"] {
  return { meta: { call: null, reason: "This call is not alive now." }, rows: [], series: null };
}
