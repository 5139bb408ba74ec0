import { beforeEach, describe, expect, it, vi } from "vitest";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { createLateLists, type LateList } from "./late-list.ts";
import type { Listing } from "./listing.ts";

const never = <T>() => new Promise<T>(() => {});
const after = <T>(ms: number, value: T) => new Promise<T>((resolve) => clock.after(ms, () => resolve(value)));

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});

/** A list of a and b, of which b answers nobody. */
const stuck = (change: Partial<LateList<string>> = {}): LateList<string> => ({
  api: "STREAM.LIST",
  list: never,
  known: ["a", "b"],
  alone: (name) => (name === "a" ? Promise.resolve("A") : never()),
  nobody: "wait",
  ...change,
});

async function settled<T>(promise: Promise<T>): Promise<{ took: number; value: T }> {
  const startedAt = clock.elapsed();
  let done: { took: number; value: T } | undefined;
  void promise.then((value) => {
    done = { took: clock.elapsed() - startedAt, value };
  });
  while (done === undefined) await clock.advance(10);
  return done;
}

describe("a list", () => {
  it("is taken as it is while it comes in time, and a refusal is a refusal", async () => {
    const listing: Listing<string> = { items: ["A", "B"], missing: [] };
    const alone = vi.fn();
    const lists = createLateLists(clock);
    const one = stuck({ list: () => after(300, listing), alone });
    expect((await settled(lists.get(one))).value).toBe(listing);
    const refused = new Error("denied");
    await expect(lists.get(stuck({ list: () => Promise.reject(refused), alone }))).rejects.toBe(refused);
    expect(alone).not.toHaveBeenCalled();
  });

  it("does not keep those who answer waiting when it is late, and is not asked for twice at once", async () => {
    const list = vi.fn(() => after(4_000, { items: ["old A"], missing: ["b"] }));
    const lists = createLateLists(clock);
    const first = await settled(lists.get(stuck({ list })));
    expect(first.value).toEqual({ items: ["A"], missing: ["b"] });
    expect(first.took).toBeLessThan(1_000);
    const second = await settled(lists.get(stuck({ list })));
    expect(second.value).toEqual({ items: ["A"], missing: ["b"] });
    expect(second.took).toBeLessThan(500); // it is known to be late
    expect(list).toHaveBeenCalledTimes(1);
    await clock.advance(4_000);
    await settled(lists.get(stuck({ list })));
    expect(list).toHaveBeenCalledTimes(2);
  });

  it("keeps its order when those it held are asked one by one, whoever answers first", async () => {
    const alone = (name: string) => after(name === "a" ? 200 : 10, name.toUpperCase());
    const late = await settled(createLateLists(clock).get(stuck({ known: ["a", "b", "c"], alone })));
    expect(late.value).toEqual({ items: ["A", "B", "C"], missing: [] });
  });

  it("is not believed when it says that there is no leader, unless nobody else answers either", async () => {
    const unavailable = new CollectorError("ANSWERED_ERROR", "temporarily unavailable", "wait");
    const list = () => Promise.reject(unavailable);
    const { value } = await settled(createLateLists(clock).get(stuck({ list })));
    expect(value).toEqual({ items: ["A"], missing: ["b"], error: unavailable });
    const nobody = createLateLists(clock).get(stuck({ list, alone: list }));
    await expect(nobody).rejects.toBe(unavailable);
  });

  it("is late only after some round trips of a slow network, and taken while others are still asked", async () => {
    const listing: Listing<string> = { items: ["A", "B"], missing: [] };
    const lists = createLateLists(clock);
    const alone = vi.fn(() => after(900, "A"));
    lists.begin(200);
    expect((await settled(lists.get(stuck({ list: () => after(1_000, listing), alone })))).value).toBe(
      listing,
    );
    expect(alone).not.toHaveBeenCalled();
    const slow = stuck({ list: () => after(1_300, listing), alone });
    expect((await settled(lists.get(slow))).value).toEqual(listing);
  });

  it("is waited for where nobody answers alone, or all are missing", async () => {
    const listing: Listing<string> = { items: [], missing: ["a", "b"] };
    const nobody = stuck({ list: () => after(4_000, listing), alone: never });
    expect((await settled(createLateLists(clock).get(nobody))).took).toBeGreaterThan(3_900);
    const missing = await settled(createLateLists(clock).get({ ...nobody, nobody: "missing" }));
    expect(missing.value).toEqual(listing);
    expect(missing.took).toBeLessThan(1_000);
  });

  it("is waited for where nothing is known of it", async () => {
    const listing: Listing<string> = { items: ["A"], missing: [] };
    const unknown = stuck({ list: () => after(4_000, listing), known: null });
    expect((await settled(createLateLists(clock).get(unknown))).value).toBe(listing);
  });

  it("is not waited for where it held nothing the last time", async () => {
    const nothing: Listing<string> = { items: [], missing: [] };
    const lists = createLateLists(clock);
    const first = await settled(lists.get(stuck({ list: () => after(2_000, nothing), known: [] })));
    expect(first.took).toBeGreaterThan(1_900);
    const second = await settled(lists.get(stuck({ known: [] })));
    expect(second.value).toEqual(nothing);
    expect(second.took).toBeLessThan(500);
  });

  it("asks for no more than so many a sample", async () => {
    const alone = vi.fn(async (name: string) => name);
    const known = Array.from({ length: 1_500 }, (_, i) => String(i));
    const lists = createLateLists(clock);
    const ask = (api: string) => settled(lists.get(stuck({ api, alone, known, nobody: "missing" })));
    expect((await ask("CONSUMER.LIST.a")).value.items).toHaveLength(1_500);
    expect((await ask("CONSUMER.LIST.b")).value).toEqual({ items: [], missing: known });
    lists.begin(1);
    expect((await ask("CONSUMER.LIST.b")).value.items).toHaveLength(1_500);
  });
});
