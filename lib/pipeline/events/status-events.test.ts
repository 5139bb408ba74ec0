import { describe, expect, it } from "vitest";
import type { SourceEvent } from "../../model/source.ts";
import { COST, FedTable } from "../../store/test-store.ts";
import { layoutOf, observe } from "../test-observation.ts";

const START = 1_700_000_000_000;

/** Events of so many readers of a stream each, which stop, go on, or never begin; a sample a second. */
function eventsOf(
  readers: number,
  seconds: number,
  stands: (at: number) => boolean,
  positionAt?: (at: number) => number,
): readonly SourceEvent[] {
  const names = Array.from({ length: readers }, (_, row) => `r${row}`);
  const layout = layoutOf({
    streams: Object.fromEntries(names.map((name) => [`${name}-in`, 1])),
    consumers: Object.fromEntries(names.map((name) => [name, [`${name}-in/0`]])),
  });
  const table = new FedTable({
    identity: { id: "k", kind: "nats", name: "K" },
    address: "",
    intervalMs: 1_000,
  });
  let position = 0;
  for (let at = 0; at <= seconds; at++) {
    if (!stands(at)) position = at * 10;
    const sample = {
      at: START + at * 1_000,
      head: at * 10,
      floor: 0,
      position: positionAt?.(at) ?? position,
    };
    table.accept(observe(layout, sample), COST);
  }
  return table.events;
}

describe("events of a change of status", () => {
  it("tell what it was, what it is, what it rests on, and since when it truly is", () => {
    const events = eventsOf(1, 120, (at) => at > 60 && at <= 90);
    expect(events.map(({ before, after, severity }) => [before, after, severity])).toEqual([
      ["ok", "stalled", "critical"],
      ["stalled", "ok", "good"],
    ]);
    const [stalled, well] = events;
    expect(stalled).toMatchObject({
      kind: "status",
      at: START + 71_000,
      began: START + 61_000,
      consumerKey: "r0",
    });
    expect(stalled?.title).toContain("110 messages waiting, and nothing was finished for 10 s");
    // It is told once it has held, and was so from its first move on.
    expect(well).toMatchObject({ at: START + 101_000, began: START + 91_000 });
  });

  it("say nothing of who is fine when first seen, nor of who has nothing to do for a while", () => {
    expect(eventsOf(3, 60, () => false)).toEqual([]);
  });

  it("say nothing of a moment in which nobody knew, and something once that lasts", () => {
    const gone = (from: number, to: number) => (at: number) => (at >= from && at < to ? Number.NaN : at * 10);
    expect(eventsOf(1, 90, () => false, gone(40, 60))).toEqual([]);
    expect(eventsOf(1, 90, () => false, gone(40, 80)).map(({ after }) => after)).toEqual(["unknown", "ok"]);
  });

  it("fold what happens to many at once", () => {
    const events = eventsOf(50, 75, (at) => at > 60);
    expect(events).toHaveLength(21);
    expect(events.at(-1)).toMatchObject({ title: "30 more consumers became stalled", severity: "critical" });
  });
});
