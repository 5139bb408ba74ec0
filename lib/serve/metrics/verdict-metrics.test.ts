import { expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../derive/default-limits.fixture.ts";
import { Store } from "../../store/store.ts";
import { FedTable, feed, kafkaStore } from "../../store/test-store.ts";
import { NOW, namesIn, scrape } from "./test-scrape.ts";

const lost = (at: number) => ({
  code: "UNREACHABLE" as const,
  message: "No answer.",
  hint: "",
  at,
  nextTryAt: null,
  attempts: 1,
});

it("tells the status of each consumer and source, outages and changes", async () => {
  const { store, table } = kafkaStore();
  const series = await scrape(store);
  expect(namesIn(series, "streamside_consumer_status")).toEqual([
    'streamside_consumer_status{source="prod",consumer="slow",stream="orders",status="behind"}',
    'streamside_consumer_status{source="prod",consumer="billing",stream="orders",status="ok"}',
  ]);
  expect(Object.fromEntries(series)).toMatchObject({
    'streamside_source_status{source="prod",status="live"}': 1,
    'streamside_source_status{source="prod",status="lost"}': 0,
    'streamside_outages_total{source="prod"}': 0,
    'streamside_outage_seconds_total{source="prod"}': 0,
    'streamside_status_changes_total{source="prod",to="behind"}': 1,
  });
  table.fail(lost(NOW));
  const later = await scrape(store, { now: NOW + 43_000 });
  expect(namesIn(later, "streamside_consumer_status")).toEqual([]);
  expect(Object.fromEntries(later)).toMatchObject({
    'streamside_source_status{source="prod",status="live"}': 0,
    'streamside_source_status{source="prod",status="lost"}': 1,
    'streamside_outages_total{source="prod"}': 1,
    'streamside_outage_seconds_total{source="prod"}': 43,
  });
});

it("tells of those in trouble first where there is not room for all, and how many are left out", async () => {
  const series = await scrape(kafkaStore().store, { maxPositionSeries: 1 });
  expect(namesIn(series, "streamside_consumer_status")).toEqual([expect.stringContaining('consumer="slow"')]);
  expect(series.get("streamside_consumer_status_series_dropped")).toBe(1);
});

it("counts nobody who is ignored", async () => {
  const store = new Store();
  const table = new FedTable({
    identity: { id: "prod", kind: "kafka", name: "prod" },
    address: "a:1",
    intervalMs: 1_000,
    limitsOf: (name) => ({ ...DEFAULT_LIMITS.kafka, ignore: name === "old" }),
  });
  store.add(table);
  feed(store, table, { streams: { s: 1 }, consumers: { old: ["s"], new: ["s"] } }, 60, (second) => ({
    head: second * 10,
    floor: 0,
    position: { "old s/0": 0, "new s/0": second * 10 },
  }));
  const series = await scrape(store);
  expect(namesIn(series, "streamside_consumer_status")).toEqual([expect.stringContaining('consumer="new"')]);
  expect(series.get('streamside_consumers{source="prod",status="ok"}')).toBe(1);
  expect(series.get('streamside_consumers{source="prod",status="stalled"}')).toBe(0);
});
