import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layoutOf } from "../pipeline/test-observation.ts";
import type { Layout } from "./layout.ts";
import { remapColumn } from "./remap.ts";
import { mapRows, nextLayout, rowsSince } from "./row-map.ts";

const laneName = ({ streams, lanes }: Layout, lane: number) =>
  `${streams[lanes.stream[lane]!]!.key}/${lanes.number[lane]}`;
const positionName = (layout: Layout, row: number) =>
  `${layout.consumers[layout.positions.consumer[row]!]!.key} ${laneName(layout, layout.positions.lane[row]!)}`;

/** The names of all rows of each kind. */
function namesOf(layout: Layout) {
  const rows = (count: number, name: (row: number) => string) =>
    Array.from({ length: count }, (_, row) => name(row));
  return {
    streams: layout.streams.map(({ key }) => key),
    lanes: rows(layout.lanes.count, (row) => laneName(layout, row)),
    consumers: layout.consumers.map(({ key }) => key),
    positions: rows(layout.positions.count, (row) => positionName(layout, row)),
  };
}

it("takes what was made anew under its old name for another one", () => {
  const made = (stream: string, consumer: string) => {
    const layout = layoutOf({
      streams: { a: 1, b: 1 },
      consumers: { x: ["a"], y: { reads: ["b"], generation: consumer } },
    });
    return {
      ...layout,
      streams: layout.streams.map((info) => (info.key === "a" ? { ...info, generation: stream } : info)),
    };
  };
  expect(mapRows(made("1", "1"), made("1", "1")).positions).toEqual(Int32Array.of(0, 1));
  const recreated = mapRows(made("1", "1"), made("2", "1"));
  expect([...recreated.streams]).toEqual([-1, 1]);
  expect([...recreated.positions]).toEqual([-1, 1]);
  expect([...mapRows(made("1", "1"), made("1", "2")).positions]).toEqual([0, -1]);
});

it("takes a call for another one that has its number from a collector that began anew", () => {
  const calls = (version: number, ...label: string[]): Layout => {
    const layout = layoutOf({ streams: { Watch: 2 }, consumers: { peer: ["Watch"] } });
    return { ...layout, version, lanes: { ...layout.lanes, label } };
  };
  const recorded = calls(-7, "call 4 · 10.0.0.1:5001", "call 9 · 10.0.0.2:6001");
  const anew = calls(1, "call 4 · 10.0.0.1:5001", "call 4 · 10.0.0.3:7001");
  expect([...rowsSince(recorded, anew)!.positions]).toEqual([0, -1]);
  expect([...rowsSince(recorded, anew)!.lanes]).toEqual([0, -1]);
  // In one life of a collector the number says who it is, whatever it is called by now.
  expect([...nextLayout(recorded, anew).rows!.positions]).toEqual([0, 1]);
});

/** Any layout over a few names, so that two of them share some. */
const anyLayout = fc
  .record({
    streams: fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(3)), {
      selector: ([name]) => name,
    }),
    consumers: fc.uniqueArray(
      fc.tuple(
        fc.constantFrom("x", "y", "z"),
        fc.uniqueArray(fc.constantFrom("a/0", "a/1", "a/2", "b", "c", "d/1")),
      ),
      { selector: ([name]) => name },
    ),
  })
  .map(({ streams, consumers }) => {
    const has = new Set<string>(streams.map(([name]) => name));
    return layoutOf({
      streams: Object.fromEntries(streams),
      consumers: Object.fromEntries(
        consumers.map(([name, reads]) => [name, reads.filter((read) => has.has(read.split("/")[0]!))]),
      ),
    });
  });

describe("mapRows", () => {
  it("lets every value follow its name through any change of layout", () => {
    fc.assert(
      fc.property(anyLayout, anyLayout, (old, next) => {
        const map = mapRows(old, next);
        const before = namesOf(old);
        const after = namesOf(next);
        for (const kind of ["streams", "lanes", "consumers", "positions"] as const) {
          const values = Float64Array.from(before[kind], (_, row) => row + 1);
          const expected = after[kind].map((name) => before[kind].indexOf(name) + 1);
          expect([...remapColumn(values, map[kind], 0)], kind).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("does not take a recreated consumer's lane of another stream for its own", () => {
    const old = layoutOf({ streams: { a: 1, b: 1 }, consumers: { x: ["a"] } });
    const next = layoutOf({ streams: { b: 1, a: 1 }, consumers: { x: ["b"] } });
    expect([...mapRows(old, next).positions]).toEqual([-1]);
  });
});
