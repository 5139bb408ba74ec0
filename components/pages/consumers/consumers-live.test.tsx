// @vitest-environment jsdom
import { cleanup, render } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, expect, test, vi } from "vitest";
import { ShortcutsProvider } from "@/components/shell/shortcuts";
import { createFakeLive } from "@/lib/live/live.fixture";
import type { FrameOf } from "@/lib/model/live";
import type { ConsumerView } from "@/lib/model/views";
import { layoutOf, observe } from "@/lib/pipeline/test-observation";
import { Store } from "@/lib/store/store";
import { addSource, COST } from "@/lib/store/test-store";
import { evaluate } from "@/lib/views/evaluate";
import { ConsumersTable } from "./consumers-table";

const drawn = vi.hoisted(() => ({ rows: [] as string[], standing: [] as string[] }));
vi.mock("@/components/ui/sparkline", () => ({
  Sparkline: ({ label }: { label: string }) => {
    drawn.rows.push(label);
    return null;
  },
}));
vi.mock("@/components/shared/where-line", () => ({
  WhereLine: ({ name }: { name: string }) => {
    drawn.standing.push(name);
    return null;
  },
}));
vi.mock("@/components/shared/table/filter-box", () => ({
  FilterBox: ({ label }: { label: string }) => {
    drawn.standing.push(label);
    return null;
  },
}));
vi.mock("@/components/shared/table/sort-header", () => ({
  NarrowSort: () => null,
  SortHeader: ({ children }: { children: string }) => {
    drawn.standing.push(children);
    return null;
  },
}));
vi.stubGlobal("matchMedia", () => ({
  matches: false,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));
afterEach(cleanup);

const CONSUMERS = Array.from({ length: 20 }, (_, n) => `c${String(n).padStart(2, "0")}`);
const MOVING = new Set(["c03", "c11", "c17"]);
const LAYOUT = layoutOf({
  streams: Object.fromEntries(CONSUMERS.map((name) => [`t-${name}`, 1])),
  consumers: Object.fromEntries(CONSUMERS.map((name) => [name, [`t-${name}`]])),
});

/** A second in which three of them move and the others stand still with nothing waiting. */
function sampleOf(second: number) {
  const each = (rowOf: (name: string) => string, moving: number, still: number) =>
    Object.fromEntries(CONSUMERS.map((name) => [rowOf(name), MOVING.has(name) ? moving : still]));
  return observe(LAYOUT, {
    at: second * 1_000,
    head: each((name) => `t-${name}/0`, 100 + 10 * second, 50),
    floor: 0,
    position: each((name) => `${name} t-${name}/0`, 97 + 10 * second - (second % 3), 50),
    readers: 1,
  });
}

const dateless = ({ asOf: _asOf, ...row }: ConsumerView) => row;

test("from one sample to the next as many rows are rendered as have changed, and nothing that stays as it is", () => {
  const store = new Store();
  const table = addSource(store, "prod");
  let second = 0;
  // Long enough for rates, rhythms and the quiet of those that stand still to have settled.
  for (; second < 30; second++) table.pipeline.accept(sampleOf(second), COST);
  const now = () => second * 1_000;
  const live = createFakeLive(now);
  const frames: FrameOf["consumers"]["rows"][] = [];
  const push = () => {
    table.pipeline.accept(sampleOf(second), COST);
    live.answer("consumers", (query) => {
      const { meta, rows } = evaluate(store.at(now()), query) as FrameOf["consumers"];
      frames.push(rows);
      return { meta, rows, series: null };
    });
  };
  live.answer("sources", { meta: {}, rows: [], series: null });
  push();
  render(
    <NuqsTestingAdapter searchParams="?sort=name" hasMemory>
      <live.Provider>
        <ShortcutsProvider>
          <ConsumersTable />
        </ShortcutsProvider>
      </live.Provider>
    </NuqsTestingAdapter>,
  );
  expect(new Set(drawn.rows).size).toBe(CONSUMERS.length);
  for (const one of ["t-c00", "Filter consumers", "Backlog"]) expect(drawn.standing).toContain(one);

  for (let more = 0; more < 5; more++) {
    const before = frames.at(-1)!;
    drawn.rows.length = 0;
    drawn.standing.length = 0;
    second++;
    push();
    const after = frames.at(-1)!;
    const changed = after.filter((row, place) => {
      return JSON.stringify(dateless(row)) !== JSON.stringify(dateless(before[place]!));
    });
    expect(changed.map(({ name }) => name)).toEqual([...MOVING]);
    expect(drawn.rows).toEqual(changed.map(({ name }) => `Backlog of ${name}, last 15 minutes`));
    expect(drawn.standing).toEqual([]);
  }
});
