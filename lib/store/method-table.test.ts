import { expect, it } from "vitest";
import { layoutOf, observe } from "../pipeline/test-observation.ts";
import type { MethodTotals } from "../sample/method-totals.ts";
import { MethodTable } from "./method-table.ts";
import { totalsOf } from "./test-calls.ts";

const layout = layoutOf({ streams: { m: { lanes: 1, kind: "method" } }, consumers: { p: ["m"] } });

/** What a sample says of processes and methods: which of them count, and what each method has. */
function told(second: number, counting: readonly string[], methods: Record<string, MethodTotals[]>) {
  const observation = observe(layout, { at: second * 1_000 });
  const ids = Object.keys(methods);
  const streams = { ...observation.streams, counting, calls: ids.map((id) => methods[id]!) };
  return [{ ...observation, streams }, ids] as const;
}

it("counts the first calls of a method whose process had been there without any", () => {
  const table = new MethodTable();
  table.accept(...told(0, ["a"], {}));
  table.accept(...told(1, ["a"], { get: [totalsOf({ process: "a", started: 3 })] }));
  expect(table.of("get")!.total("started")).toBe(3);
  expect(table.of("list")).toBeNull();
});

it("does not count a method again that was out of sight while its process was", () => {
  const table = new MethodTable();
  table.accept(...told(0, ["a"], { get: [totalsOf({ process: "a", started: 1_000, completed: 1_000 })] }));
  table.accept(...told(1, [], {}));
  expect(table.of("get")).toBeNull();
  table.accept(...told(20, ["a"], { get: [totalsOf({ process: "a", started: 1_002, completed: 1_002 })] }));
  expect(table.of("get")!.total("started")).toBe(2);
});

it("forgets processes that have been away for long: what they had by then is past", () => {
  const table = new MethodTable();
  const get = (started: number) => ({ get: [totalsOf({ process: "a", started, completed: started })] });
  table.accept(...told(0, ["a"], get(10)));
  table.accept(...told(1, ["b"], {}));
  table.accept(...told(2_000, ["b"], {}));
  table.accept(...told(2_001, ["a", "b"], get(500)));
  expect(table.of("get")!.total("started")).toBe(0);
});
