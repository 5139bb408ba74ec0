import { expect, it } from "vitest";
import { Store } from "../store/store.ts";
import { addSource, COST } from "../store/test-store.ts";
import { layoutOf, observe } from "./test-observation.ts";

it("a reported backlog goes before the derived one, position by position", () => {
  const store = new Store();
  const table = addSource(store, "k");
  const layout = layoutOf({ streams: { jobs: 3 }, consumers: { workers: ["jobs"] } });
  table.accept(
    observe(layout, {
      at: 1_000,
      head: 20,
      floor: 0,
      position: { "workers jobs/0": 5, "workers jobs/1": 5 },
      backlog: { "workers jobs/0": 7 },
    }),
    COST,
  );
  const { positions, consumers } = table.sampled!.derived;
  expect([...positions.backlog]).toEqual([7, 15, Number.NaN]);
  expect([...consumers.backlog]).toEqual([22]);
});

it("derives nothing for a consumer that reads only some messages of its stream", () => {
  const table = addSource(new Store(), "n");
  const layout = layoutOf({
    streams: { EVENTS: 1 },
    consumers: { narrow: { reads: ["EVENTS"], filtered: true } },
  });
  table.accept(observe(layout, { at: 1_000, head: 20, floor: 0, position: 5, backlog: Number.NaN }), COST);
  expect([...table.sampled!.derived.positions.backlog]).toEqual([Number.NaN]);
});
