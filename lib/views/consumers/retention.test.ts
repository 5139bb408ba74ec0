import { describe, expect, it } from "vitest";
import { type LayoutText, layoutOf, observe, type SampleText } from "../../pipeline/test-observation.ts";
import { Store } from "../../store/store.ts";
import { addSource, COST, type FedTable } from "../../store/test-store.ts";
import { retentionOf } from "./retention.ts";

const NOW = 600_000;
const MINUTE = 60_000;
const never = Number.POSITIVE_INFINITY;

/** `c` reads two lanes of `t` and one of `u`; 100 messages wait in each unless told otherwise. */
const layout: LayoutText = { streams: { t: 2, u: 1 }, consumers: { c: ["t", "u"] } };

function tableOf(
  sample: Omit<SampleText, "at">,
  rows = layoutOf(layout),
  table = addSource(new Store(), "s"),
) {
  table.accept(observe(rows, { at: NOW, head: 1_000, floor: 0, position: 900, ...sample }), COST);
  return table;
}
const shown = (table: FedTable) => retentionOf(table.sampled!, 0);

/** Ages of one, two and three minutes. */
const unreadSince = { "c t/0": NOW - MINUTE, "c t/1": NOW - 2 * MINUTE, "c u/0": NOW - 3 * MINUTE };
const limits = { retentionMs: 10 * MINUTE, retentionBytes: never };

describe("retentionOf", () => {
  it("is the shortest over the positions, each by its own age and stream", () => {
    expect(shown(tableOf({ unreadSince, ...limits }))).toEqual({
      value: 7 * MINUTE,
      provenance: "measured",
    });
    const own = { ...limits, retentionMs: { t: 5 * MINUTE, u: 30 * MINUTE } };
    expect(shown(tableOf({ unreadSince, ...own }))).toMatchObject({ value: 3 * MINUTE });
  });

  it("leaves out positions with nothing waiting", () => {
    const position = { "c t/0": 900, "c t/1": 1_000, "c u/0": 1_000 };
    expect(shown(tableOf({ unreadSince, ...limits, position }))).toMatchObject({ value: 9 * MINUTE });
  });

  it.each<[string, Omit<SampleText, "at">]>([
    ["nothing waits", { ...limits, position: 1_000 }],
    ["nothing limits it", { unreadSince, retentionMs: never, retentionBytes: never }],
    ["the system keeps nothing", { unreadSince }],
  ])("is null where %s", (_what, sample) => {
    expect(shown(tableOf(sample))).toBeNull();
  });

  it.each<[string, Omit<SampleText, "at">]>([
    ["the limits", { unreadSince, retentionMs: Number.NaN, retentionBytes: Number.NaN }],
    ["the age of one position", { unreadSince: { ...unreadSince, "c u/0": Number.NaN }, ...limits }],
    ["the pace and size under a limit in bytes", { unreadSince, ...limits, retentionBytes: 1e9 }],
  ])("is unknown without %s", (_what, sample) => {
    expect(shown(tableOf(sample))).toEqual({ value: null, provenance: "unknown" });
  });

  it("is 0 for what may go any moment, whatever is not known of the others", () => {
    const late = { "c t/0": NOW - 11 * MINUTE };
    expect(shown(tableOf({ unreadSince: late, ...limits }))).toMatchObject({ value: 0 });
  });

  it("takes the pace of the head for a limit in bytes, and says that it is an estimate", () => {
    const table = addSource(new Store(), "s");
    const rows = layoutOf({ streams: { t: 1 }, consumers: { c: ["t"] } });
    const sample = { messageBytes: 10, retentionMs: never, retentionBytes: 20_000, position: 900 };
    for (let second = 60; second >= 0; second--) {
      table.accept(
        observe(rows, { ...sample, at: NOW - second * 1_000, head: 1_600 - second * 10, floor: 0 }),
        COST,
      );
    }
    // 700 messages of 10 bytes behind it; 13,000 bytes are left for 100 a second.
    expect(shown(table)).toEqual({ value: 130_000, provenance: "interpolated" });
  });

  it("counts what others wait for as well: a filter's messages go with the rest of the lane", () => {
    const table = addSource(new Store(), "s");
    const rows = layoutOf({ streams: { t: 1 }, consumers: { c: { reads: ["t"], filtered: true } } });
    const sample = {
      retentionMs: never,
      retentionBytes: never,
      retentionMessages: 2_000,
      position: 900,
      backlog: 5,
    };
    for (let second = 60; second >= 0; second--) {
      const unreadSince = NOW - 3 * MINUTE;
      table.accept(
        observe(rows, {
          ...sample,
          unreadSince,
          at: NOW - second * 1_000,
          head: 1_600 - second * 10,
          floor: 0,
        }),
        COST,
      );
    }
    // 700 messages behind its position; 1,300 more fit, and 100 come a second.
    expect(shown(table)).toEqual({ value: 130_000, provenance: "interpolated" });
  });

  it("takes the age of a filter's own first message for a limit in time", () => {
    const rows = layoutOf({ streams: { t: 1 }, consumers: { c: { reads: ["t"], filtered: true } } });
    const sample = { ...limits, backlog: 5, unreadSince: NOW - MINUTE };
    expect(shown(tableOf(sample, rows))).toMatchObject({ value: 9 * MINUTE, provenance: "measured" });
  });
});
